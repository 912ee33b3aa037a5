"""The report's plots as figures for SVG templates of our own: no script, no style, Chinese words as text.

Every plot stands beside a table of the same figures; `<title>` and `<desc>` say them to a reader who can't see.
"""

import math
from decimal import Decimal
from typing import Any

from .scoring import Line

BAR_WIDTH, ROW_HEIGHT, LABEL_WIDTH = 300, 26, 150  # SVG units
RADIUS, MARGIN_X, MARGIN_Y = 110, 110, 40
RINGS = (25, 50, 75, 100)  # percent
CUT = 11  # characters of a label that fit beside a bar


def bars(rows: list[tuple[str, Decimal, Decimal]], *, key: str) -> dict[str, Any]:
    """Bars of (name, score, weight): the share of each weight that was reached."""
    return {
        "key": key,
        "width": LABEL_WIDTH + BAR_WIDTH + 90,
        "height": ROW_HEIGHT * len(rows) + 8,
        "rows": [
            {
                "name": name,
                "label": name if len(name) <= CUT else f"{name[: CUT - 1]}…",
                "score": score,
                "weight": f"{weight.normalize():f}",
                "y": ROW_HEIGHT * number + 4,
                "text_y": ROW_HEIGHT * number + 18,
                "bar": round(BAR_WIDTH * float(score / weight), 1),
                "value_x": LABEL_WIDTH + BAR_WIDTH + 8,
            }
            for number, (name, score, weight) in enumerate(rows)
        ],
        "bar_x": LABEL_WIDTH,
        "bar_width": BAR_WIDTH,
        "label_x": LABEL_WIDTH - 8,
    }


def radar(lines: list[Line]) -> dict[str, Any] | None:
    """The groups of the first level around a circle, in percent of their weights. None of fewer than three."""
    groups = [line for line in lines if line.depth == 0]
    if len(groups) < 3:
        return None
    width, height = 2 * (RADIUS + MARGIN_X), 2 * (RADIUS + MARGIN_Y)
    axes = []
    for number, line in enumerate(groups):
        angle = 2 * math.pi * number / len(groups) - math.pi / 2
        x, y = _at(angle, 100)
        label_x, label_y = _at(angle, 100 + 14)
        axes.append(
            {
                "name": line.indicator.local_name,
                "share": line.share,
                "x": x,
                "y": y,
                "label_x": label_x,
                "label_y": label_y + 4,
                "anchor": "middle" if abs(math.cos(angle)) < 0.2 else ("start" if math.cos(angle) > 0 else "end"),
                "point": _at(angle, float(line.share)),
            }
        )
    rings = [
        " ".join(
            f"{x},{y}" for x, y in (_at(2 * math.pi * n / len(groups) - math.pi / 2, ring) for n in range(len(groups)))
        )
        for ring in RINGS
    ]
    shape = " ".join("{},{}".format(*axis["point"]) for axis in axes)
    centre = (RADIUS + MARGIN_X, RADIUS + MARGIN_Y)
    return {
        "width": width,
        "height": height,
        "axes": axes,
        "rings": rings,
        "shape": shape,
        "cx": centre[0],
        "cy": centre[1],
    }


def _at(angle: float, percent: float) -> tuple[float, float]:
    away = RADIUS * percent / 100
    return (
        round(RADIUS + MARGIN_X + away * math.cos(angle), 1),
        round(RADIUS + MARGIN_Y + away * math.sin(angle), 1),
    )


def group_plots(lines: list[Line]) -> list[dict[str, Any]]:
    """One plot for each group that has leaves below it: its leaves, with their lines for the table beside."""
    plots: list[dict[str, Any]] = []
    for line in lines:
        if line.depth == 0:
            plots.append({"group": line, "leaves": []})
        elif line.indicator.is_leaf and plots:
            plots[-1]["leaves"].append(line)
    found = [plot for plot in plots if plot["leaves"]]
    for plot in found:
        rows = [(leaf.indicator.local_name, leaf.score, leaf.indicator.weight) for leaf in plot["leaves"]]
        plot["bars"] = bars(rows, key=f"group-{plot['group'].indicator.code}")
    return found
