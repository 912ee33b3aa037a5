"""The map: drawn here from coordinates, no tiles from anywhere. What it shows stands in the table beside it."""

import math
from dataclasses import dataclass

from marketplace.parties.models import Region

from .figures import Community, Overview

WIDTH = 720
MARGIN = 36
LABEL_HEIGHT, LABEL_GAP, LABEL_HALF = 32, 8, 105
LEAST_RADIUS, MOST_RADIUS = 5.0, 16.0


@dataclass(frozen=True)
class Mark:
    """A community as a circle. `kind`: short (care is missing), enough, unknown (hidden)."""

    x: float
    y: float
    radius: float
    kind: str
    row: Community


@dataclass(frozen=True)
class Spot:
    """A service point as a small square."""

    x: float
    y: float
    name: str
    places: int | None


@dataclass(frozen=True)
class Label:
    """A town's name above its communities."""

    x: float
    y: float
    town: Region


@dataclass(frozen=True)
class Map:
    width: int
    height: int
    marks: list[Mark]
    spots: list[Spot]
    labels: list[Label]
    without: int  # communities whose place on the map nobody has given


def draw_map(found: Overview) -> Map | None:
    """The places that have coordinates, north above; None when none has. Lengths east–west are true to the middle."""
    placed = [row for row in found.rows if row.region.lat is not None and row.region.lng is not None]
    points = [point for point in found.points if point.lat is not None and point.lng is not None]
    coordinates = [(float(row.region.lat or 0), float(row.region.lng or 0)) for row in placed]
    coordinates += [(float(point.lat or 0), float(point.lng or 0)) for point in points]
    if not coordinates:
        return None
    south, north = min(lat for lat, _lng in coordinates), max(lat for lat, _lng in coordinates)
    west, east = min(lng for _lat, lng in coordinates), max(lng for _lat, lng in coordinates)
    shrink = math.cos(math.radians((south + north) / 2))
    scale = (WIDTH - 2 * MARGIN) / max((east - west) * shrink, (north - south) * 0.9, 0.01)

    def at(lat: object, lng: object) -> tuple[float, float]:
        x = MARGIN + (float(lng) - west) * shrink * scale  # type: ignore[arg-type]
        y = MARGIN + (north - float(lat)) * scale  # type: ignore[arg-type]
        return round(x, 1), round(y, 1)

    most = max((row.aged or 0 for row in placed), default=0) or 1
    marks = []
    for row in placed:
        x, y = at(row.region.lat, row.region.lng)
        radius = LEAST_RADIUS + (MOST_RADIUS - LEAST_RADIUS) * math.sqrt((row.aged or 0) / most)
        kind = "unknown" if row.gap is None else "short" if row.gap > 0 else "enough"
        marks.append(Mark(x, y, round(radius, 1), kind, row))
    spots = [Spot(*at(point.lat, point.lng), point.name, point.places) for point in points]
    height = round((north - south) * scale) + 2 * MARGIN
    marks.sort(key=lambda mark: -mark.radius)
    return Map(WIDTH, height, marks, spots, _labels(marks), len(found.rows) - len(placed))


def _labels(marks: list[Mark]) -> list[Label]:
    """One name a town: over the middle of its communities, just above the northernmost."""
    towns: dict[str, list[Mark]] = {}
    for mark in marks:
        if mark.row.parent is not None:
            towns.setdefault(mark.row.parent.code, []).append(mark)
    return [
        Label(
            x=round(min(WIDTH - LABEL_HALF, max(LABEL_HALF, sum(mark.x for mark in own) / len(own))), 1),
            y=round(max(LABEL_HEIGHT, min(mark.y - mark.radius for mark in own) - LABEL_GAP), 1),
            town=own[0].row.parent,  # type: ignore[arg-type]
        )
        for own in towns.values()
    ]
