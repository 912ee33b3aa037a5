"""The trend as an SVG: for each month the share, and the bar of its interval. Months with few voices stay empty."""

import datetime
from typing import Any

from .shares import Share

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 720, 240, 56, 34, 12


def trend_plot(months: list[tuple[datetime.date, Share]]) -> dict[str, Any]:
    """Places in an SVG of 720 by 240 units."""
    step = (WIDTH - LEFT) / max(len(months), 1)
    room = HEIGHT - TOP - BOTTOM

    def y(percent: Any) -> str:
        return f"{TOP + room * (1 - float(percent) / 100):.1f}"

    points = [
        {
            "x": f"{LEFT + (number + 0.5) * step:.1f}",
            "left": f"{LEFT + (number + 0.5) * step - 9:.1f}",
            "label": f"{month:%Y}" if month.month == 1 else f"{month:%m}",
            "month": month,
            "share": share,
            "y": y(share.share) if share.is_shown else "",
            "high": y(share.high) if share.is_shown else "",
            "height": f"{room * float((share.high or 0) - (share.low or 0)) / 100:.1f}" if share.is_shown else "",
        }
        for number, (month, share) in enumerate(months)
    ]
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "base": HEIGHT - 12,
        "lines": [{"y": y(mark), "value": mark} for mark in (0, 25, 50, 75, 100)],
        "points": points,
        "line": " ".join(f"{point['x']},{point['y']}" for point in points if point["y"]),
        "has_any": any(point["y"] for point in points),
    }
