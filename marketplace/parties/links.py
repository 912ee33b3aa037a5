"""What else the public may do with an organisation: a room says it in AppConfig.ready(), the provider's page shows it.

Imports no models, so that every AppConfig may import it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.module_loading import import_string


@dataclass(frozen=True)
class PublicLink:
    label: Any
    url: str


_finders: list[str] = []


def register_public_link(dotted_path: str) -> None:
    """`fn(organisation)` at that path gives a PublicLink, or None when it has nothing to offer now."""
    if dotted_path not in _finders:
        _finders.append(dotted_path)


def public_links(organisation: Any) -> list[PublicLink]:
    finders: list[Callable[[Any], PublicLink | None]] = [import_string(path) for path in _finders]
    return [link for finder in finders if (link := finder(organisation))]
