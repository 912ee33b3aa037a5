"""How able a person is: scored by one assessor, confirmed by another, and the plan of care that follows."""

import datetime
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.pages.language import in_english
from marketplace.parties.models import Organisation, User
from marketplace.residents import policies
from marketplace.residents.models import Assessment, CareNeed, CarePlan, Resident
from marketplace.rules.calendar import add_days, due_date
from marketplace.rules.queries import resolve

from .register import locked

ITEMS, BANDS, VALIDITY = "assessment.items", "assessment.bands", "voucher.assessment_validity"
CARE = "service.home_care_standard"
RAISES = {
    "coma": gettext_lazy("In a coma: level 4"),
    "dementia_or_mental": gettext_lazy("Dementia or a mental illness is diagnosed: one level up"),
    "two_incidents_in_30_days": gettext_lazy(
        "Two or more falls, lost ways, chokings or attempts on the own life in 30 days: one level up"
    ),
}


@dataclass(frozen=True)
class Item:
    """One item of the standard: the score goes from 0 (worst) to `most`."""

    code: str
    name: str
    most: int


@dataclass(frozen=True)
class Domain:
    code: str
    name: str
    items: tuple[Item, ...]


def domains(on: datetime.date | None = None) -> list[Domain]:
    """The standard's domains and items as the rule has them, in the reader's language."""
    english = in_english()
    return [
        Domain(
            domain["code"],
            domain["name_en" if english else "name"],
            tuple(Item(code, name_en if english else name, most) for code, name, name_en, most in domain["items"]),
        )
        for domain in resolve(ITEMS, on=on).data["domains"]
    ]


def level_of(total: int, raised_by: Iterable[str], *, on: datetime.date | None = None) -> int:
    """0 to 4: the band of the points, one up for each cause, 4 in a coma (GB/T 42195-2022)."""
    causes = set(raised_by)
    if "coma" in causes:
        return 4
    bands = resolve(BANDS, on=on).data["bands"]
    level = next(number for number, (low, high) in enumerate(bands) if low <= total <= high)
    return min(level + (1 if causes else 0), 4)


@transaction.atomic
def score_assessment(
    resident: Resident,
    scores: Mapping[str, int],
    *,
    raised_by: Iterable[str] = (),
    assessed_on: datetime.date,
    by: User,
    organisation: Organisation | None = None,
) -> Assessment:
    """The first assessor's scores; they count when a second one has confirmed them.

    Raises ValidationError: `scores` (an item is missing or out of its range), `dates` (not yet, or older than the
    rule lets an assessment be), `waits` (one waits for its second assessor).
    """
    resident = locked(resident)
    authorise(policies.may_assess, by, resident)
    today = clock.today()
    valid_until = add_days(due_date(assessed_on, resolve(VALIDITY, on=today)), -1)
    if assessed_on > today or valid_until < today:
        raise ValidationError(
            {"assessed_on": ValidationError(_("The day has not come yet, or lies too far back."), code="dates")}
        )
    if resident.assessments.filter(state=Assessment.State.SCORED).exists():
        raise ValidationError(_("An assessment waits for its second assessor: that one first."), code="waits")
    raised_by = sorted(set(raised_by) & RAISES.keys())
    clean = _check_scores(scores, assessed_on)
    total = sum(clean.values())
    assessment = Assessment.objects.create(
        resident=resident,
        organisation=organisation,
        standard=resolve(ITEMS, on=assessed_on).data["standard"],
        scores=json.dumps(clean),
        total=total,
        level=level_of(total, raised_by, on=assessed_on),
        raised_by=",".join(raised_by),
        assessed_on=assessed_on,
        valid_until=valid_until,
        first_assessor=by,
    )
    record("assessment.scored", assessment, by=by, organisation=organisation)
    return assessment


def _check_scores(scores: Mapping[str, int], day: datetime.date) -> dict[str, int]:
    clean, wrong = {}, {}
    for domain in domains(day):
        for item in domain.items:
            value = scores.get(item.code)
            if value is None or not 0 <= value <= item.most:
                words = _("%(item)s: from 0 to %(most)s.")
                wrong[item.code] = ValidationError(words, code="scores", params={"item": item.name, "most": item.most})
            else:
                clean[item.code] = value
    if wrong:
        raise ValidationError(wrong)
    return clean


def _waiting(assessment: Assessment, by: User) -> Assessment:
    assessment = Assessment.objects.select_for_update(of=("self",)).select_related("resident").get(pk=assessment.pk)
    authorise(policies.may_assess, by, assessment.resident)
    if assessment.state != Assessment.State.SCORED:
        raise ValidationError(_("This assessment has been decided on already."), code="state")
    if assessment.first_assessor_id == by.pk:
        raise ValidationError(_("Another person confirms it: an assessment takes two."), code="same_assessor")
    return assessment


@transaction.atomic
def confirm_assessment(assessment: Assessment, *, by: User) -> Assessment:
    """The second assessor found the same: it holds, and the one before doesn't.

    Raises ValidationError: `state`, `same_assessor`.
    """
    locked(Resident(pk=assessment.resident_id))
    assessment = _waiting(assessment, by)
    earlier = Assessment.objects.filter(resident=assessment.resident_id, state=Assessment.State.CONFIRMED).first()
    if earlier is not None:
        earlier.replace()
        earlier.save(update_fields=["state"])
    assessment.confirm(by)
    assessment.decided_at = clock.now()
    assessment.save(update_fields=["state", "second_assessor", "decided_at"])
    record("assessment.confirmed", assessment, by=by, organisation=assessment.organisation_id)
    return assessment


@transaction.atomic
def reject_assessment(assessment: Assessment, *, note: str, by: User) -> Assessment:
    """The second assessor found otherwise: both go again. Raises ValidationError: `state`, `same_assessor`, `note`."""
    assessment = _waiting(assessment, by)
    if not note.strip():
        raise ValidationError({"note": ValidationError(_("Say what was found."), code="note")})
    assessment.reject(by)
    assessment.note, assessment.decided_at = note.strip()[:300], clock.now()
    assessment.save(update_fields=["state", "second_assessor", "note", "decided_at"])
    record("assessment.rejected", assessment, by=by, organisation=assessment.organisation_id)
    return assessment


def care_codes() -> list[str]:
    """The kinds of care that a plan may name (GB/T 43153-2023)."""
    return resolve(CARE).data["services"]


@transaction.atomic
def write_care_plan(
    resident: Resident, *, goal: str, review_on: datetime.date, needs: Mapping[str, int], by: User
) -> CarePlan:
    """What care, how many times a month, to what end. Raises ValidationError: `needs` (none, unknown), `dates`."""
    resident = locked(resident)
    authorise(policies.may_assess, by, resident)
    wanted = {code: times for code, times in needs.items() if times}
    if not wanted or not wanted.keys() <= set(care_codes()) or max(wanted.values()) > 99:
        raise ValidationError(_("Say which care, and how many times a month."), code="needs")
    if review_on <= clock.today():
        raise ValidationError({"review_on": ValidationError(_("Choose a day that is still to come."), code="dates")})
    in_force = resident.assessments.valid_on(clock.today()).first()
    plan: Any = CarePlan.objects.create(
        resident=resident,
        assessment=in_force,
        goal=goal.strip()[:300],
        review_on=review_on,
        written_by=by,
        written_at=clock.now(),
    )
    CareNeed.objects.bulk_create([CareNeed(plan=plan, code=code, times_a_month=n) for code, n in wanted.items()])
    record("care_plan.written", plan, by=by, needs=len(wanted))
    return plan
