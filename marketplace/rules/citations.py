"""A source as an English reader cites it: 政府采购法第三十六条 is "Government Procurement Law, Art. 36".

The names of laws stand in `data/english.json`. A source of which any part is unknown stays Chinese, as it was entered.
"""

import json
import re
from functools import cache
from pathlib import Path

WORDS: dict[str, dict[str, str]] = json.loads((Path(__file__).parent / "data/english.json").read_text())
_NUMERAL = "[一二三四五六七八九十百零]+"
_ARTICLES = re.compile(rf"(.+?)(第{_NUMERAL}条(?:[、至]第{_NUMERAL}条)*)")
_BRACKETED = re.compile("(.+)（([^（）]+)）")
_NUMBERED = re.compile(rf"({'|'.join(WORDS['issuers'])})(?:〔(\d{{4}})〕(\d+)号|第?(\d+)号?)")
_YEAR = re.compile(r"(\d{4})年(修正)?")
_HAN = re.compile("[\u3400-\u9fff]")
_DIGITS = dict(zip("零一二三四五六七八九", range(10), strict=True))


@cache
def english_of(source: str) -> str:
    """Empty where the source can't be said in English whole."""
    parts = [_part(part) for part in re.split("[；：](?![^（]*）)", source.strip())]
    said = "; ".join(parts)
    return said[:1].upper() + said[1:] if all(parts) else ""


def _part(text: str) -> str:
    """One law or document; its articles and what stands in brackets behind it, turned too."""
    if text in WORDS["names"]:
        return WORDS["names"][text]
    if found := _BRACKETED.fullmatch(text):
        name, remarks = _part(found[1]), [_remark(one) for one in found[2].split("，")]
        return f"{name} ({'; '.join(remarks)})" if name and all(remarks) else ""
    if found := _ARTICLES.fullmatch(text):
        name, numbers = _part(found[1]), re.sub(f"第({_NUMERAL})条", lambda one: str(_number(one[1])), found[2])
        article = "Art." if numbers.isdigit() else "Arts."
        return f"{name}, {article} {numbers.replace('、', ', ').replace('至', '–')}" if name else ""
    return _numbered(text)


def _remark(text: str) -> str:
    if year := _YEAR.fullmatch(text):
        return f"amended {year[1]}" if year[2] else year[1]
    return WORDS["remarks"].get(text) or _numbered(text)


def _numbered(text: str) -> str:
    """财政部令第87号 is "Ministry of Finance Order 87", 财库〔2014〕214号 "Caiku [2014] No. 214"; Latin stays."""

    def said(found: re.Match[str]) -> str:
        issuer = WORDS["issuers"][found[1]]
        return f"{issuer} [{found[2]}] No. {found[3]}" if found[2] else f"{issuer} {found[4]}"

    turned = _NUMBERED.sub(said, text).replace("、", ", ")
    return "" if _HAN.search(turned) else turned


def _number(numeral: str) -> int:
    """一百零三 is 103."""
    total = digit = 0
    for sign in numeral:
        if sign in _DIGITS:
            digit = _DIGITS[sign]
        else:
            total, digit = total + (digit or 1) * (100 if sign == "百" else 10), 0
    return total + digit
