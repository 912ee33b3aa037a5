"""From marks to a score and a grade: exact fractions, rounded once at the end."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from marketplace.rules.models import Rule

from .models import Indicator, Measurement

CENT = Decimal("0.01")


def rounded(value: Fraction) -> Decimal:
    """To two decimals, half up, as a person with a pencil does it."""
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(CENT, rounding=ROUND_HALF_UP)


def leaf_score(leaf: Indicator, points: Iterable[int | Fraction]) -> Fraction:
    """The scorers' mean on a leaf's scale, times the leaf's weight."""
    given = list(points)
    return Fraction(sum(given)) / (len(given) * leaf.top) * Fraction(leaf.weight)


@dataclass(frozen=True)
class Line:
    """One line of a result: an indicator, its depth in the tree, and its score of its weight."""

    indicator: Indicator
    depth: int
    score: Decimal
    share: Decimal
    marks: tuple[int | Fraction, ...] = ()
    decided: Decimal | None = None
    measured: Measurement | None = None


def result_lines(
    indicators: list[Indicator],
    points: Mapping[Any, Sequence[int | Fraction]],
    decided: Mapping[Any, Decimal] | None = None,
) -> tuple[list[Line], Decimal]:
    """The tree with every branch summed, and the total out of 100.

    `indicators` is the whole tree in its order, `points` the marks by leaf id, `decided` what counts instead of their
    mean after an appeal. The total sums the exact fractions: rounded lines need not add up to it.
    """
    decided = decided or {}
    exact: dict[Any, Fraction] = {}
    by_id = {indicator.pk: indicator for indicator in indicators}
    for leaf in indicators:
        if not leaf.is_leaf or not points.get(leaf.pk):
            continue
        score = leaf_score(leaf, points[leaf.pk] if leaf.pk not in decided else [Fraction(decided[leaf.pk])])
        above: Indicator | None = leaf
        while above is not None:
            exact[above.pk] = exact.get(above.pk, Fraction(0)) + score
            above = by_id.get(above.parent_id)
    total = sum((exact.get(i.pk, Fraction(0)) for i in indicators if i.parent_id is None), Fraction(0))
    lines = [
        Line(
            indicator=i,
            depth=depth_of(i, by_id),
            score=rounded(exact.get(i.pk, Fraction(0))),
            share=rounded(exact.get(i.pk, Fraction(0)) * 100 / Fraction(i.weight)),
            marks=tuple(points.get(i.pk, ())) if i.is_leaf else (),
            decided=decided.get(i.pk),
        )
        for i in indicators
    ]
    return lines, rounded(total)


def depth_of(indicator: Indicator, by_id: Mapping[Any, Indicator]) -> int:
    depth, above = 0, by_id.get(indicator.parent_id)
    while above is not None:
        depth, above = depth + 1, by_id.get(above.parent_id)
    return depth


def grade_of(score: Decimal, rule: Rule) -> str:
    """The highest grade whose lower bound the score reaches. `rule.data["grades"]` has code and from (points)."""
    grades = sorted(rule.data["grades"], key=lambda grade: Decimal(str(grade["from"])), reverse=True)
    return next((grade["code"] for grade in grades if score >= Decimal(str(grade["from"]))), grades[-1]["code"])
