"""Every change to the register of residents."""

from .delegations import delegate_to, end_delegation
from .imports import apply_import, discard_import, preview_import
from .register import (
    correct_resident,
    link_account,
    move_resident,
    register_resident,
    reinstate_resident,
    report_death,
    suspend_resident,
    view_resident,
)

__all__ = [
    "apply_import",
    "correct_resident",
    "delegate_to",
    "discard_import",
    "end_delegation",
    "link_account",
    "move_resident",
    "preview_import",
    "register_resident",
    "reinstate_resident",
    "report_death",
    "suspend_resident",
    "view_resident",
]
