"""Walk through a package member by member and release by release, keeping each release's own text."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _


class NotAPackage(ValueError):
    """The file is not an OCDS package; the message says why, in the reader's language."""


_decoder = json.JSONDecoder(parse_float=Decimal)
_SPACE = " \t\r\n"


def _skip(text: str, place: int) -> int:
    while place < len(text) and text[place] in _SPACE:
        place += 1
    return place


def members(text: str) -> Iterator[tuple[str, Any]]:
    """The members of the top-level object; the long lists as iterators, so that one release at a time is in memory."""
    place = _skip(text, 0)
    if text[place : place + 1] != "{":
        _decoder.decode(text)  # raises where it is not JSON at all
        raise NotAPackage(_("This is not an OCDS package: it has neither releases nor records."))
    place = _skip(text, place + 1)
    while text[place : place + 1] != "}":
        name, place = _decoder.raw_decode(text, place)
        place = _expect(text, place, ":")
        if name in ("releases", "records") and text[place : place + 1] == "[":
            items = _Items(text, place)
            yield name, iter(items)
            place = items.place
        else:
            value, place = _decoder.raw_decode(text, place)
            yield name, value
        place = _skip(text, place)
        if text[place : place + 1] != "}":
            place = _expect(text, place, ",")
            if text[place : place + 1] == "}":
                raise json.JSONDecodeError("Expecting a member", text, place)
    if _skip(text, place + 1) != len(text):
        raise json.JSONDecodeError("Extra data", text, place + 1)


def _expect(text: str, place: int, sign: str) -> int:
    place = _skip(text, place)
    if text[place : place + 1] != sign:
        raise json.JSONDecodeError(f"Expecting {sign}", text, place)
    return _skip(text, place + 1)


class _Items:
    """A list of the text, item by item; `place` is after it once it has been read to its end."""

    def __init__(self, text: str, place: int) -> None:
        self.text, self.place = text, place

    def __iter__(self) -> Iterator[tuple[Any, str]]:
        """Each item with its own text, exactly as it was published."""
        self.place = _skip(self.text, self.place + 1)
        while self.text[self.place : self.place + 1] != "]":
            start = self.place
            item, self.place = _decoder.raw_decode(self.text, start)
            yield item, self.text[start : self.place]
            self.place = _skip(self.text, self.place)
            if self.text[self.place : self.place + 1] != "]":
                self.place = _expect(self.text, self.place, ",")
                if self.text[self.place : self.place + 1] == "]":
                    raise json.JSONDecodeError("Expecting an item", self.text, self.place)
        self.place += 1
