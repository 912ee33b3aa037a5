"""Cities beside each other, small numbers hidden; and how the evaluators themselves work."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Avg, Count, F, Q
from django.db.models.functions import Substr, TruncDate

from marketplace.pages import clock
from marketplace.parties.models import Organisation, Region
from marketplace.rules.cells import hide_small, smallest_shown

from .agreement import alpha
from .models import Appeal, AppealLeaf, Engagement, Mark, Moderation, Scorecard

CITY_DIGITS = 4  # a prefecture in the region code
State = Engagement.State


def cities() -> list[dict[str, Any]]:
    """Published evaluations by the buyer's city: how many, mean score, how many of each grade; best mean first.

    A city with fewer than the rule's number is hidden, and another with it where it could be worked out. Two queries.
    """
    grades = [choice.value for choice in Engagement.Grade]
    rows = list(
        Engagement.objects.published()
        .annotate(city=Substr("contract__buyer__region__code", 1, CITY_DIGITS))
        .order_by()
        .values("city")
        .annotate(
            people=Count("pk"),
            mean=Avg("score"),
            **{grade: Count("pk", filter=Q(grade=grade)) for grade in grades},
        )
    )
    codes = [row["city"].ljust(12, "0") for row in rows]
    names = {region.code[:CITY_DIGITS]: region for region in Region.objects.filter(code__in=codes)}
    for row in rows:
        region = names.get(row["city"])
        row["name"], row["name_en"] = (region.name, region.name_en) if region else (row["city"], "")
        row["mean"] = Decimal(row["mean"]).quantize(Decimal("0.01"))
        row["grades"] = [row[grade] for grade in grades]
    shown = hide_small(rows, least=smallest_shown())
    return sorted(shown, key=lambda row: (row["is_hidden"], -row["mean"], row["name"]))


@dataclass
class Record:
    """How one evaluator works. `late` are evaluations scored after their day or not yet though it has passed, `ripe`
    those scored or late, of which that is the share; `moderated` marks that the lead changed;
    `disputed` and `upheld` leaves of appeals against it; `agreement` the mean alpha of its evaluations."""

    evaluator: Organisation
    engagements: int = 0
    scored: int = 0
    published: int = 0
    late: int = 0
    ripe: int = 0
    marks: int = 0
    moderated: int = 0
    appeals: int = 0
    disputed: int = 0
    upheld: int = 0
    agreement: float | None = None

    @property
    def late_share(self) -> Decimal | None:
        return _percent(self.late, self.ripe)

    @property
    def moderated_share(self) -> Decimal | None:
        return _percent(self.moderated, self.marks)

    @property
    def upheld_share(self) -> Decimal | None:
        return _percent(self.upheld, self.disputed)


def _percent(part: int, whole: int) -> Decimal | None:
    return (Decimal(part) * 100 / whole).quantize(Decimal("0.1")) if whole else None


def evaluators() -> list[Record]:
    """Every evaluator that has been engaged. Six statements, however many; one reads every mark."""
    found = {
        one.pk: Record(one)
        for one in Organisation.objects.filter(kind=Organisation.Kind.EVALUATOR, engagements__isnull=False).distinct()
    }
    overdue = Q(scored_at=None, due_on__lt=clock.today())
    counts = (
        Engagement.objects.annotate(scored_on=TruncDate("scored_at", tzinfo=clock.SHANGHAI))
        .order_by()
        .values("evaluator")
        .annotate(
            engagements=Count("pk"),
            scored=Count("pk", filter=Q(scored_at__isnull=False)),
            published=Count("pk", filter=Q(state=State.PUBLISHED)),
            late=Count("pk", filter=Q(scored_on__gt=F("due_on")) | overdue),
            ripe=Count("pk", filter=Q(scored_at__isnull=False) | overdue),
        )
    )
    for row in counts:
        record = found[row.pop("evaluator")]
        for name, value in row.items():
            setattr(record, name, value)
    _add(found, Mark.objects.values_list("scorecard__engagement__evaluator"), "marks")
    changed = Moderation.objects.exclude(points=F("mark__points"))
    _add(found, changed.values_list("mark__scorecard__engagement__evaluator"), "moderated")
    _add(found, Appeal.objects.values_list("engagement__evaluator"), "appeals")
    leaves = AppealLeaf.objects.filter(appeal__state=Appeal.State.DECIDED)
    _add(found, leaves.values_list("appeal__engagement__evaluator"), "disputed")
    _add(found, leaves.filter(upheld=True).values_list("appeal__engagement__evaluator"), "upheld")
    for pk, mean in _agreements().items():
        found[pk].agreement = mean
    return sorted(found.values(), key=lambda one: (-one.published, one.evaluator.name))


def _add(found: dict[Any, Record], rows: Any, name: str) -> None:
    for pk, number in rows.order_by().annotate(number=Count("pk")):
        setattr(found[pk], name, number)


def _agreements() -> dict[Any, float]:
    """The mean alpha over the scored evaluations of each evaluator that two or more people scored."""
    marks: dict[tuple[Any, Any], list[tuple[str, str, float]]] = defaultdict(list)
    rows = (
        Mark.objects.filter(
            scorecard__state=Scorecard.State.SUBMITTED, scorecard__engagement__state__in=Engagement.LOCKED_STATES
        )
        .order_by()
        .values_list(
            "scorecard__engagement__evaluator",
            "scorecard__engagement",
            "scorecard",
            "indicator",
            "points",
            "indicator__top",
        )
    )
    for evaluator, engagement, sheet, leaf, points, top in rows:
        marks[evaluator, engagement].append((str(sheet), str(leaf), points / top))
    alphas: dict[Any, list[float]] = defaultdict(list)
    for (evaluator, _engagement), given in marks.items():
        value = alpha(given)
        if value is not None:
            alphas[evaluator].append(value)
    return {pk: sum(values) / len(values) for pk, values in alphas.items()}
