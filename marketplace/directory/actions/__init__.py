"""Every change to the directory."""

from .providers import (
    accredit_provider,
    end_accreditation,
    note_contract,
    rate_provider,
    reinstate_accreditation,
    suspend_accreditation,
)
from .services import change_service, define_categories, list_service, open_point, relist_service, withdraw_service

__all__ = [
    "accredit_provider",
    "change_service",
    "define_categories",
    "end_accreditation",
    "list_service",
    "note_contract",
    "open_point",
    "rate_provider",
    "reinstate_accreditation",
    "relist_service",
    "suspend_accreditation",
    "withdraw_service",
]
