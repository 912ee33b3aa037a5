"""Every change to the directory."""

from .providers import (
    accredit_provider,
    end_accreditation,
    grant_level,
    note_contract,
    rate_provider,
    reinstate_accreditation,
    suspend_accreditation,
    withdraw_level,
)
from .services import change_service, define_categories, list_service, open_point, relist_service, withdraw_service
from .standards import (
    adopt_standard,
    change_standard_draft,
    draft_next_version,
    draft_standard,
    drop_standard_version,
    open_for_comment,
)
from .voices import tell_voices

__all__ = [
    "accredit_provider",
    "adopt_standard",
    "change_service",
    "change_standard_draft",
    "define_categories",
    "draft_next_version",
    "draft_standard",
    "drop_standard_version",
    "end_accreditation",
    "grant_level",
    "list_service",
    "note_contract",
    "open_for_comment",
    "open_point",
    "rate_provider",
    "reinstate_accreditation",
    "relist_service",
    "suspend_accreditation",
    "tell_voices",
    "withdraw_level",
    "withdraw_service",
]
