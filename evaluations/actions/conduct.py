"""The bureau's register of what keeps an organisation out of a rating."""

import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from evaluations import roundpolicies
from evaluations.models import ConductEntry
from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import Organisation, User


@transaction.atomic
def note_conduct(
    organisation: Organisation,
    *,
    kind: str,
    year: int,
    began_on: datetime.date,
    document: str,
    ended_on: datetime.date | None = None,
    by: User,
) -> ConductEntry:
    """Enter an inspection, a penalty or an investigation, with its document.

    Raises ValidationError: "future", "dates", "empty", "already" for a second inspection of a year.
    """
    organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
    authorise(roundpolicies.may_note_conduct, by, organisation)
    if began_on > clock.today():
        raise ValidationError({"began_on": ValidationError(_("This day has not come yet."), code="future")})
    if ended_on and ended_on < began_on:
        raise ValidationError({"ended_on": ValidationError(_("The end lies before the beginning."), code="dates")})
    if not document.strip():
        raise ValidationError({"document": ValidationError(_("Name the document."), code="empty")})
    inspections = ConductEntry.INSPECTIONS
    if kind in inspections and organisation.conduct.filter(kind__in=inspections, year=year, withdrawn_at=None).exists():
        raise ValidationError(_("The inspection of this year is noted already."), code="already")
    entry = ConductEntry.objects.create(
        organisation=organisation,
        kind=kind,
        year=year,
        began_on=began_on,
        ended_on=ended_on,
        document=document.strip(),
        noted_by=by,
    )
    record("conduct.noted", entry, by=by, organisation=organisation, kind=kind, year=year)
    return entry


@transaction.atomic
def withdraw_conduct(entry: ConductEntry, *, reason: str, by: User) -> ConductEntry:
    """An entry was wrong. Raises ValidationError: "state", "empty"."""
    entry = ConductEntry.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=entry.pk)
    authorise(roundpolicies.may_note_conduct, by, entry.organisation)
    if entry.withdrawn_at:
        raise ValidationError(_("This entry has been withdrawn already."), code="state")
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Write it down."), code="empty")})
    entry.withdrawn_at, entry.withdrawal = clock.now(), reason.strip()[:200]
    entry.save(update_fields=["withdrawn_at", "withdrawal"])
    record("conduct.withdrawn", entry, by=by, organisation=entry.organisation)
    return entry
