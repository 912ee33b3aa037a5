"""Who may see and change the register. What is masked stays masked for all of them until a purpose is stated."""

from marketplace.parties.models import Organisation, Role, User
from marketplace.parties.policies import has_role, has_role_anywhere, is_operator, is_service

from .models import Delegation, Resident, ViewAlert

DESK = (Role.OFFICER, Role.APPROVER, Role.COMMUNITY_WORKER)


def prefixes_of(user: User, *roles: Role) -> list[str]:
    """How the codes of the places begin for whose bureau the user holds one of the roles."""
    if not user.is_authenticated or not user.is_active:
        return []
    bureaus = Organisation.objects.filter(
        kind=Organisation.Kind.BUREAU,
        memberships__user=user,
        memberships__ended_at=None,
        memberships__role__in=roles,
    ).select_related("region")
    return [bureau.region.prefix for bureau in bureaus]


def works_for_region(user: User, code: str, *roles: Role) -> bool:
    """The user holds one of the roles in a bureau whose region contains the place with this 12-digit code."""
    return any(code.startswith(prefix) for prefix in prefixes_of(user, *roles))


def may_keep_register(user: User, region_code: str) -> bool:
    """Register, correct and change the state of residents of a place."""
    return is_service(user) or works_for_region(user, region_code, *DESK)


def may_open_register(user: User, *_subject: object) -> bool:
    """See the masked register of the own region at all."""
    return has_role_anywhere(user, *DESK)


def may_import_register(user: User, bureau: Organisation) -> bool:
    """Officers bring in the civil-affairs file for their region."""
    return is_service(user) or (
        bureau.kind == Organisation.Kind.BUREAU
        and user.is_authenticated
        and user.memberships.filter(organisation=bureau, ended_at=None, role__in=[Role.OFFICER, Role.APPROVER]).exists()
    )


def may_unmask(user: User, resident: Resident) -> bool:
    """Desk staff of the resident's region, on a stated purpose; the resident and who acts for them."""
    return works_for_region(user, resident.region_id, *DESK) or may_act_for(user, resident)


def may_read(user: User, resident: Resident) -> bool:
    """The resident, a live delegate, desk staff of the region."""
    return (
        is_resident(user, resident)
        or Delegation.objects.live().filter(resident=resident, delegate=user).exists()
        or works_for_region(user, resident.region_id, *DESK)
    )


def may_act_for(user: User, resident: Resident) -> bool:
    """The resident, a live delegate whose scope is to act, a community worker of the region."""
    return (
        is_resident(user, resident)
        or Delegation.objects.live().filter(resident=resident, delegate=user, scope=Delegation.Scope.ACT).exists()
        or works_for_region(user, resident.region_id, Role.COMMUNITY_WORKER, Role.OFFICER)
    )


def may_appoint(user: User, resident: Resident) -> bool:
    """Who may act for a resident is the resident's to say, on record at the desk: a delegate appoints nobody."""
    return is_resident(user, resident) or works_for_region(
        user, resident.region_id, Role.COMMUNITY_WORKER, Role.OFFICER
    )


def is_resident(user: User, resident: Resident) -> bool:
    return user.is_authenticated and resident.user_id == user.pk


def may_assess(user: User, resident: Resident) -> bool:
    """Assess abilities and write plans of care: the desk of the resident's region."""
    return is_service(user) or works_for_region(user, resident.region_id, Role.OFFICER, Role.COMMUNITY_WORKER)


def may_see_alerts(user: User, organisation: Organisation | None) -> bool:
    """Alerts about opened records: the bureau's approving officers, and the operator."""
    return is_operator(user) or (organisation is not None and has_role(user, organisation, Role.APPROVER))


def may_review_alert(user: User, alert: ViewAlert) -> bool:
    """Never the one whom it is about."""
    return user.pk != alert.viewer_id and may_see_alerts(user, alert.organisation)


def may_undo_death(user: User, resident: Resident) -> bool:
    """An approving officer of the region: whoever is dead in the register spends nothing."""
    return is_service(user) or works_for_region(user, resident.region_id, Role.APPROVER)


def may_erase(user: User, resident: Resident) -> bool:
    """An approving officer of the region; the clock by the rule."""
    return is_service(user) or works_for_region(user, resident.region_id, Role.APPROVER)
