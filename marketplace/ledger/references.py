"""Where a reference leads: the contract, settlement or programme behind a transfer.

A reference is the number that the upper room gave ("HTTC-2026-0001/2", "JS202611-00001-320585"). The room says in
AppConfig.ready() what its numbers look like and how to find the page; the ledger itself knows none of them.
"""

import re
from collections.abc import Callable

_finders: list[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]] = []


def register_reference(pattern: str, url_of: Callable[[re.Match[str]], str]) -> None:
    """`url_of(match)` of a reference that fits the whole pattern gives the page's address, or an empty string."""
    _finders.append((re.compile(pattern), url_of))


def url_of(reference: str) -> str:
    """The page of what the reference names, empty when no room claims it."""
    found = ((pattern.fullmatch(reference), finder) for pattern, finder in _finders)
    return next((url for match, finder in found if match and (url := finder(match))), "")
