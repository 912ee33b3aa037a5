"""How many are satisfied: weighted, with the number of residents and the interval, never a bare mean.

A resident counts once, however often she speaks: her voices about a provider share one weight, each as much as its
channel counts. The interval is Wilson's for the effective number of residents (L. Kish, Survey Sampling, 1965, 11.7:
the square of the sum of the weights by the sum of their squares), so that light voices widen it.
"""

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, FloatField, Q, QuerySet, Sum, Value
from django.db.models.functions import Cast

from evaluations.models import Feedback
from marketplace.pages import clock
from marketplace.parties.models import Organisation, Region
from marketplace.rules.calendar import add_months
from marketplace.rules.queries import resolve

from .interval import wilson

Face = Feedback.Face
MONTHS = 12


@dataclass(frozen=True)
class Share:
    """`people` residents spoke; of their voices so many were each. Percent with one decimal, None while too few spoke
    (rule `feedback.shown_from`): then the counts stay hidden too."""

    people: int
    satisfied: int = 0
    so_so: int = 0
    not_satisfied: int = 0
    share: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None

    @property
    def is_shown(self) -> bool:
        return self.share is not None


def _percent(part: float) -> Decimal:
    return Decimal(str(part * 100)).quantize(Decimal("0.1"))


def since(today: datetime.date | None = None) -> datetime.date:
    """The first day of the time whose voices count (rule `feedback.window`)."""
    return add_months(today or clock.today(), -int(resolve("feedback.window").number))


def voices(
    *,
    provider: Organisation | None = None,
    region: Region | None = None,
    start: datetime.date | None = None,
    end: datetime.date | None = None,
) -> QuerySet[Feedback]:
    """What was given in a time, `end` not counted."""
    rows = Feedback.objects.given()
    if provider is not None:
        rows = rows.filter(provider=provider)
    if region is not None:
        rows = rows.filter(region__code__startswith=region.prefix)
    if start is not None:
        rows = rows.filter(given_at__gte=clock.at_hour(start, 0))
    if end is not None:
        rows = rows.filter(given_at__lt=clock.at_hour(end, 0))
    return rows


def least_people() -> int:
    return int(resolve("feedback.shown_from").number)


def share_of(rows: QuerySet[Feedback], *, least: int | None = None) -> Share:
    """One statement."""
    times = Cast(Count("pk"), FloatField()) * Value(100.0)
    of_resident = (
        rows.order_by()
        .values("resident", "provider")
        .annotate(
            weight_of=Cast(Sum("weight"), FloatField()) / times,
            good_of=Cast(Sum("weight", filter=Q(face=Face.SATISFIED), default=0), FloatField()) / times,
            n_good=Count("pk", filter=Q(face=Face.SATISFIED)),
            n_so_so=Count("pk", filter=Q(face=Face.SO_SO)),
            n_bad=Count("pk", filter=Q(face=Face.NOT_SATISFIED)),
        )
    )
    sums: dict[str, Any] = of_resident.aggregate(
        people=Count("resident"),
        weights=Sum("weight_of"),
        squares=Sum(F("weight_of") * F("weight_of")),
        good=Sum("good_of"),
        satisfied=Sum("n_good"),
        so_so=Sum("n_so_so"),
        bad=Sum("n_bad"),
    )
    people = sums["people"] or 0
    if people < (least_people() if least is None else least) or not people:
        return Share(people)
    share = min(sums["good"] / sums["weights"], 1.0)
    low, high = wilson(share, sums["weights"] ** 2 / sums["squares"])
    return Share(
        people=people,
        satisfied=sums["satisfied"],
        so_so=sums["so_so"],
        not_satisfied=sums["bad"],
        share=_percent(share),
        low=_percent(low),
        high=_percent(high),
    )


def months_back(count: int = MONTHS) -> list[datetime.date]:
    """The first days of the last months, the running one last."""
    first = clock.today().replace(day=1)
    return [add_months(first, -back) for back in range(count - 1, -1, -1)]


def trend(*, provider: Organisation | None = None, region: Region | None = None) -> list[tuple[datetime.date, Share]]:
    """Month by month over a year; a statement a month."""
    least = least_people()
    return [
        (month, share_of(voices(provider=provider, region=region, start=month, end=add_months(month, 1)), least=least))
        for month in months_back()
    ]


def share_since(
    *, provider: Organisation | None = None, region: Region | None = None, start: datetime.date | None = None
) -> Share:
    return share_of(voices(provider=provider, region=region, start=start or since()))
