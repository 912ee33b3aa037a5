"""Who may take in what others published."""

from typing import Any


def may_import(by: Any, *_subject: object) -> bool:
    """The operator, or a named service."""
    return bool(by.is_authenticated and by.is_active and (by.is_superuser or by.is_service))
