"""Who may speak, ask, read and deal with what residents say. Plain bools."""

from marketplace.parties.models import Membership, Organisation, Role, User
from marketplace.parties.policies import has_role, has_role_anywhere, is_auditor
from marketplace.residents.models import Resident
from marketplace.residents.policies import DESK, may_act_for, works_for_region
from marketplace.vouchers.policies import may_redeem

from .models import Feedback, Grievance, Hearing

ANSWERING = (Role.OFFICER, Role.APPROVER)


def belongs_to(user: User, provider: Organisation | None) -> bool:
    """Of the provider's own people, in whatever role and whoever else they may be besides."""
    return (
        provider is not None
        and user.is_authenticated
        and Membership.objects.live().filter(user=user, organisation=provider).exists()
    )


def may_speak_for(user: User, feedback: Feedback) -> bool:
    """The resident, or who acts for them: never one of the provider's own people."""
    return may_act_for(user, feedback.resident) and not belongs_to(user, feedback.provider)


def may_write_down(user: User, feedback: Feedback) -> bool:
    """The desk of the resident's region, by telephone or face to face: never one of the provider's own people."""
    return works_for_region(user, feedback.resident.region_id, *DESK) and not belongs_to(user, feedback.provider)


def may_print_codes(user: User, resident: Resident) -> bool:
    """Codes that are good without a PIN come out of the bureau's printer only."""
    return works_for_region(user, resident.region_id, *DESK)


def may_hand_out_slip(user: User, provider: Organisation) -> bool:
    """The counter prints the slip and turns the screen round. It proves nothing yet: the resident does."""
    return may_redeem(user, provider)


def may_read_sentences(user: User, provider: Organisation | None) -> bool:
    """The provider's owner reads what residents say, without who."""
    return has_role(user, provider, Role.OWNER)


def may_see_voices_desk(user: User, bureau: Organisation | None) -> bool:
    """Shares, trends and grievances of a bureau's region."""
    return bureau is not None and bureau.kind == Organisation.Kind.BUREAU and has_role(user, bureau, *DESK)


def may_lodge(user: User, resident: Resident | None, region_code: str) -> bool:
    """Write a grievance down: the resident, who acts for them, the desk of the place."""
    if works_for_region(user, region_code, *DESK):
        return True
    return resident is not None and may_act_for(user, resident)


def may_answer(user: User, grievance: Grievance) -> bool:
    """An officer of the bureau that has it in hand: never one of the provider's own people."""
    return has_role(user, grievance.handler, *ANSWERING) and not belongs_to(user, grievance.provider)


def may_speak_in(user: User, grievance: Grievance) -> bool:
    """Say content or not, withdraw, open again: the resident's side, or the desk that writes it down for them."""
    if belongs_to(user, grievance.provider):
        return False
    if grievance.lodged_by_id == user.pk or has_role(user, grievance.handler, *DESK):
        return True
    return grievance.resident is not None and may_act_for(user, grievance.resident)


def may_state(user: User, hearing: Hearing) -> bool:
    """The owner of the provider that is asked."""
    return has_role(user, hearing.provider, Role.OWNER)


def may_see_inside(user: User, *_subject: object) -> bool:
    """Figures that are not public: a bureau's people and auditors."""
    return is_auditor(user) or has_role_anywhere(user, *DESK)
