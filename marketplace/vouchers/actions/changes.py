"""A running programme's rule changes from the first day of a month, by two officers, after a trial on the register."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import User
from marketplace.vouchers import policies
from marketplace.vouchers.entitlement import Step, Terms, terms_of
from marketplace.vouchers.models import Programme, ProgrammeChange
from marketplace.vouchers.models.programmes import first_of_month
from marketplace.vouchers.queries.trials import compare

from .programmes import OPTIONAL, TIER, check_terms, locked_programme, set_tiers

CHANGEABLE = (*OPTIONAL, "monthly_amount", "minimum_age")


def proposed_terms(programme: Programme, values: Mapping[str, Any], tiers: Sequence[Mapping[str, Any]]) -> Terms:
    """The programme's terms with the new values in them."""
    known = {name: values[name] for name in values if name in Terms.__dataclass_fields__}
    if "exclusions" in known:
        known["exclusions"] = tuple(known["exclusions"])
    steps = tuple(Step(**{name: tier[name] for name in TIER if tier.get(name) is not None}) for tier in tiers)
    return terms_of(programme).changed(**known, steps=steps)


@transaction.atomic
def propose_change(
    programme: Programme,
    values: Mapping[str, Any],
    *,
    tiers: Sequence[Mapping[str, Any]],
    from_month: datetime.date,
    reason: str,
    by: User,
) -> ProgrammeChange:
    """Write down new values from a month that has not begun, with what they would do.

    Raises ValidationError: `state` (not running), `month` (begun), `proposed` (another change waits), `reason`, and
    what `check_terms` refuses.
    """
    programme = locked_programme(programme)
    authorise(policies.may_draft_programme, by, programme.bureau)
    from_month = first_of_month(from_month)
    if programme.state != Programme.State.RUNNING:
        raise ValidationError(_("This programme is not running."), code="state")
    if from_month <= first_of_month(clock.today()) or from_month > programme.ends_on:
        raise ValidationError({"from_month": ValidationError(_("Choose a month still to come."), code="month")})
    if programme.changes.filter(state__in=["proposed", "approved"]).exists():
        raise ValidationError(_("Another change waits already: decide on that one first."), code="proposed")
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Say why."), code="reason")})
    values = {name: value for name, value in values.items() if name in CHANGEABLE}
    check_terms({name: value for name, value in values.items() if name in OPTIONAL}, tiers)
    trial = compare(terms_of(programme), proposed_terms(programme, values, tiers), from_month)
    change = ProgrammeChange.objects.create(
        programme=programme,
        from_month=from_month,
        values=values,
        tiers=[dict(tier) for tier in tiers],
        trial=asdict(trial),
        reason=reason.strip()[:300],
        proposed_by=by,
        proposed_at=clock.now(),
    )
    record("programme_change.proposed", change, by=by, organisation=programme.bureau, from_month=f"{from_month:%Y-%m}")
    return change


def _locked(change: ProgrammeChange) -> ProgrammeChange:
    return ProgrammeChange.objects.select_for_update(of=("self",)).select_related("programme__bureau").get(pk=change.pk)


@transaction.atomic
def approve_change(change: ProgrammeChange, *, by: User) -> ProgrammeChange:
    """A second officer agrees: it takes hold when its month is issued. Raises ValidationError: `state`, `month`."""
    change = _locked(change)
    authorise(policies.may_approve_change, by, change)
    if change.state != ProgrammeChange.State.PROPOSED:
        raise ValidationError(_("This change has been decided on already."), code="state")
    if change.from_month <= first_of_month(clock.today()):
        raise ValidationError(_("Its month has begun: propose it for a later one."), code="month")
    change.approve()
    change.approved_by = by
    change.save(update_fields=["state", "approved_by"])
    record("programme_change.approved", change, by=by, organisation=change.programme.bureau)
    return change


@transaction.atomic
def withdraw_change(change: ProgrammeChange, *, by: User) -> ProgrammeChange:
    """It never takes hold. Raises ValidationError(code="state")."""
    change = _locked(change)
    authorise(policies.may_issue, by, change.programme)
    if change.state not in (ProgrammeChange.State.PROPOSED, ProgrammeChange.State.APPROVED):
        raise ValidationError(_("This change has been decided on already."), code="state")
    change.withdraw()
    change.save(update_fields=["state"])
    record("programme_change.withdrawn", change, by=by, organisation=change.programme.bureau)
    return change


def enforce_due_change(programme: Programme, month: datetime.date, *, by: User) -> None:
    """Inside the month's issue, which holds the programme: give it the approved values whose month has come."""
    due = programme.changes.filter(state=ProgrammeChange.State.APPROVED, from_month__lte=month).order_by("from_month")
    for change in due:
        for name, value in change.values.items():
            setattr(programme, name, value)
        programme.save(update_fields=list(change.values))
        set_tiers(programme, change.tiers)
        change.enforce()
        change.save(update_fields=["state"])
        record("programme_change.enforced", change, by=by, organisation=programme.bureau)
