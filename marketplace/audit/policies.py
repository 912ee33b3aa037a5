"""Who may read the audit trail."""

from typing import Any


def may_read_trail(user: Any, *_subject: object) -> bool:
    """The operator, and whoever holds the permission: parties gives it to auditors."""
    return bool(user.is_authenticated and user.is_active and user.has_perm("audit.view_entry"))
