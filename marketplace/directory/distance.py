"""How far it is: great circles, good enough to choose a provider by."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

EARTH = 6371.0  # km, the mean radius


@dataclass(frozen=True)
class Place:
    """Degrees, WGS 84."""

    lat: float
    lng: float


def place(lat: Decimal | float | str | None, lng: Decimal | float | str | None) -> Place | None:
    """None unless both are degrees on the globe."""
    try:
        found = Place(float(lat), float(lng))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return found if -90 <= found.lat <= 90 and -180 <= found.lng <= 180 else None


def kilometres(here: Place, there: Place) -> float:
    """Haversine."""
    a, b = math.radians(here.lat), math.radians(there.lat)
    half = math.sin((b - a) / 2) ** 2
    half += math.cos(a) * math.cos(b) * math.sin(math.radians(there.lng - here.lng) / 2) ** 2
    return 2 * EARTH * math.asin(math.sqrt(min(1.0, half)))


def middle(places: Iterable[Place]) -> Place | None:
    """The middle of a few places near each other."""
    known = list(places)
    if not known:
        return None
    return Place(sum(one.lat for one in known) / len(known), sum(one.lng for one in known) / len(known))
