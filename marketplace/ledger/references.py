"""Where a reference leads: the contract, settlement or programme behind a transfer.

A reference is `kind/rest` ("contract/HT2026-003"). The app that owns the kind says in AppConfig.ready() how to find
its page; the ledger itself knows none of them.
"""

from collections.abc import Callable

_finders: dict[str, Callable[[str], str]] = {}


def register_reference(kind: str, url_of: Callable[[str], str]) -> None:
    """`url_of(reference)` gives the page's address, or an empty string; it may ask the database once."""
    _finders[kind] = url_of


def url_of(reference: str) -> str:
    """The page of what the reference names, empty when no room claims it."""
    finder = _finders.get(reference.partition("/")[0])
    return finder(reference) if finder else ""
