"""One resident at a time: register, correct, suspend, and look."""

import datetime
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import Region, User
from marketplace.residents import policies
from marketplace.residents.models import (
    Benefit,
    Resident,
    ResidentChange,
    born_on,
    hash_of_id,
    hash_of_phone,
    validate_id_number,
)

EDITABLE = (
    "name", "sex", "region", "community", "household_number", "household", "phone", "address", "preferred_way",
)  # fmt: skip
NAMES_NOBODY = ("region", "household", "preferred_way")  # old values of these may stand in the history


def _check_identity(id_number: str, override: str, birth_date: datetime.date | None) -> tuple[str, datetime.date]:
    """The number in its one spelling and the date of birth.

    A number whose check character fails is taken only with a written reason (some old ones really are wrong).
    """
    number = id_number.strip().upper()
    try:
        validate_id_number(number)
    except ValidationError as wrong:
        if not override.strip() or not 6 <= len(number) <= 30:
            raise ValidationError({"id_number": wrong}) from None
    birth_date = birth_date or born_on(number)
    if birth_date is None:
        raise ValidationError(
            {"birth_date": ValidationError(_("Give the date of birth: the ID number doesn't tell it."), code="birth")}
        )
    if birth_date > clock.today():
        raise ValidationError({"birth_date": ValidationError(_("This day has not come yet."), code="birth")})
    return number, birth_date


@transaction.atomic
def register_resident(
    *,
    name: str,
    id_number: str,
    region: Region,
    by: User,
    sex: str = "",
    birth_date: datetime.date | None = None,
    community: str = "",
    household: str = Resident.Household.FAMILY,
    household_number: str = "",
    phone: str = "",
    address: str = "",
    preferred_way: str = Resident.Way.PHONE,
    id_override: str = "",
) -> Resident:
    """Enter one person by residence. Date of birth and sex follow from the ID number unless they are given.

    Raises ValidationError: `id_number` (checksum, without `id_override`), `registered` (known already), `birth`.
    """
    authorise(policies.may_keep_register, by, region.code)
    number, birth_date = _check_identity(id_number, id_override, birth_date)
    if Resident.objects.filter(id_hash=hash_of_id(number)).exists():
        raise ValidationError(
            {"id_number": ValidationError(_("A resident with this ID number is in the register."), code="registered")}
        )
    resident = Resident(
        name=name.strip(),
        id_number=number,
        id_hash=hash_of_id(number),
        id_override=id_override.strip(),
        birth_date=birth_date,
        sex=sex or sex_of(number),
        region=region,
        community=community.strip(),
        household_number=household_number.strip(),
        household=household,
        phone=phone.strip(),
        phone_hash=hash_of_phone(phone) if phone.strip() else "",
        address=address.strip(),
        preferred_way=preferred_way,
        registered_at=clock.now(),
    )
    resident.full_clean(exclude=["state"])
    resident.save()
    _tell(resident, ResidentChange.Kind.REGISTERED, by)
    record("resident.registered", resident, by=by, override=bool(id_override.strip()))
    return resident


def sex_of(number: str) -> str:
    """The 17th digit of an ID number is odd for men."""
    digit = number[16:17]
    return Resident.Sex.MALE if digit.isdecimal() and int(digit) % 2 else Resident.Sex.FEMALE


def locked(resident: Resident) -> Resident:
    return Resident.objects.select_for_update().get(pk=resident.pk)


@transaction.atomic
def correct_resident(resident: Resident, *, by: User, **fields: Any) -> Resident:
    """Change what may change: not the ID number. A move within the region is a new place of residence.

    Raises ValidationError(code="erased").
    """
    resident = locked(resident)
    authorise(policies.may_keep_register, by, resident.region_id)
    if resident.erased_at is not None:
        raise ValidationError(_("This record is unrecognisable already."), code="erased")
    changed = [name for name in EDITABLE if name in fields and getattr(resident, name) != fields[name]]
    if not changed:
        return resident
    if "region" in changed:
        authorise(policies.may_keep_register, by, fields["region"].code)
    before = {name: str(getattr(resident, f"{name}_id" if name == "region" else name)) for name in changed}
    for name in changed:
        setattr(resident, name, fields[name])
    resident.phone_hash = hash_of_phone(resident.phone) if resident.phone else ""
    resident.full_clean(exclude=["id_hash", "state"])
    resident.changed_at = clock.now()
    resident.save(update_fields=[*changed, "phone_hash", "changed_at"])
    before = {name: value for name, value in before.items() if name in NAMES_NOBODY}
    _tell(resident, ResidentChange.Kind.CORRECTED, by, fields=changed, before=before)
    record("resident.corrected", resident, by=by, fields=changed)
    return resident


def _tell(
    resident: Resident, kind: str, by: User, *, fields: Iterable[str] = (), before: dict[str, str] | None = None
) -> None:
    """One line of the resident's own history."""
    ResidentChange.objects.create(
        resident=resident, kind=kind, fields=",".join(fields), before=before or {}, by=by, changed_at=clock.now()
    )


def _check_reason(reason: str) -> str:
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Say why."), code="required")})
    return reason.strip()[:200]


