"""A text message from a room below the one that sends them: marketplace.messages says in AppConfig.ready() who does.

Imports no models, so that every AppConfig may import it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

_carrier: list[str] = []


def register_texter(dotted_path: str) -> None:
    """The function at that path takes (number, template, context, *, key), as `messages.actions.text_number` does."""
    _carrier[:] = [dotted_path]


def text_number(number: str, template: str, context: Mapping[str, Any], *, key: str) -> None:
    """Send an SMS: `messages/<template>.txt` without its first line. The same key twice is one message."""
    if not _carrier:
        raise ImproperlyConfigured("No room sends text messages.")
    send: Callable[..., Any] = import_string(_carrier[0])
    send(number, template, context, key=key)
