"""Where the communities of the demo city lie: around the middle of their town, near enough for a map of a city."""

import math
from decimal import Decimal

from config.demo.world import World
from marketplace.parties.actions import locate_regions
from marketplace.parties.models import Region

# The towns' own middles, rounded; the ring on which a community lies is a likeness and no survey.
TOWNS = {
    "320585100": (31.4530, 121.1090),
    "320585101": (31.5700, 121.0680),
    "320585102": (31.5100, 121.2710),
    "320585103": (31.5810, 121.2100),
    "320585104": (31.6500, 121.0870),
    "320585105": (31.5090, 121.0420),
    "320585400": (31.4700, 121.1500),
    "320585403": (31.4300, 121.1500),
}
GOLDEN = math.pi * (3 - math.sqrt(5))


def load(world: World) -> None:
    if Region.objects.filter(lat__isnull=False).exists():
        return
    middles: dict[str, tuple[Decimal, Decimal]] = {}
    for prefix, (lat, lng) in TOWNS.items():
        codes = Region.objects.filter(code__startswith=prefix, level=Region.Level.COMMUNITY).order_by("code")
        for number, code in enumerate(codes.values_list("pk", flat=True)):
            far, turn = 0.0062 * math.sqrt(number + 0.5), number * GOLDEN
            middles[code] = (_six(lat + far * math.sin(turn)), _six(lng + 1.17 * far * math.cos(turn)))
    locate_regions(middles, by=world.person("admin"))


def _six(degrees: float) -> Decimal:
    return Decimal(f"{degrees:.6f}")
