"""What grievances say of a place, a kind of care or a provider: how many, how many were right, what is rising."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Substr, TruncMonth

from evaluations.models import Grievance
from marketplace.pages import clock
from marketplace.parties.models import Organisation, Region, User
from marketplace.rules.calendar import add_days, add_months
from marketplace.rules.cells import hide_small, may_show_total, smallest_shown
from marketplace.rules.queries import resolve

from .shares import months_back

TOWN = 9
RIGHT = (Grievance.Outcome.UPHELD, Grievance.Outcome.PARTLY)


def upheld_complaints(organisation: Organisation, since: datetime.date, until: datetime.date) -> int:
    """How many grievances about a provider were found to be right, wholly or in part, and answered from one day to
    another, both counted. What was merged into another counts once. One statement."""
    return (
        Grievance.objects.upheld()
        .filter(
            provider=organisation,
            answered_at__gte=clock.at_hour(since, 0),
            answered_at__lt=clock.at_hour(add_days(until, 1), 0),
        )
        .count()
    )


def told(*, region: Region | None = None, provider: Organisation | None = None) -> QuerySet[Grievance]:
    """What counts as told to us: not what was withdrawn, and what was told twice once."""
    rows = Grievance.objects.exclude(state__in=[Grievance.State.WITHDRAWN, Grievance.State.MERGED])
    if region is not None:
        rows = rows.filter(region__code__startswith=region.prefix)
    if provider is not None:
        rows = rows.filter(provider=provider)
    return rows.order_by()


def _counts() -> dict[str, Any]:
    """`judged` are those that an answer found right or not; `late` those where a time ran out."""
    judged = Q(outcome__in=[*RIGHT, Grievance.Outcome.NOT_UPHELD])
    return {
        "count": Count("pk"),
        "judged": Count("pk", filter=judged),
        "upheld": Count("pk", filter=Q(outcome__in=RIGHT)),
        "late": Count("pk", filter=Q(is_late=True)),
        "passed_up": Count("pk", filter=Q(level__gt=0)),
    }


def _rows(rows: Any, labels: dict[Any, Any], by: str) -> list[dict[str, Any]]:
    return [
        dict(row)
        | {
            "label": labels.get(row[by], row[by]),
            "share": round(row["upheld"] * 100 / row["judged"]) if row["judged"] else None,
        }
        for row in rows
    ]


def figures(*, region: Region | None = None, by_provider: bool = True) -> dict[str, Any]:
    """A year by kind, town, provider and month, with what is rising. Eight statements at most.

    Few are hidden (rule `privacy.small_cells`), and what would tell of them.
    """
    months = months_back()
    rows = told(region=region).filter(lodged_at__gte=clock.at_hour(months[0], 0))
    least = smallest_shown()
    tables = {
        "categories": _by_category(rows),
        "towns": _by_town(rows),
        "months": _by_month(rows, months),
    }
    if by_provider:
        tables["providers"] = _by_provider(rows)
    hidden = {name: hide_small(table, least=least, people="count") for name, table in tables.items()}
    total = sum(row["count"] for row in tables["months"])
    return hidden | {
        "total": total,
        "is_total_hidden": not all(may_show_total(table, least=least, people="count") for table in hidden.values()),
        "least": least,
    }


def _by_category(rows: QuerySet[Grievance]) -> list[dict[str, Any]]:
    found = rows.values("category").annotate(**_counts()).order_by("-count", "category")
    return _rows(found, dict(Grievance.Category.choices), "category")


def _by_town(rows: QuerySet[Grievance]) -> list[dict[str, Any]]:
    found = list(
        rows.annotate(town=Substr("region__code", 1, TOWN))
        .values("town")
        .annotate(**_counts())
        .order_by("-count", "town")
    )
    names = _town_names(row["town"] for row in found)
    return _rows(found, names, "town")


def _town_names(towns: Any) -> dict[str, str]:
    codes = [f"{town}000" for town in towns]
    return {region.code[:TOWN]: str(region) for region in Region.objects.filter(code__in=codes)}


def _by_provider(rows: QuerySet[Grievance]) -> list[dict[str, Any]]:
    found = (
        rows.exclude(provider=None)
        .values("provider", name=F("provider__name"))
        .annotate(**_counts())
        .order_by("-count", "name")
    )
    return [row | {"label": row["name"]} for row in _rows(found, {}, "provider")]


def _by_month(rows: QuerySet[Grievance], months: list[datetime.date]) -> list[dict[str, Any]]:
    found = {
        row["month"].date(): row
        for row in rows.annotate(month=TruncMonth("lodged_at", tzinfo=clock.SHANGHAI))
        .values("month")
        .annotate(**_counts())
    }
    empty = dict.fromkeys(_counts(), 0)
    return _rows(
        [empty | found.get(month, {}) | {"month": month} for month in months],
        {month: f"{month:%Y-%m}" for month in months},
        "month",
    )


@dataclass(frozen=True)
class Rise:
    """Something has gone up: so many in the last whole month, against the mean of the months before."""

    kind: str
    label: Any
    count: int
    usual: float


def rising(*, region: Region | None = None) -> list[Rise]:
    """Kinds, towns and providers whose grievances rose (rule `grievance.rising`). Four statements."""
    rule = resolve("grievance.rising").data
    last = add_months(clock.today().replace(day=1), -1)
    first = add_months(last, -rule["months"])
    rows = told(region=region).filter(
        lodged_at__gte=clock.at_hour(first, 0), lodged_at__lt=clock.at_hour(add_months(last, 1), 0)
    )
    now = Count("pk", filter=Q(lodged_at__gte=clock.at_hour(last, 0)))
    before = Count("pk", filter=Q(lodged_at__lt=clock.at_hour(last, 0)))
    kinds = dict(Grievance.Category.choices)

    def risen(kind: str, found: Any, by: str, labels: dict[Any, Any]) -> list[Rise]:
        rises = []
        for row in found:
            usual = row["before"] / rule["months"]
            if row["now"] >= rule["least"] and row["now"] >= rule["times"] * usual:
                rises.append(Rise(kind, labels.get(row[by], row[by]), row["now"], round(usual, 1)))
        return rises

    towns = list(rows.annotate(town=Substr("region__code", 1, TOWN)).values("town").annotate(now=now, before=before))
    return [
        *risen("category", rows.values("category").annotate(now=now, before=before), "category", kinds),
        *risen("town", towns, "town", _town_names(row["town"] for row in towns)),
        *risen(
            "provider",
            rows.exclude(provider=None).values(name=F("provider__name")).annotate(now=now, before=before),
            "name",
            {},
        ),
    ]


def listed(user: User) -> QuerySet[Grievance]:
    """The cases that a reader may see: what is due first on top, what is closed below."""
    return (
        Grievance.objects.visible_to(user)
        .select_related("handler", "provider", "region", "assignee")
        .defer("words", "wish", "answer", "complainant", "phone")
        .order_by(F("closed_at").desc(nulls_first=True), "due_at", "pk")
    )