def _move_state(resident: Resident, verb: str, event: str, allowed: tuple[str, ...], reason: str, by: User) -> Resident:
    resident = locked(resident)
    authorise(policies.may_keep_register, by, resident.region_id)
    reason = _check_reason(reason)
    if resident.state not in allowed:
        raise ValidationError(
            _("This can't be done: the resident is recorded as “%(state)s”."),
            code="state",
            params={"state": resident.get_state_display()},
        )
    before = resident.state
    getattr(resident, verb)(reason)
    resident.state_at = resident.changed_at = clock.now()
    resident.save(update_fields=["state", "state_reason", "state_at", "changed_at"])
    _tell(resident, ResidentChange.Kind.STATE, by, fields=["state"], before={"state": str(before)})
    record(event, resident, by=by, before=str(before), after=str(resident.state))
    return resident


@transaction.atomic
def suspend_resident(resident: Resident, *, reason: str, by: User) -> Resident:
    """Vouchers stand still at once. Raises ValidationError(code="state")."""
    return _move_state(resident, "suspend", "resident.suspended", (Resident.State.ACTIVE,), reason, by)


@transaction.atomic
def reinstate_resident(resident: Resident, *, reason: str, by: User) -> Resident:
    """The cause is cleared, or the resident is back; that somebody was recorded as dead by mistake an approving officer
    says. Raises ValidationError: `state`, `erased`.
    """
    allowed = (Resident.State.SUSPENDED, Resident.State.MOVED, Resident.State.DECEASED)
    resident = locked(resident)
    if resident.state == Resident.State.DECEASED:
        authorise(policies.may_undo_death, by, resident)
    if resident.erased_at is not None:
        raise ValidationError(_("This record is unrecognisable already."), code="erased")
    return _move_state(resident, "reinstate", "resident.reinstated", allowed, reason, by)


@transaction.atomic
def move_resident(resident: Resident, *, reason: str, by: User) -> Resident:
    """Lives elsewhere now. Raises ValidationError(code="state")."""
    allowed = (Resident.State.ACTIVE, Resident.State.SUSPENDED)
    return _move_state(resident, "move_away", "resident.moved", allowed, reason, by)


@transaction.atomic
def report_death(resident: Resident, *, reason: str, by: User) -> Resident:
    """The resident died; what is in the wallet can't be spent any more. Raises ValidationError(code="state")."""
    allowed = (Resident.State.ACTIVE, Resident.State.SUSPENDED, Resident.State.MOVED)
    return _move_state(resident, "die", "resident.deceased", allowed, reason, by)


@transaction.atomic
def link_account(resident: Resident, user: User, *, by: User) -> Resident:
    """Give a resident a sign-in of their own. Raises ValidationError: `linked`, `own`."""
    resident = locked(resident)
    authorise(policies.may_keep_register, by, resident.region_id)
    if user == by:
        raise ValidationError(_("Nobody links their own account: ask a colleague."), code="own")
    if resident.user_id not in (None, user.pk):
        raise ValidationError(_("The resident has an account already; take that away first."), code="linked")
    if Resident.objects.filter(user=user).exclude(pk=resident.pk).exists():
        raise ValidationError(_("This account belongs to another resident already."), code="linked")
    resident.user = user
    resident.save(update_fields=["user"])
    record("resident.linked", resident, by=by)
    return resident


@transaction.atomic
def unlink_account(resident: Resident, *, by: User) -> Resident:
    """The account sees nothing of the resident any more; said twice it is said once."""
    resident = locked(resident)
    authorise(policies.may_keep_register, by, resident.region_id)
    if resident.user_id is None:
        return resident
    resident.user = None
    resident.save(update_fields=["user"])
    record("resident.unlinked", resident, by=by)
    return resident


@transaction.atomic
def note_benefit(
    resident: Resident,
    kind: str,
    *,
    starts_on: datetime.date,
    by: User,
    ends_on: datetime.date | None = None,
) -> Benefit:
    """What the resident receives from elsewhere; a programme may exclude it.

    Raises ValidationError: `dates`, `noted` (on record already).
    """
    resident = locked(resident)
    authorise(policies.may_keep_register, by, resident.region_id)
    if ends_on is not None and ends_on < starts_on:
        raise ValidationError({"ends_on": ValidationError(_("The end lies before the beginning."), code="dates")})
    if resident.benefits.filter(kind=kind, ends_on=None).exists():
        raise ValidationError({"kind": ValidationError(_("This is on record already."), code="noted")})
    benefit = Benefit(resident=resident, kind=kind, starts_on=starts_on, ends_on=ends_on, noted_by=by)
    benefit.full_clean()
    benefit.save()
    record("benefit.noted", benefit, by=by, kind=str(kind))
    return benefit


@transaction.atomic
def end_benefit(benefit: Benefit, *, ends_on: datetime.date, by: User) -> Benefit:
    """From the day after it no longer stands in the way. Raises ValidationError: `dates`, `ended`."""
    benefit = Benefit.objects.select_for_update(of=("self",)).select_related("resident").get(pk=benefit.pk)
    authorise(policies.may_keep_register, by, benefit.resident.region_id)
    if benefit.ends_on is not None:
        raise ValidationError(_("This has ended already."), code="ended")
    if ends_on < benefit.starts_on:
        raise ValidationError({"ends_on": ValidationError(_("The end lies before the beginning."), code="dates")})
    benefit.ends_on = ends_on
    benefit.save(update_fields=["ends_on"])
    record("benefit.ended", benefit, by=by)
    return benefit
