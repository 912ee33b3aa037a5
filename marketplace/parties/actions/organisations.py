"""Organisations: registered, asking to join, admitted, edited, suspended; and the numbers they give."""

import re
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock

from .. import policies
from ..models import Membership, NumberSeries, Organisation, Region, Role, User, validate_uscc
from .accounts import check_new_password, spell_ways

OWN_FIELDS = ("name_en", "address", "phone", "email", "about", "about_en")
"""What an organisation says about itself; all else stands in the register and is the operator's to change."""
REGISTERED_FIELDS = ("name", "legal_form", "region", "registered_on", "legal_representative")


@transaction.atomic
def next_number(organisation: Organisation, kind: str, year: int) -> int:
    """The next gap-free number of this kind for the organisation in the year.

    Holds the series' row until the caller's transaction ends: a number that is rolled back is given again.
    """
    return next_numbers(organisation, kind, year, 1)[0]


@transaction.atomic
def next_numbers(organisation: Organisation, kind: str, year: int, count: int) -> range:
    """So many of them at once."""
    NumberSeries.objects.get_or_create(organisation=organisation, kind=kind, year=year)
    series = NumberSeries.objects.select_for_update().get(organisation=organisation, kind=kind, year=year)
    series.last += count
    series.save(update_fields=["last"])
    return range(series.last - count + 1, series.last + 1)


def check_uscc(typed: str, *, override: str = "", of: Organisation | None = None) -> str:
    """The code as it is kept. Its form (18 characters of GB 32100's alphabet) always holds; a failing checksum, which
    some real old codes have, passes with a reason. Raises ValidationError on `uscc`: `uscc` or `taken`.
    """
    code = re.sub(r"[\s-]", "", typed).upper()
    try:
        if not (override.strip() and re.fullmatch(r"[0-9A-HJ-NPQRTUWXY]{18}", code)):
            validate_uscc(code)
    except ValidationError as fault:
        raise ValidationError({"uscc": fault}) from None
    if Organisation.objects.filter(uscc=code).exclude(pk=of.pk if of else None).exists():
        raise ValidationError(
            {"uscc": ValidationError(_("An organisation with this code is registered already."), code="taken")}
        )
    return code


def _checked(fields: dict[str, Any], allowed: tuple[str, ...]) -> dict[str, Any]:
    strange = sorted(set(fields) - set(allowed))
    if strange:
        raise TypeError(f"not a field of an organisation: {', '.join(strange)}")
    if fields.get("registered_on") and fields["registered_on"] > clock.today():
        raise ValidationError(
            {"registered_on": ValidationError(_("A registration can't lie in the future."), code="future")}
        )
    return fields


@transaction.atomic
def register_organisation(
    *,
    uscc: str,
    name: str,
    kind: str,
    legal_form: str,
    region: Region,
    uscc_override: str = "",
    by: User,
    **more: Any,
) -> Organisation:
    """The operator enters an organisation whose papers have been seen. `more` are the other fields of the register."""
    authorise(policies.is_operator, by)
    organisation = Organisation.objects.create(
        uscc=check_uscc(uscc, override=uscc_override),
        uscc_override=uscc_override.strip(),
        name=name.strip(),
        kind=kind,
        legal_form=legal_form,
        region=region,
        **_checked(more, (*OWN_FIELDS, *REGISTERED_FIELDS)),
    )
    record(
        "organisation.registered", organisation, by=by, organisation=organisation, uscc_override=uscc_override.strip()
    )
    return organisation


