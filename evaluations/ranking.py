"""A round's standings: every mark of every sheet in one aggregate, exact to the last hundredth."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import Count, DecimalField, ExpressionWrapper, F, Sum, Value

from .models import Framework, Indicator, Measurement, RatingApplication, RatingMark, RatingRound, RatingSheet
from .scoring import rounded

WEIGHT_STEPS = 100  # a weight has two decimals


@dataclass(frozen=True)
class Standing:
    application: Any  # its id
    points: Decimal
    rank: int
    level: str


def standings(round: RatingRound) -> list[Standing]:
    """Points, rank and level of every application, from its sheets handed in, best first. Five statements.

    What an objection put in a mark's place counts. Equal points share a rank.
    """
    framework = round.framework
    leaves = {leaf.pk: leaf for leaf in framework.indicators.filter(top__isnull=False)}
    exact = _marked(round, leaves)
    for application, leaf_id, points in _measured(round):
        leaf = leaves[leaf_id]
        exact[application] = exact.get(application, Fraction(0)) + Fraction(points) / leaf.top * Fraction(leaf.weight)
    for application, change in _objected(round, leaves).items():
        exact[application] = exact.get(application, Fraction(0)) + change
    return ranked(((pk, rounded(share * framework.out_of / 100)) for pk, share in exact.items()), framework)


def _marked(round: RatingRound, leaves: dict[Any, Indicator]) -> dict[Any, Fraction]:
    """The share out of 100 that the scorers gave, by application.

    points × weight × scale ÷ top is a whole number of hundredths when `scale` is a multiple of every top, so nothing is
    rounded, on either database, before the end.
    """
    judged = [leaf for leaf in leaves.values() if leaf.is_judged]
    scale = math.lcm(*(leaf.top for leaf in judged)) if judged else 1
    submitted = RatingSheet.State.SUBMITTED
    sheets = dict(
        RatingSheet.objects.filter(application__round=round, state=submitted)
        .values_list("application")
        .annotate(number=Count("pk"))
    )
    part = ExpressionWrapper(
        F("points") * F("indicator__weight") * (Value(scale) / F("indicator__top")),
        output_field=DecimalField(max_digits=20, decimal_places=2),
    )
    sums = (
        RatingMark.objects.filter(sheet__application__round=round, sheet__state=submitted)
        .order_by()
        .values_list("sheet__application")
        .annotate(total=Sum(part))
    )
    steps = {application: int((Decimal(total) * WEIGHT_STEPS).to_integral_value()) for application, total in sums}
    return {one: Fraction(count, WEIGHT_STEPS * scale * sheets[one]) for one, count in steps.items()}


def _measured(round: RatingRound) -> Iterable[tuple[Any, Any, Decimal]]:
    found = Measurement.objects.filter(application__round=round)
    return found.order_by().values_list("application", "indicator", "points")


def _objected(round: RatingRound, leaves: dict[Any, Indicator]) -> dict[Any, Fraction]:
    """By how much an objection changed the share: what counts now less the scorers' mean or the measured points."""
    changes: dict[Any, Fraction] = {}
    changed = RatingApplication.objects.filter(round=round).exclude(decided_marks={})
    for application in changed.prefetch_related("sheets__marks", "measurements"):
        for leaf_id, points in application.decided_marks.items():
            leaf = next(one for one in leaves.values() if str(one.pk) == leaf_id)
            given = [
                Fraction(mark.points)
                for sheet in application.sheets.all()
                for mark in sheet.marks.all()
                if mark.indicator_id == leaf.pk
            ] or [Fraction(one.points) for one in application.measurements.all() if one.indicator_id == leaf.pk]
            mean = sum(given, Fraction(0)) / len(given) if given else Fraction(0)
            change = (Fraction(Decimal(str(points))) - mean) / leaf.top * Fraction(leaf.weight)
            changes[application.pk] = changes.get(application.pk, Fraction(0)) + change
    return changes


def ranked(points: Iterable[tuple[Any, Decimal]], framework: Framework) -> list[Standing]:
    found: list[Standing] = []
    for place, (application, given) in enumerate(sorted(points, key=lambda one: (-one[1], str(one[0]))), start=1):
        rank = found[-1].rank if found and found[-1].points == given else place
        found.append(Standing(application, given, rank, level_of(given, framework)))
    return found


def level_of(points: Decimal, framework: Framework) -> str:
    """The highest level whose floor the points reach; none below the last."""
    return next((band["level"] for band in framework.bands if points >= Decimal(str(band["from"]))), "")
