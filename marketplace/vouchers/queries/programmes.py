"""What became of a programme's money: issued, spent, expired, never used."""

import datetime
from typing import Any

from django.db.models import Count, Q, Sum

from marketplace.vouchers.entitlement import entitled, terms_of
from marketplace.vouchers.models import Programme, Voucher


def month_figures(programme: Programme, *, months: int = 24) -> list[dict[str, Any]]:
    """A row for each month, oldest first; one statement over the index of programme and month."""
    rows = (
        Voucher.objects.filter(programme=programme)
        .order_by()
        .values("month")
        .annotate(
            vouchers=Count("resident"),
            unused=Count("resident", filter=Q(spent=0)),
            sum_granted=Sum("granted"),
            sum_spent=Sum("spent"),
            sum_expired=Sum("expired"),
        )
        .order_by("-month")[:months]
    )
    figures = []
    for row in reversed(rows):
        granted, spent, expired = row["sum_granted"], row["sum_spent"], row["sum_expired"]
        figures.append(
            {
                "month": row["month"],
                "vouchers": row["vouchers"],
                "unused": row["unused"],
                "granted": granted,
                "spent": spent,
                "expired": expired,
                "left": granted - spent - expired,
                "share": round(spent * 100 / granted) if granted else 0,
            }
        )
    return figures


def programme_figures(programme: Programme) -> dict[str, Any]:
    """Sums over all months, and the plot."""
    months = month_figures(programme)
    sums = {name: sum(row[name] for row in months) for name in ("vouchers", "granted", "spent", "expired", "left")}
    return sums | {
        "months": list(reversed(months)),
        "plot": plot(months[-12:]),
        "never": never_spent(programme),
        "share": round(sums["spent"] * 100 / sums["granted"]) if sums["granted"] else 0,
    }


def never_spent(programme: Programme) -> int:
    """Residents who were given vouchers and never used one: whom to visit."""
    return (
        Voucher.objects.filter(programme=programme)
        .order_by()
        .values("resident")
        .annotate(used=Sum("spent"))
        .filter(used=0)
        .count()
    )


PLOT_WIDTH, PLOT_HEIGHT, LEFT, BOTTOM = 720, 260, 70, 36


def plot(months: list[dict[str, Any]]) -> dict[str, Any]:
    """Bars of what was spent within what was issued: places in an SVG of 720 × 260."""
    highest = max((row["granted"] for row in months), default=0) or 1
    top = _round_up(highest)
    step = (PLOT_WIDTH - LEFT) / max(len(months), 1)
    scale = (PLOT_HEIGHT - BOTTOM - 10) / top

    def bar(value: int) -> dict[str, str]:
        height = value * scale
        return {"y": f"{PLOT_HEIGHT - BOTTOM - height:.1f}", "height": f"{height:.1f}"}

    bars = [
        {
            "x": f"{LEFT + number * step + step * 0.18:.1f}",
            "middle": f"{LEFT + (number + 0.5) * step:.1f}",
            "width": f"{step * 0.64:.1f}",
            "granted": bar(row["granted"]),
            "spent": bar(row["spent"]),
            "label": f"{row['month']:%m}" if row["month"].month != 1 else f"{row['month']:%Y}",
            "row": row,
        }
        for number, row in enumerate(months)
    ]
    lines = [
        {"y": f"{PLOT_HEIGHT - BOTTOM - top * part / 4 * scale:.1f}", "value": top * part // 4} for part in range(5)
    ]
    return {"bars": bars, "lines": lines, "width": PLOT_WIDTH, "height": PLOT_HEIGHT, "base": PLOT_HEIGHT - BOTTOM}


def _round_up(fen: int) -> int:
    """The next number that reads well on an axis: 1, 2, 4 or 8 and zeros."""
    power = 10 ** max(len(str(fen)) - 1, 2)
    return next(step * power for step in (1, 2, 4, 8, 10) if step * power >= fen)


def entitled_now(programme: Programme, month: datetime.date) -> int:
    """How many residents the rule means today."""
    return entitled(terms_of(programme), month).count()