@transaction.atomic
def ask_to_join(
    *,
    uscc: str,
    name: str,
    kind: str,
    legal_form: str,
    region: Region,
    person_name: str,
    person_email: str,
    person_phone: str,
    password: str,
    language: str,
    by: User | None = None,
    **more: Any,
) -> Organisation:
    """A social organisation asks to trade here; the person who asks becomes its owner. Nothing opens before the
    operator admits it. Raises ValidationError on `uscc`, `person_email`, `person_phone`, `password`, `kind`.
    """
    if kind not in policies.KINDS_THAT_ASK:
        raise ValidationError(
            {"kind": ValidationError(_("Bodies of this kind are entered by the operator."), code="kind")}
        )
    code = check_uscc(uscc)
    person = by
    if person is None:
        try:
            email, phone = spell_ways(person_email, person_phone)
        except ValidationError as fault:
            raise ValidationError({f"person_{field}": errors for field, errors in fault.error_dict.items()}) from None
        check_new_password(password, User(name=person_name, email=email, phone=phone))
        person = User.objects.create_user(
            name=person_name.strip(), email=email, phone=phone, password=password, language=language
        )
        record("user.joined", person, by=person)
    organisation = Organisation.objects.create(
        uscc=code,
        name=name.strip(),
        kind=kind,
        legal_form=legal_form,
        region=region,
        state=Organisation.State.PENDING,
        **_checked(more, (*OWN_FIELDS, *REGISTERED_FIELDS)),
    )
    membership = Membership.objects.create(user=person, organisation=organisation, role=Role.OWNER)
    record("organisation.asked_to_join", organisation, by=person, organisation=organisation)
    record("membership.granted", membership, by=person, organisation=organisation, role=str(Role.OWNER))
    return organisation


@transaction.atomic
def edit_organisation(organisation: Organisation, *, by: User, **fields: Any) -> Organisation:
    """Change what an organisation says about itself, or, as the operator, what stands in the register.

    `uscc` and `uscc_override` go together. Raises ValidationError as `check_uscc`; PermissionDenied when an owner would
    change the register.
    """
    organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
    authorise(policies.may_edit_organisation, by, organisation)
    if not set(fields) <= set(OWN_FIELDS):
        authorise(policies.is_operator, by)
    if "uscc" in fields:
        fields["uscc"] = check_uscc(fields["uscc"], override=fields.get("uscc_override", ""), of=organisation)
    changed = [name for name, value in fields.items() if getattr(organisation, name) != value]
    _checked(fields, (*OWN_FIELDS, *REGISTERED_FIELDS, "uscc", "uscc_override", "kind"))
    for name in changed:
        setattr(organisation, name, fields[name])
    if changed:
        organisation.save(update_fields=changed)
        record("organisation.changed", organisation, by=by, organisation=organisation, fields=sorted(changed))
    return organisation


@transaction.atomic
def admit_organisation(organisation: Organisation, *, by: User) -> Organisation:
    """Its papers have been checked: it may bid, and be accredited. Raises ValidationError `state`."""
    return _move(organisation, Organisation.State.PENDING, Organisation.admit, "organisation.admitted", by=by)


@transaction.atomic
def refuse_organisation(organisation: Organisation, *, reason: str, by: User) -> Organisation:
    """It does not join; the reason is kept. Raises ValidationError `state`."""
    return _move(
        organisation, Organisation.State.PENDING, Organisation.close, "organisation.refused", by=by, reason=reason
    )


@transaction.atomic
def suspend_organisation(organisation: Organisation, *, reason: str, by: User) -> Organisation:
    """No new bids and no redemptions until it is reinstated. Raises ValidationError `state`."""
    return _move(
        organisation, Organisation.State.ACTIVE, Organisation.suspend, "organisation.suspended", by=by, reason=reason
    )


@transaction.atomic
def reinstate_organisation(organisation: Organisation, *, reason: str, by: User) -> Organisation:
    """It trades again. Raises ValidationError `state`."""
    return _move(
        organisation,
        Organisation.State.SUSPENDED,
        Organisation.reinstate,
        "organisation.reinstated",
        by=by,
        reason=reason,
    )


def _move(
    organisation: Organisation,
    source: str,
    step: Callable[[Organisation], None],
    event: str,
    *,
    by: User,
    **detail: Any,
) -> Organisation:
    organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
    authorise(policies.is_operator, by)
    if organisation.state != source:
        raise ValidationError(
            _("%(name)s is now in the state “%(state)s”: look at the page again."),
            code="state",
            params={"name": organisation, "state": organisation.get_state_display()},
        )
    step(organisation)
    organisation.save(update_fields=["state"])
    record(event, organisation, by=by, organisation=organisation, **detail)
    return organisation
