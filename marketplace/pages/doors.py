"""Doors that an upper room puts into a page of a lower one: said in AppConfig.ready(), shown by the page.

The page knows nothing of the room: it shows a link where the room offers one to this reader now. Imports no models.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.module_loading import import_string


@dataclass(frozen=True)
class Door:
    """`primary`: what most readers do next."""

    label: Any
    url: str
    primary: bool = False


_makers: dict[str, list[str]] = {}


def register_door(page: str, dotted_path: str) -> None:
    """`fn(user, subject)` at that path gives the doors of the page (`receipt`, `my`, `window`, `call_back`) to one."""
    makers = _makers.setdefault(page, [])
    if dotted_path not in makers:
        makers.append(dotted_path)


def doors_of(page: str, user: Any, subject: Any) -> list[Door]:
    """In the order in which the rooms were registered."""
    makers: list[Callable[[Any, Any], list[Door]]] = [import_string(path) for path in _makers.get(page, [])]
    return [door for maker in makers for door in maker(user, subject)]
