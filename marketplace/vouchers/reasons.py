"""Why a resident gets nothing from a programme: stable codes, and each in words that an old person understands."""

import datetime
from dataclasses import dataclass, field
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from marketplace.pages import clock
from marketplace.residents.models import Assessment, Benefit, Resident
from marketplace.rules.queries import resolve

from .entitlement import Step, Terms, benefits_of, born_by, day_of_question
from .models import Application, Programme
from .models.programmes import first_of_month


@dataclass(frozen=True)
class Reason:
    """A stable code, what its words need, and whether the resident can do something about it now."""

    code: str
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def words(self) -> str:
        said = dict(self.params)
        if "month" in said:
            said["month"] = date_format(datetime.date.fromisoformat(f"{said['month']}-01"), "YEAR_MONTH_FORMAT")
        return WORDS[self.code]() % said


WORDS = {
    "not_running": lambda: _("The programme gives nothing in this month: it runs from %(from)s to %(to)s."),
    "suspended": lambda: _("Your record is suspended: %(why)s. Ask the community desk, which can clear it."),
    "moved": lambda: _("The register says that you have moved away. The bureau of your new home is responsible now."),
    "deceased": lambda: _("The register says that this person has died."),
    "elsewhere": lambda: _("The programme is for those who live in %(region)s. Where the hukou is does not matter."),
    "too_young": lambda: _("It begins with the month in which you turn %(age)s: %(month)s."),
    "not_alone": lambda: _("It is for those who live alone. The register says: %(household)s."),
    "excluded": lambda: _("You receive “%(benefit)s”; both together are not given."),
    "no_assessment": lambda: _(
        "An assessment of ability, at most %(months)s months old, is needed. The desk arranges it."
    ),
    "level": lambda: _("It begins with level %(least)s of the assessment. Yours found level %(level)s."),
    "no_tier": lambda: _("None of the programme's tiers fits."),
    "no_application": lambda: _("It is given on application. You have not applied yet."),
    "application_waits": lambda: _("Your application is being examined."),
    "application_refused": lambda: _("Your application was refused. You may have the refusal looked at again."),
}  # fmt: skip
ASSESSMENT_MONTHS = "voucher.assessment_validity"


def of_codes(stored: list[dict[str, Any]]) -> list[Reason]:
    """Reasons as an application keeps them."""
    return [Reason(item["code"], item.get("params", {})) for item in stored if item["code"] in WORDS]


def why_not(programme: Programme, terms: Terms, resident: Resident, month: datetime.date) -> list[Reason]:
    """Everything that stands between the resident and this month's voucher; empty for who is entitled."""
    month = first_of_month(month)
    found = []
    if not first_of_month(programme.starts_on) <= month <= programme.ends_on:
        dates = {"from": programme.starts_on.isoformat(), "to": programme.ends_on.isoformat()}
        found.append(Reason("not_running", dates))
    return [*found, *_of_person(terms, resident, month), *_of_application(terms, resident)]


def _of_person(terms: Terms, resident: Resident, month: datetime.date) -> list[Reason]:
    found = []
    day = day_of_question(month)
    if resident.state == Resident.State.SUSPENDED:
        found.append(Reason("suspended", {"why": resident.state_reason or "—"}))
    elif resident.state != Resident.State.ACTIVE:
        found.append(Reason(str(resident.state)))
    if not resident.region_id.startswith(terms.region.prefix):
        found.append(Reason("elsewhere", {"region": str(terms.region)}))
    if resident.birth_date > born_by(terms.minimum_age, month):
        turns = resident.birth_date.replace(day=1)
        turns = turns.replace(year=turns.year + terms.minimum_age)
        found.append(Reason("too_young", {"age": terms.minimum_age, "month": f"{turns:%Y-%m}"}))
    if terms.only_alone and resident.household != Resident.Household.ALONE:
        found.append(Reason("not_alone", {"household": str(resident.get_household_display())}))
    if terms.exclusions and (benefit := benefits_of(terms, day).filter(resident=resident).first()):
        found.append(Reason("excluded", {"benefit": str(Benefit.Kind(benefit.kind).label)}))
    return [*found, *_of_level(terms, resident, month, day)]


def _of_level(terms: Terms, resident: Resident, month: datetime.date, day: datetime.date) -> list[Reason]:
    """The assessment, and the tier that follows from it."""
    level = None
    if terms.needs_assessment:
        valid = Assessment.objects.valid_on(day).filter(resident=resident).first()
        level = valid.level if valid else None
        if terms.minimum_level is not None:
            if level is None:
                return [Reason("no_assessment", {"months": _months()})]
            if level < terms.minimum_level:
                return [Reason("level", {"least": terms.minimum_level, "level": level})]
    if terms.basis != Programme.Basis.TIERS or any(_fits(step, resident, level, month) for step in terms.steps):
        return []
    if level is None and terms.needs_assessment:
        return [Reason("no_assessment", {"months": _months()})]
    least = min((step.minimum_level for step in terms.steps if step.minimum_level is not None), default=None)
    if least is not None and level is not None and level < least:
        return [Reason("level", {"least": least, "level": level})]
    return [Reason("no_tier")]


def _fits(step: Step, resident: Resident, level: int | None, month: datetime.date) -> bool:
    return (
        (step.minimum_age is None or resident.birth_date <= born_by(step.minimum_age, month))
        and (step.minimum_level is None or (level is not None and level >= step.minimum_level))
        and (not step.only_alone or resident.household == Resident.Household.ALONE)
    )


def grant_of(terms: Terms, resident: Resident, month: datetime.date) -> int | None:
    """Fen that the terms give this resident in the month, the same as the query says; None when nothing."""
    day = day_of_question(month)
    valid = Assessment.objects.valid_on(day).filter(resident=resident).first() if terms.needs_assessment else None
    level = valid.level if valid else None
    for step in terms.steps:
        if _fits(step, resident, level, month):
            return step.amount
    return None if terms.basis == Programme.Basis.TIERS else terms.monthly_amount


def _months() -> int:
    return int(resolve(ASSESSMENT_MONTHS).value)


def _of_application(terms: Terms, resident: Resident) -> list[Reason]:
    if not terms.by_application:
        return []
    newest = resident.applications.filter(programme=terms.programme).order_by("-submitted_at").first()
    states = {
        None: "no_application",
        Application.State.WITHDRAWN: "no_application",
        Application.State.SUBMITTED: "application_waits",
        Application.State.REFUSED: "application_refused",
    }
    code = states.get(newest.state if newest else None, "")
    return [Reason(code)] if code else []


def is_open(programme: Programme, day: datetime.date | None = None) -> bool:
    """May be applied for: running, and not over."""
    day = day or clock.today()
    return programme.state == Programme.State.RUNNING and programme.ends_on >= day
