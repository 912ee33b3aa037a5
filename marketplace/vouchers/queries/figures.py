"""The sponsor's figures: issued, spent, expired, never used; by month, by town, by service. Small cells are hidden."""

from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Substr

from marketplace.directory.models import Category
from marketplace.parties.models import Region
from marketplace.rules.cells import hide_small, may_show_total, smallest_shown
from marketplace.vouchers.models import Programme, Redemption, Reversal, Voucher

from .programmes import plot

TOWN = 9
SUMS = ("granted", "spent", "expired")


def years_of(programmes: QuerySet[Programme]) -> list[int]:
    """Years in which something was issued, the newest first."""
    found = Voucher.objects.filter(programme__in=programmes).order_by().values_list("month__year", flat=True).distinct()
    return sorted(found, reverse=True)


def figures(programmes: QuerySet[Programme], year: int | None = None) -> dict[str, Any]:
    """Three tables with the same total, each with its plot: a known number of statements."""
    vouchers = Voucher.objects.filter(programme__in=programmes).order_by()
    redemptions = Redemption.objects.filter(programme__in=programmes).order_by()
    if year:
        vouchers, redemptions = vouchers.filter(month__year=year), redemptions.filter(month__year=year)
    least = smallest_shown()
    tables = {
        "months": hide_small(_by_month(vouchers), least=least, among="holders"),
        "towns": hide_small(_by_town(vouchers), least=least, among="holders"),
        "services": hide_small(_by_service(redemptions), least=least),
    }
    sums = {name: sum(row[name] for row in tables["months"]) for name in SUMS}
    residents = vouchers.values("resident").annotate(used=Sum("spent"))
    people = residents.count()
    never = residents.filter(used=0).count()
    totals_shown = {name: may_show_total(rows, least=least) for name, rows in tables.items()}
    return {
        **tables,
        "sums": sums | {"left": sums["granted"] - sums["spent"] - sums["expired"]},
        "share": round(sums["spent"] * 100 / sums["granted"]) if sums["granted"] else 0,
        "people": people,
        "never": never,
        "never_is_hidden": 0 < never < least or 0 < people - never < least,
        "least": least,
        "totals_shown": totals_shown,
        "is_total_hidden": not all(totals_shown.values()),
        "plot": plot([row for row in tables["months"] if not row["is_hidden"]][-12:]),
        "town_bars": bars(tables["towns"], "spent"),
        "service_bars": bars(tables["services"], "spent"),
    }


def _of_people() -> dict[str, Any]:
    return {
        "holders": Count("resident", distinct=True),
        "people": Count("resident", filter=Q(spent__gt=0), distinct=True),
        **{f"sum_{name}": Sum(name) for name in SUMS},
    }


def _row(label: Any, row: Any, **more: Any) -> dict[str, Any]:
    granted, spent = row["sum_granted"], row["sum_spent"]
    return {
        "label": label,
        "holders": row["holders"],
        "people": row["people"],
        "unused": row["holders"] - row["people"],
        "granted": granted,
        "spent": spent,
        "expired": row["sum_expired"],
        "left": granted - spent - row["sum_expired"],
        "share": round(spent * 100 / granted) if granted else 0,
    } | more


def _by_month(vouchers: QuerySet[Voucher]) -> list[dict[str, Any]]:
    rows = vouchers.values("month").annotate(**_of_people()).order_by("month")
    return [_row(f"{row['month']:%Y-%m}", row, month=row["month"]) for row in rows]


def _by_town(vouchers: QuerySet[Voucher]) -> list[dict[str, Any]]:
    """By where the holder lives today."""
    rows = list(
        vouchers.annotate(town=Substr("resident__region__code", 1, TOWN))
        .values("town")
        .annotate(**_of_people())
        .order_by("town")
    )
    names = {
        region.code[:TOWN]: str(region)
        for region in Region.objects.filter(code__in=[f"{row['town']}000" for row in rows])
    }
    return [_row(names.get(row["town"], row["town"]), row) for row in rows]


def _by_service(redemptions: QuerySet[Redemption]) -> list[dict[str, Any]]:
    """By kind of service, less what was taken back."""
    back = dict(
        Reversal.objects.filter(redemption_id__in=redemptions.values("id"))
        .order_by()
        .values_list("redemption_id", "amount")
    )
    rows = {
        row["kind"]: row
        for row in redemptions.values(kind=F("service__category"))
        .annotate(visits=Count("id"), people=Count("resident", distinct=True), fen=Sum("amount"), own=Sum("own_part"))
        .order_by("-fen")
    }
    if back:
        for kind, pk, own in redemptions.filter(id__in=back).values_list("service__category", "id", "own_part"):
            rows[kind]["visits"] -= 1
            rows[kind]["fen"] -= back[pk]
            rows[kind]["own"] -= own
    names = {category.pk: str(category) for category in Category.objects.filter(pk__in=rows)}
    return [
        {
            "label": names.get(kind, kind),
            "visits": row["visits"],
            "people": row["people"],
            "spent": row["fen"],
            "own": row["own"],
        }
        for kind, row in rows.items()
    ]


def bars(rows: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """The rows that may be shown, the largest first; `share` in percent of the largest."""
    shown = sorted((row for row in rows if not row["is_hidden"]), key=lambda row: -row[name])[:12]
    highest = max((row[name] for row in shown), default=0) or 1
    return [
        {"label": row["label"], "value": row[name], "share": f"{max(row[name] * 100 / highest, 0.5):.1f}"}
        for row in shown
    ]


def never_spent(programme: Programme) -> QuerySet:
    """Who was given vouchers of the programme and never used one: whom to visit. Rows of resident keys with sums."""
    return (
        Voucher.objects.filter(programme=programme, resident__state="active")
        .order_by()
        .values("resident")
        .annotate(used=Sum("spent"), months=Count("month"), lost=Sum("expired"))
        .filter(used=0)
    )
