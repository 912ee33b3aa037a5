"""Every change to the register of residents."""

from .applying import apply_import, stop_import
from .assessments import (
    RAISES,
    care_codes,
    confirm_assessment,
    domains,
    level_of,
    reject_assessment,
    score_assessment,
    write_care_plan,
)
from .delegations import delegate_to, end_delegation
from .files import begin_import, discard_import, preview_import, receive_import, reread_import
from .privacy import erasable_since, erase_due_residents, erase_resident, review_alert, view_many, view_resident
from .reading import fail_import, read_import
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
    unlink_account,
)

__all__ = [
    "RAISES",
    "apply_import",
    "begin_import",
    "care_codes",
    "confirm_assessment",
    "correct_resident",
    "delegate_to",
    "discard_import",
    "domains",
    "end_benefit",
    "end_delegation",
    "erasable_since",
    "erase_due_residents",
    "erase_resident",
    "fail_import",
    "level_of",
    "link_account",
    "move_resident",
    "note_benefit",
    "preview_import",
    "read_import",
    "receive_import",
    "register_resident",
    "reinstate_resident",
    "reject_assessment",
    "report_death",
    "reread_import",
    "review_alert",
    "score_assessment",
    "stop_import",
    "suspend_resident",
    "unlink_account",
    "view_many",
    "view_resident",
    "write_care_plan",
]
