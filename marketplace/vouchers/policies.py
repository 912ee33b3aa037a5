"""Who may give, spend, take back and settle."""

import datetime

from marketplace.directory.models import Accreditation
from marketplace.pages import clock
from marketplace.parties.models import Organisation, Role, User
from marketplace.parties.policies import has_role, is_auditor, is_service
from marketplace.residents.models import Delegation, Resident
from marketplace.residents.policies import is_resident, may_act_for, works_for_region
from marketplace.rules.queries import resolve

from .models import (
    Appeal,
    Application,
    Booking,
    FraudCase,
    Hold,
    OfflineEntry,
    Programme,
    ProgrammeChange,
    Redemption,
    Settlement,
    Visit,
)

BUREAU = (Role.OFFICER, Role.APPROVER, Role.FINANCE)


def is_provider(organisation: Organisation | None) -> bool:
    """It delivers care: the only kinds that a programme can admit."""
    return organisation is not None and organisation.kind in (
        Organisation.Kind.SOCIAL_ORGANISATION,
        Organisation.Kind.ENTERPRISE,
    )


def may_draft_programme(user: User, bureau: Organisation) -> bool:
    """An officer of a bureau writes a programme."""
    return bureau.kind == Organisation.Kind.BUREAU and has_role(user, bureau, Role.OFFICER)


def may_start_programme(user: User, programme: Programme) -> bool:
    """A second officer starts it: never the one who wrote it."""
    return may_start_programmes(user, programme.bureau) and user.pk != programme.drafted_by_id


def may_start_programmes(user: User, bureau: Organisation) -> bool:
    """Those of the bureau that somebody else wrote."""
    return has_role(user, bureau, Role.APPROVER)


def may_issue(user: User, programme: Programme) -> bool:
    """Officers of the bureau, and the clock."""
    return is_service(user) or has_role(user, programme.bureau, Role.OFFICER, Role.APPROVER)


def may_see_programme_desks(user: User, *_subject: object) -> bool:
    """Programmes, figures, cases: the people of a bureau, who find their own there, and auditors."""
    of_bureaus = Organisation.objects.filter(kind=Organisation.Kind.BUREAU)
    return is_auditor(user) or (
        user.is_active and user.memberships.filter(role__in=BUREAU, ended_at=None, organisation__in=of_bureaus).exists()
    )


def may_redeem(user: User, provider: Organisation | None) -> bool:
    """Counter staff and the owner of the provider."""
    return is_provider(provider) and has_role(user, provider, Role.COUNTER, Role.OWNER)


def is_admitted(provider: Organisation, *, or_on: datetime.date | None = None) -> bool:
    """Some programme pays at this provider today (or on that day). Anyone may ask to join and is an owner then: who is
    not admitted learns of no card whether it exists, what is on it, or what its PIN is not."""
    today = clock.today()
    admitted = Accreditation.objects.valid_on(today) | Accreditation.objects.valid_on(or_on or today)
    return admitted.filter(organisation=provider, organisation__state=Organisation.State.ACTIVE).exists()


def may_hold(user: User, resident: Resident) -> bool:
    """The resident, who acts for them, the desk; never a provider, which would spend without a PIN then."""
    return is_service(user) or may_act_for(user, resident)


def may_confirm_hold(user: User, hold: Hold) -> bool:
    """The provider that did the service."""
    return may_redeem(user, hold.provider)


def may_release_hold(user: User, hold: Hold) -> bool:
    """Either side of the booking."""
    return may_hold(user, hold.resident) or may_redeem(user, hold.provider)


def may_reverse(user: User, redemption: Redemption) -> bool:
    """The counter that took it, within minutes (rule `voucher.take_back`); later the provider's owner or finance, or an
    officer of the bureau that pays."""
    if has_role(user, redemption.provider, Role.OWNER, Role.FINANCE):
        return True
    if has_role(user, redemption.programme.bureau, Role.OFFICER, Role.APPROVER):
        return True
    return has_role(user, redemption.provider, Role.COUNTER) and clock.now() <= take_back_until(redemption)


def take_back_until(redemption: Redemption) -> datetime.datetime:
    """Until when the counter itself may take it back."""
    minutes = int(resolve("voucher.take_back", on=redemption.redeemed_at.astimezone(clock.SHANGHAI).date()).number)
    return redemption.redeemed_at + datetime.timedelta(minutes=minutes)


def may_settle(user: User, bureau: Organisation) -> bool:
    """Officers of the bureau draft; the clock may."""
    return is_service(user) or has_role(user, bureau, *BUREAU)


