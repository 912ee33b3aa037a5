"""Who is entitled to how much in a month: a programme's terms as one query, and for one resident as plain words.

`entitled` is what the month's issue inserts from, what a trial counts, and what a change is compared by. `why_not` says
the same of one person; tests hold the two against each other.
"""

import datetime
import uuid
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Least

from marketplace.pages import clock
from marketplace.parties.models import Region
from marketplace.residents.models import Assessment, Benefit, Resident

from .models import Application, Programme, Voucher
from .models.programmes import first_of_month, last_of_month


@dataclass(frozen=True)
class Step:
    """One tier: the conditions that are not None must all hold; `amount` fen a month."""

    amount: int
    minimum_age: int | None = None
    minimum_level: int | None = None
    only_alone: bool = False


@dataclass(frozen=True)
class Terms:
    """The rule of a programme as values: those it has, or those that somebody proposes."""

    programme: uuid.UUID | None
    region: Region
    basis: str
    monthly_amount: int
    minimum_age: int
    minimum_level: int | None = None
    only_alone: bool = False
    exclusions: tuple[str, ...] = ()
    by_application: bool = False
    carries_over: bool = False
    most_carried: int | None = None
    steps: tuple[Step, ...] = ()

    @property
    def needs_assessment(self) -> bool:
        return self.minimum_level is not None or any(step.minimum_level is not None for step in self.steps)

    def changed(self, **values: Any) -> "Terms":
        return replace(self, **values)


TERMS = (
    "region",
    "basis",
    "monthly_amount",
    "minimum_age",
    "minimum_level",
    "only_alone",
    "by_application",
    "carries_over",
    "most_carried",
)


def terms_of(programme: Programme) -> Terms:
    """Two statements at most: the programme's tiers and its region."""
    return Terms(
        programme=programme.pk,
        exclusions=tuple(programme.exclusions),
        steps=tuple(
            Step(tier.amount, tier.minimum_age, tier.minimum_level, tier.only_alone) for tier in programme.tiers.all()
        ),
        **{name: getattr(programme, name) for name in TERMS},
    )


def born_by(age: int, month: datetime.date) -> datetime.date:
    """Born on or before this day: of this age in the month, since age counts from the month of the birthday."""
    return last_of_month(month.replace(year=month.year - age))


def day_of_question(month: datetime.date) -> datetime.date:
    """Assessments and benefits are looked at on this day: today in the running month, else the month's first."""
    today = clock.today()
    return today if first_of_month(today) == month else month


def entitled(terms: Terms, month: datetime.date) -> QuerySet[Resident]:
    """Residents who are given something in the month, each with `grant` in fen. Unordered, one statement."""
    month = first_of_month(month)
    day = day_of_question(month)
    rows = (
        Resident.objects.active()
        .order_by()
        .filter(region__code__startswith=terms.region.prefix, birth_date__lte=born_by(terms.minimum_age, month))
    )
    if terms.only_alone:
        rows = rows.filter(household=Resident.Household.ALONE)
    if terms.exclusions:
        rows = rows.filter(~Exists(benefits_of(terms, day).filter(resident=OuterRef("pk"))))
    if terms.by_application:
        approved = Application.objects.filter(
            programme=terms.programme, resident=OuterRef("pk"), state=Application.State.APPROVED
        )
        rows = rows.filter(Exists(approved))
    if terms.needs_assessment:
        rows = rows.annotate(level=_level(day))
        if terms.minimum_level is not None:
            rows = rows.filter(level__gte=terms.minimum_level)
    rows = rows.annotate(grant=_grant(terms, month))
    return rows.filter(grant__isnull=False) if terms.basis == Programme.Basis.TIERS else rows


def benefits_of(terms: Terms, day: datetime.date) -> QuerySet[Benefit]:
    """The excluding benefits that run on the day."""
    return Benefit.objects.order_by().filter(
        Q(ends_on=None) | Q(ends_on__gte=day), kind__in=terms.exclusions, starts_on__lte=day
    )


def _level(day: datetime.date) -> Subquery:
    valid = Assessment.objects.valid_on(day).order_by().filter(resident=OuterRef("pk"))
    return Subquery(valid.values("level")[:1], output_field=IntegerField())


def _grant(terms: Terms, month: datetime.date) -> Any:
    """Fen as an expression: the first tier that fits, else the flat amount; nothing else in a tiered programme."""
    otherwise = None if terms.basis == Programme.Basis.TIERS else terms.monthly_amount
    if not terms.steps:
        return Value(otherwise, output_field=BigIntegerField(null=True))
    return Case(
        *(When(_fits(step, month), then=Value(step.amount)) for step in terms.steps),
        default=Value(otherwise),
        output_field=BigIntegerField(),
    )


def _fits(step: Step, month: datetime.date) -> Q:
    fits = Q(pk__isnull=False)
    if step.minimum_age is not None:
        fits &= Q(birth_date__lte=born_by(step.minimum_age, month))
    if step.minimum_level is not None:
        fits &= Q(level__gte=step.minimum_level)
    if step.only_alone:
        fits &= Q(household=Resident.Household.ALONE)
    return fits


def grant_before(rows: QuerySet[Resident], before: Terms, month: datetime.date) -> QuerySet[Resident]:
    """Each of the rows with `earlier`: what other terms would give to those whom they entitle."""
    if before.needs_assessment and "level" not in rows.query.annotations:
        rows = rows.annotate(level=_level(day_of_question(month)))
    return rows.filter(pk__in=entitled(before, month).values("pk")).annotate(earlier=_grant(before, month))


def without_voucher(terms: Terms, month: datetime.date) -> QuerySet[Resident]:
    """Entitled and not yet served: what a run of the issue makes. `grant` includes what is carried over."""
    month = first_of_month(month)
    served = Voucher.objects.filter(programme=terms.programme, month=month, resident=OuterRef("pk"))
    rows = entitled(terms, month).filter(~Exists(served))
    if not terms.carries_over:
        return rows
    last = Voucher.objects.filter(
        programme=terms.programme,
        month=first_of_month(month - datetime.timedelta(days=1)),
        resident=OuterRef("pk"),
    )
    rest: Any = Coalesce(Subquery(last.values("expired")[:1], output_field=BigIntegerField()), Value(0))
    if terms.most_carried is not None:
        rest = Least(rest, Value(terms.most_carried))
    return rows.annotate(granted=F("grant") + rest)


def as_insert(terms: Terms, month: datetime.date) -> tuple[str, tuple]:
    """The issue of a month as one `INSERT … SELECT` for this database's own dialect, with its parameters."""
    month = first_of_month(month)
    given = "granted" if terms.carries_over else "grant"
    rows = without_voucher(terms, month).values_list(
        "pk",
        Value(month, output_field=Voucher._meta.get_field("month")),
        Value(terms.programme, output_field=Programme._meta.pk),
        given,
        Value(0),
        Value(0),
        Value(0),
    )
    sql, params = rows.query.sql_with_params()
    columns = "resident_id, month, programme_id, granted, spent, held, expired"
    return f"INSERT INTO vouchers_voucher ({columns}) {sql}", params
