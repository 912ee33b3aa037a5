"""Someone acts for a resident, with consent on record and an end."""

import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import User
from marketplace.residents import policies
from marketplace.residents.models import Delegation, Resident

from .register import locked


@transaction.atomic
def delegate_to(
    resident: Resident,
    delegate: User,
    *,
    kind: str,
    scope: str,
    consent_on: datetime.date,
    consent_note: str,
    by: User,
    ends_on: datetime.date | None = None,
) -> Delegation:
    """Record that the resident lets this person see or act. One that has run out is closed: it may be given anew.

    Raises ValidationError: `consent` (none on record), `dates`, `delegated` (a live one exists), `self`.
    """
    resident = locked(resident)
    authorise(policies.may_appoint, by, resident)
    today = clock.today()
    if not consent_note.strip() or consent_on > today:
        raise ValidationError(
            {"consent_note": ValidationError(_("Record when and how the resident agreed."), code="consent")}
        )
    if ends_on is not None and ends_on < today:
        raise ValidationError({"ends_on": ValidationError(_("The end lies in the past."), code="dates")})
    if resident.user_id == delegate.pk:
        raise ValidationError({"delegate": ValidationError(_("This is the resident's own account."), code="self")})
    resident.delegations.filter(delegate=delegate, ended_at=None, ends_on__lt=today).update(ended_at=clock.now())
    if resident.delegations.filter(delegate=delegate, ended_at=None).exists():
        raise ValidationError(
            {"delegate": ValidationError(_("This person acts for the resident already."), code="delegated")}
        )
    delegation = Delegation(
        resident=resident,
        delegate=delegate,
        kind=kind,
        scope=scope,
        consent_on=consent_on,
        consent_note=consent_note.strip(),
        starts_on=today,
        ends_on=ends_on,
    )
    delegation.full_clean()
    delegation.save()
    record("delegation.made", delegation, by=by, scope=str(scope), kind=str(kind))
    return delegation


@transaction.atomic
def end_delegation(delegation: Delegation, *, by: User) -> Delegation:
    """The resident or the desk takes it back, or the delegate steps down. Raises ValidationError(code="ended")."""
    delegation = Delegation.objects.select_for_update(of=("self",)).select_related("resident").get(pk=delegation.pk)
    authorise(_may_end, by, delegation)
    if delegation.ended_at is not None:
        raise ValidationError(_("This has ended already."), code="ended")
    delegation.ended_at = clock.now()
    delegation.save(update_fields=["ended_at"])
    record("delegation.ended", delegation, by=by)
    return delegation


def _may_end(user: User, delegation: Delegation) -> bool:
    return delegation.delegate_id == user.pk or policies.may_appoint(user, delegation.resident)
