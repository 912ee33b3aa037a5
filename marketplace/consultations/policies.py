"""Who asks, who prints and types in, who answers."""

from django.db.models import Q

from marketplace.parties.models import Organisation, Role, User
from marketplace.parties.policies import has_role, is_service
from marketplace.residents.models import Resident
from marketplace.residents.policies import may_act_for, works_for_region

from .models import Consultation, Sheet

DESK = (Role.OFFICER, Role.APPROVER, Role.COMMUNITY_WORKER)


def may_consult(user: User, bureau: Organisation | None) -> bool:
    """A bureau's officers ask in its name."""
    if bureau is None or bureau.kind != Organisation.Kind.BUREAU or not user.is_authenticated:
        return False
    return is_service(user) or has_role(user, bureau, Role.OFFICER, Role.APPROVER)


def may_change(user: User, consultation: Consultation) -> bool:
    """Only what nobody has seen yet."""
    return consultation.state == Consultation.State.DRAFT and may_consult(user, consultation.bureau)


def may_run(user: User, consultation: Consultation) -> bool:
    """Read the remarks, publish the figures, say what follows."""
    return may_consult(user, consultation.bureau)


def may_enter(user: User, consultation: Consultation) -> bool:
    """Write down answers at all: the desks of the places that are asked, and of the towns around and inside them."""
    if not user.is_authenticated or not user.is_active:
        return False
    around = Q()
    for region in consultation.regions.all():
        inside = [region.code[:digits] for digits in (2, 4, 6, 9)]
        around |= Q(region__code__startswith=region.prefix) | Q(
            region__code__in=[prefix.ljust(12, "0") for prefix in inside]
        )
    desks = Organisation.objects.filter(
        around, kind=Organisation.Kind.BUREAU, memberships__user=user,
        memberships__ended_at=None, memberships__role__in=DESK,
    )  # fmt: skip
    return desks.exists()


def may_enter_for(user: User, consultation: Consultation, resident: Resident) -> bool:
    """Write down what a resident of the own region says."""
    return works_for_region(user, resident.region_id, *DESK)


def may_type_in(user: User, sheet: Sheet) -> bool:
    """Type in a sheet of the own region, or of a consultation of the own bureau."""
    return works_for_region(user, sheet.region_id, *DESK) or has_role(user, sheet.consultation.bureau, *DESK)


def may_print(user: User, consultation: Consultation) -> bool:
    """Print sheets: who asks, and the desks that hand them out."""
    return may_run(user, consultation) or may_enter(user, consultation)


def may_speak_for(user: User, resident: Resident) -> bool:
    """The resident, or a relative who may act for them. A community worker writes answers down at the desk instead,
    with the resident's consent on record."""
    return user.is_authenticated and (
        resident.user_id == user.pk
        or (resident.delegations.live().filter(delegate=user, scope="act").exists() and may_act_for(user, resident))
    )