def may_approve_settlement(user: User, settlement: Settlement) -> bool:
    """Another officer than the one who drafted it."""
    return has_role(user, settlement.bureau, Role.APPROVER) and user.pk != settlement.drafted_by_id


def may_order_settlement(user: User, settlement: Settlement) -> bool:
    """Finance, or an officer, of the bureau that pays."""
    return has_role(user, settlement.bureau, *BUREAU)


def may_handle_card(user: User, resident: Resident) -> bool:
    """Cards and PINs are given out at the desk: officers and community workers of the resident's region."""
    return is_service(user) or works_for_region(
        user, resident.region_id, Role.OFFICER, Role.APPROVER, Role.COMMUNITY_WORKER
    )


def may_print_card(user: User, resident: Resident) -> bool:
    """The desk, the resident, or a delegate who may act."""
    return may_handle_card(user, resident) or may_act_for(user, resident)


def may_see_settlement(user: User, settlement: Settlement) -> bool:
    """Whoever finds it in the list: the bureau, the provider, auditors."""
    return Settlement.objects.visible_to(user).filter(pk=settlement.pk).exists()


def may_keep_devices(user: User, provider: Organisation) -> bool:
    """Counter staff and the owner register and strike off the devices of their counter."""
    return may_redeem(user, provider)


def may_decide_offline(user: User, entry: OfflineEntry) -> bool:
    """The bureau whose programme bears the risk; an approver, since it pays outside the wallet."""
    return entry.programme is not None and has_role(user, entry.programme.bureau, Role.APPROVER)


def may_text_receipt(user: User, redemption: Redemption) -> bool:
    """The counter that took it, to a resident who has a telephone."""
    return may_redeem(user, redemption.provider) and bool(redemption.resident.phone)


def may_cancel_booking(user: User, booking: Booking) -> bool:
    """The resident, who acts for them, the desk; the provider."""
    return may_hold(user, booking.resident) or may_redeem(user, booking.opening.service.organisation)


def may_check_out(user: User, visit: Visit) -> bool:
    """The carer who came, or the owner when the carer's telephone is broken."""
    return visit.carer_id == user.pk or has_role(user, visit.provider, Role.OWNER)


def may_decide_case(user: User, case: FraudCase) -> bool:
    """Officers of the bureau that pays."""
    return has_role(user, case.bureau, Role.OFFICER, Role.APPROVER)


def may_call_back(user: User, programme: Programme) -> bool:
    """Officers and community workers of the bureau ring; never the provider."""
    return is_service(user) or has_role(user, programme.bureau, Role.OFFICER, Role.APPROVER, Role.COMMUNITY_WORKER)


def may_show_code(user: User, resident: Resident) -> bool:
    """The resident and who acts for her by her own consent; no official, for whom it would be paying for her."""
    return is_resident(user, resident) or acts_by_consent(user, resident)


def acts_by_consent(user: User, resident: Resident) -> bool:
    return (
        Delegation.objects.live()
        .filter(resident=resident, delegate=user, scope=Delegation.Scope.ACT)
        .exclude(kind=Delegation.Kind.WORKER)
        .exists()
    )


def may_see_takings(user: User, provider: Organisation | None) -> bool:
    """Owner, finance and counter staff of the provider."""
    return is_provider(provider) and has_role(user, provider, Role.OWNER, Role.FINANCE, Role.COUNTER)


def may_apply_for(user: User, resident: Resident) -> bool:
    """The resident, a delegate who may act, the desk of the resident's region."""
    return is_service(user) or may_act_for(user, resident)


def may_decide_applications(user: User, programme: Programme) -> bool:
    """Officers of the bureau that pays."""
    return has_role(user, programme.bureau, Role.OFFICER, Role.APPROVER)


def may_decide_application(user: User, application: Application) -> bool:
    """Never the one who handed it in for the resident, and never the resident or a delegate."""
    return may_decide_applications(user, application.programme) and user.pk != application.submitted_by_id


def may_review_appeal(user: User, appeal: Appeal) -> bool:
    """Another officer than the one who refused, and than the one who wrote the appeal down."""
    return may_decide_applications(user, appeal.application.programme) and user.pk not in (
        appeal.application.decided_by_id,
        appeal.made_by_id,
    )


def may_approve_change(user: User, change: ProgrammeChange) -> bool:
    """A second officer: never the one who proposed it."""
    return has_role(user, change.programme.bureau, Role.APPROVER) and user.pk != change.proposed_by_id
