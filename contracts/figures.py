"""Article numbers in the characters that Chinese contracts use."""

CHINESE_DIGITS = "零一二三四五六七八九"


def article_number(position: int) -> str:
    """第一条, 第十二条, 第二十条: as Chinese contracts count, up to 99."""
    tens, ones = divmod(position, 10)
    words = ("" if tens == 1 else CHINESE_DIGITS[tens]) + "十" if tens else ""
    return f"第{words}{CHINESE_DIGITS[ones] if ones or not tens else ''}条"
