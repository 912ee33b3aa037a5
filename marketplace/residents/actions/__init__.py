"""Every change to the register of residents."""

from .applying import apply_import, begin_import, discard_import, reread_import, stop_import
from .delegations import delegate_to, end_delegation
from .reading import fail_import, preview_import, read_import, receive_import
from .register import (
    correct_resident,
    end_benefit,
    link_account,
    move_resident,
    note_benefit,
    register_resident,
    reinstate_resident,
    report_death,
    suspend_resident,
    view_resident,
)

__all__ = [
    "apply_import",
    "begin_import",
    "correct_resident",
    "delegate_to",
    "discard_import",
    "end_benefit",
    "end_delegation",
    "fail_import",
    "link_account",
    "move_resident",
    "note_benefit",
    "preview_import",
    "read_import",
    "receive_import",
    "register_resident",
    "reinstate_resident",
    "report_death",
    "reread_import",
    "stop_import",
    "suspend_resident",
    "view_resident",
]
