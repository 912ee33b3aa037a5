"""Amounts in the financial characters that Chinese contracts, cheques and payment orders use."""

DIGITS = "零壹贰叁肆伍陆柒捌玖"
SMALL = ("", "拾", "佰", "仟")
LARGE = ("", "万", "亿", "万亿")


def _section_in_words(number: int) -> str:
    """One to 9999 in financial characters, without the zero that a neighbour may need in front."""
    text, pending_zero = "", False
    for place in (3, 2, 1, 0):
        digit = number // 10**place % 10
        if digit:
            text += ("零" if pending_zero and text else "") + DIGITS[digit] + SMALL[place]
            pending_zero = False
        else:
            pending_zero = True
    return text


def amount_in_words(fen: int) -> str:
    """Fen in the financial characters that contracts and cheques use: 108050 → 壹仟零捌拾元伍角."""
    yuan, rest = divmod(fen, 100)
    text, gap = "", False
    for section in (3, 2, 1, 0):
        part = yuan // 10_000**section % 10_000
        if part:
            if text and (gap or part < 1000):
                text += "零"
            text += _section_in_words(part) + LARGE[section]
            gap = False
        elif text:
            gap = True
    text = (text or "零") + "元"
    jiao, cents = divmod(rest, 10)
    if not rest:
        return text + "整"
    if jiao:
        text += DIGITS[jiao] + "角"
    elif yuan:
        text += "零"
    return text + (DIGITS[cents] + "分" if cents else "")
