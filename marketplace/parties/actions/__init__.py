"""Every change to people, organisations, memberships and regions."""

from .accounts import (
    ask_password_reset,
    change_password,
    change_profile,
    close_account,
    reset_password,
    service_user,
)
from .memberships import (
    accept_invitation,
    end_membership,
    grant_role,
    invite_colleague,
    open_invitation,
    withdraw_invitation,
)
from .organisations import (
    admit_organisation,
    ask_to_join,
    check_uscc,
    edit_organisation,
    next_number,
    next_numbers,
    refuse_organisation,
    register_organisation,
    reinstate_organisation,
    suspend_organisation,
)
from .regions import RegionReport, load_regions, locate_regions
from .tokens import issue_token, remind_of_tokens, revoke_token, revoke_tokens_of

__all__ = [
    "RegionReport",
    "accept_invitation",
    "admit_organisation",
    "ask_password_reset",
    "ask_to_join",
    "change_password",
    "change_profile",
    "check_uscc",
    "close_account",
    "edit_organisation",
    "end_membership",
    "grant_role",
    "invite_colleague",
    "issue_token",
    "load_regions",
    "locate_regions",
    "next_number",
    "next_numbers",
    "open_invitation",
    "refuse_organisation",
    "register_organisation",
    "reinstate_organisation",
    "remind_of_tokens",
    "reset_password",
    "revoke_token",
    "revoke_tokens_of",
    "service_user",
    "suspend_organisation",
    "withdraw_invitation",
]
