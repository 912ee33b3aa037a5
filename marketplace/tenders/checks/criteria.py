"""Criteria: qualification apart from points, points that sum to 100, levels that are quantified, no hidden bias."""

import itertools
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.directory.models import StandardVersion
from marketplace.rules.models import Rule

from ..methods import PriceFormula
from ..models import Criterion, Tender
from ..pricing import formula_of
from ..rulebook import price_weight_range, rule_or_none

WHOLE = Decimal(100)
KINDS_OF_BIAS = {
    "rating": gettext_lazy("a rating"),
    "region": gettext_lazy("a place"),
    "capital": gettext_lazy("size or capital"),
    "years": gettext_lazy("years of existence"),
}


class Level(NamedTuple):
    """One level of a criterion: what earns from `least` to `most` points."""

    name: str
    least: Decimal
    most: Decimal
    text: str = ""

    def as_json(self) -> dict[str, str]:
        return {"name": self.name, "least": str(self.least), "most": str(self.most), "text": self.text}


class ScoredRow(NamedTuple):
    """A leaf of the tree as an officer writes it. Rows with the same part and `group` hang under one branch."""

    part: str
    name: str
    guidance: str
    weight: Decimal
    group: str = ""
    levels: tuple[Level, ...] = ()
    bias_reason: str = ""
    standard: StandardVersion | None = None  # the adopted standard of service that this point is judged by


class QualificationRow(NamedTuple):
    name: str
    guidance: str
    bias_reason: str = ""


def refuse_weights(tender: Tender, rows: Sequence[tuple[str, Decimal]]) -> None:
    """Points sum to 100; the price is there once and within the method's range; quality is judged too."""
    if any(weight <= 0 for _part, weight in rows):
        raise ValidationError(_("Every scored criterion needs points above zero."), code="weights")
    total = sum((weight for _part, weight in rows), Decimal(0))
    if total != WHOLE:
        raise ValidationError(
            _("The points of all criteria must sum to 100; yours sum to %(total)s (Order 87, Article 55)."),
            code="weights",
            params={"total": total.normalize()},
        )
    prices = [weight for part, weight in rows if part == Criterion.Part.PRICE]
    if formula_of(tender) == Tender.Pricing.FIXED:
        _refuse_scored_price(tender, prices)
        return
    if len(prices) != 1:
        raise ValidationError(_("The price is one criterion, and only one."), code="price_weight")
    least, most, source = price_weight_range(tender)
    if not least <= prices[0] <= most:
        raise ValidationError(
            _("With this method the price earns %(least)s to %(most)s points; yours earns %(weight)s (%(source)s)."),
            code="price_weight",
            params={
                "least": least.normalize().to_eng_string(),
                "most": format(most.normalize(), "f"),
                "weight": format(prices[0].normalize(), "f"),
                "source": source,
            },
        )


def _refuse_scored_price(tender: Tender, prices: Sequence[Decimal]) -> None:
    """A fixed price earns no points: everybody asks the same (Order 87, Article 55; 214:24)."""
    if prices:
        rule = rule_or_none(tender, "tender.fixed_price_scored")
        raise ValidationError(
            _("The price is fixed: it earns no points, all 100 belong to the service (%(source)s)."),
            code="price_scored",
            params={"source": rule.citation if rule else ""},
        )


def refuse_lowest_price(tender: Tender, rows: Sequence[ScoredRow]) -> None:
    """Where the lowest final price decides, or the price is agreed, nothing else earns points (GPL 38 item 5)."""
    if formula_of(tender) not in (PriceFormula.LOWEST_PRICE, PriceFormula.AGREED):
        return
    if any(row.part != Criterion.Part.PRICE for row in rows):
        raise ValidationError(
            _(
                "With this method the price alone decides among those that meet every requirement "
                "(Government Procurement Law, Article 38): what else is needed belongs to the qualifications."
            ),
            code="price_alone",
        )


def refuse_levels(row: ScoredRow) -> None:
    """Levels lie within the points, do not overlap, and the best one earns all of them."""
    for level in row.levels:
        if not 0 <= level.least <= level.most <= row.weight:
            raise _levels(row, _("“%(name)s”: the level “%(level)s” must lie between 0 and %(weight)s points."), level)
    in_order = sorted(row.levels, key=lambda level: level.least)
    for lower, upper in itertools.pairwise(in_order):
        if upper.least <= lower.most and lower.least != lower.most:
            raise _levels(row, _("“%(name)s”: the level “%(level)s” overlaps another one."), upper)
    if row.levels and in_order[-1].most != row.weight:
        raise _levels(row, _("“%(name)s”: the best level must earn all %(weight)s points."), in_order[-1])


def _levels(row: ScoredRow, message: str, level: Level) -> ValidationError:
    weight = format(row.weight.normalize(), "f")
    return ValidationError(message, code="levels", params={"name": row.name, "level": level.name, "weight": weight})


def refuse_unquantified(tender: Tender, criteria: Iterable[Criterion]) -> None:
    """What experts judge has levels with points (REG 34, Order 87 Article 55)."""
    rule = rule_or_none(tender, "tender.criteria_quantified")
    for criterion in criteria:
        if criterion.part in (Criterion.Part.TECHNICAL, Criterion.Part.BUSINESS) and not criterion.levels:
            raise ValidationError(
                _("“%(name)s” has no levels: say what earns how many points (%(source)s)."),
                code="unquantified",
                params={"name": criterion.name, "source": rule.citation if rule else ""},
            )


def refuse_scored_qualification(qualifications: Iterable[str], scored: Iterable[str]) -> None:
    """A condition of taking part earns no points (Order 87, Article 55)."""
    conditions = {_bare(name): name for name in qualifications}
    for name in scored:
        bare = _bare(name)
        same = next((given for key, given in conditions.items() if key and bare and (key in bare or bare in key)), None)
        if same is not None:
            raise ValidationError(
                _(
                    "“%(name)s” is a condition of taking part already (“%(condition)s”): a qualification may not be "
                    "scored as well (Order 87 of the Ministry of Finance, Article 55)."
                ),
                code="qualification_scored",
                params={"name": name, "condition": same},
            )


def _bare(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()


def bias_in(tender: Tender, *texts: str) -> tuple[str, str, Rule] | None:
    """The first sign of discrimination: the word, its kind and the rule that lists it."""
    rule = rule_or_none(tender, "tender.discriminating_criteria")
    if rule is None:
        return None
    text = " ".join(texts)
    for kind, words in rule.data.items():
        for word in words:
            if word in text:
                return word, kind, rule
    return None


def refuse_bias(tender: Tender, name: str, *texts: Any, reason: str) -> None:
    """A criterion on rating, place, size or age needs its reason (REG 20; 财综〔2016〕54号 for years)."""
    found = bias_in(tender, name, *texts)
    if found is None or reason.strip():
        return
    word, kind, rule = found
    raise ValidationError(
        _(
            "“%(name)s” speaks of %(kind)s (“%(word)s”): that may discriminate against suppliers. Leave it out, or say "
            "why this service can't do without it (%(source)s)."
        ),
        code="discriminates",
        params={"name": name, "kind": str(KINDS_OF_BIAS.get(kind, kind)), "word": word, "source": rule.citation},
    )
