"""The figures: a known number of statements, however many communities there are.

A resident belongs to the community of their region, or to the one their record names within the town. Need means a
moderate or worse loss of ability in force today (GB/T 42195-2022); places are those of open service points.
"""

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet

from marketplace.directory.models import Service, ServicePoint
from marketplace.pages import clock
from marketplace.parties.models import Organisation, Region
from marketplace.residents.models import Assessment, Resident
from marketplace.rules.calendar import add_months
from marketplace.rules.cells import hide_small, may_show_total, smallest_shown
from marketplace.rules.models import Rule
from marketplace.rules.queries import resolve
from marketplace.vouchers.models import Application, Waiting

PEOPLE = ("residents", "aged", "need", "waiting", "refused")  # columns that count people
OLD = 80  # years: the age from which the city's programmes begin, see voucher.minimum_age
MODERATE = Assessment.Level.MODERATE


@dataclass
class Community:
    """One community, or a town's people whose community nobody has noted. A count is None where it is hidden."""

    region: Region
    town: str
    parent: Region | None = None  # the town, where it is a community
    residents: int | None = 0
    aged: int | None = 0
    need: int | None = 0
    waiting: int | None = 0
    refused: int | None = 0
    points: int = 0
    places: int = 0
    hours: int = 0  # a week, of all its service points together
    organisations: int = 0
    goal: int = 0

    @property
    def gap(self) -> int | None:
        """Residents in need less places: above nought care is missing. None while the need is hidden."""
        return None if self.need is None else self.need - self.places

    @property
    def spare(self) -> int:
        """Places more than people in need; nought where care is missing or the need is hidden."""
        return max(0, -(self.gap or 0))

    @property
    def missing_organisations(self) -> int:
        return max(0, self.goal - self.organisations)


@dataclass
class Side:
    """Urban or rural communities together."""

    is_rural: bool
    communities: int
    goal: int  # social organisations in each, on average
    rule: Rule
    organisations: int
    points: int
    places: int
    people: dict[str, int | None] = field(default_factory=dict)

    @property
    def each(self) -> Decimal:
        """Social organisations a community, to one decimal."""
        return (Decimal(self.organisations) / max(self.communities, 1)).quantize(Decimal("0.1"), ROUND_HALF_UP)

    @property
    def gap(self) -> int | None:
        need = self.people.get("need")
        return None if need is None else need - self.places

    @property
    def spare(self) -> int:
        return max(0, -(self.gap or 0))


@dataclass
class Kind:
    """One kind of service: who waits for it, who offers it."""

    name: str
    waiting: int | None
    services: int
    providers: int


@dataclass
class Overview:
    rows: list[Community]
    sides: list[Side]
    kinds: list[Kind]
    points: list[ServicePoint]
    least: int
    on: datetime.date


def overview(prefix: str, *, for_public: bool) -> Overview:
    """Everything inside a place, by its code's prefix; few people are hidden from the public. Eighteen statements."""
    today = clock.today()
    least = smallest_shown() if for_public else 0
    regions = {region.code: region for region in Region.objects.filter(code__startswith=prefix)}
    rows = _communities(regions)
    names = {(region.parent_id, region.name): code for code, region in regions.items()}
    for column, groups in _people(prefix, today).items():
        for group in groups:
            code = names.get((group["region"], group["community"]), group["region"])
            if code in regions:
                row = rows.setdefault(code, Community(regions[code], ""))
                setattr(row, column, getattr(row, column) + group["people"])
    points = list(
        ServicePoint.objects.filter(region__code__startswith=prefix, is_open=True).select_related("organisation")
    )
    _add_supply(rows, regions, points)
    urban, rural = resolve("needs.organisations_urban"), resolve("needs.organisations_rural")
    for row in rows.values():
        row.goal = _goal(row.region, urban, rural)
        if row.region.level == Region.Level.COMMUNITY:
            row.parent = regions.get(row.region.parent_id)
            row.town = row.parent.name if row.parent else ""
    sides = _sides(rows.values(), urban, rural, least, _organisations_by_side(prefix, regions, points))
    return Overview(
        rows=sorted(rows.values(), key=lambda row: row.region.code),
        sides=sides,
        kinds=_kinds(prefix, least),
        points=points,
        least=least,
        on=today,
    )


def _communities(regions: dict[str, Region]) -> dict[str, Community]:
    return {code: Community(region, "") for code, region in regions.items() if region.level == Region.Level.COMMUNITY}


def _goal(region: Region, urban: Rule, rural: Rule) -> int:
    if region.level != Region.Level.COMMUNITY:
        return 0
    return int((rural if region.is_rural else urban).value or 0)


def _years_before(day: datetime.date, years: int) -> datetime.date:
    return add_months(day, -12 * years)


def _people(prefix: str, today: datetime.date) -> dict[str, list[dict[str, Any]]]:
    """Per column: people by region and named community. Five statements."""
    here = Resident.objects.active().filter(region__code__startswith=prefix)
    needy = Assessment.objects.valid_on(today).filter(level__gte=MODERATE, resident__in=here)
    waiting = Waiting.objects.filter(
        state__in=[Waiting.State.WAITING, Waiting.State.OFFERED], resident__region__code__startswith=prefix
    )
    refused = Application.objects.filter(
        state=Application.State.REFUSED,
        decided_at__gte=clock.at_hour(_years_before(today, 1), 0),
        resident__region__code__startswith=prefix,
    )
    old = here.filter(birth_date__lte=_years_before(today, OLD))
    return {
        "residents": _by_place(here, "", "pk"),
        "aged": _by_place(old, "", "pk"),
        "need": _by_place(needy, "resident__", "resident"),
        "waiting": _by_place(waiting, "resident__", "resident"),
        "refused": _by_place(refused, "resident__", "resident"),
    }


def _by_place(rows: QuerySet, path: str, whom: str) -> list[dict[str, Any]]:
    grouped = (
        rows.order_by().values_list(f"{path}region", f"{path}community").annotate(people=Count(whom, distinct=True))
    )
    return [{"region": region, "community": community, "people": people} for region, community, people in grouped]


def hours_of(point: ServicePoint) -> int:
    """Hours a week in which a service point is open, rounded down."""
    if point.opens_at is None or point.closes_at is None:
        return 0
    minutes = (point.closes_at.hour - point.opens_at.hour) * 60 + point.closes_at.minute - point.opens_at.minute
    return max(0, minutes) * len([day for day in point.days.split(",") if day]) // 60


def _add_supply(rows: dict[str, Community], regions: dict[str, Region], points: Iterable[ServicePoint]) -> None:
    present: defaultdict[str, set[Any]] = defaultdict(set)
    for point in points:
        row = rows.setdefault(point.region_id, Community(regions[point.region_id], ""))
        row.points += 1
        row.places += point.places or 0
        row.hours += hours_of(point)
        if point.organisation.kind == Organisation.Kind.SOCIAL_ORGANISATION:
            present[point.region_id].add(point.organisation_id)
    seats = Organisation.objects.active().filter(
        kind=Organisation.Kind.SOCIAL_ORGANISATION, region__in=list(rows), region__level=Region.Level.COMMUNITY
    )
    for key, code in seats.values_list("pk", "region"):
        present[code].add(key)
    for code, organisations in present.items():
        rows[code].organisations = len(organisations)


def _organisations_by_side(
    prefix: str, regions: dict[str, Region], points: Iterable[ServicePoint]
) -> dict[bool, set[Any]]:
    """Social organisations with a seat or a service point there; one that serves town and village counts in both."""
    found: dict[bool, set[Any]] = {False: set(), True: set()}
    seats = Organisation.objects.active().filter(
        kind=Organisation.Kind.SOCIAL_ORGANISATION, region__code__startswith=prefix
    )
    for key, code in seats.values_list("pk", "region"):
        found[regions[code].is_rural].add(key)
    for point in points:
        if point.organisation.kind == Organisation.Kind.SOCIAL_ORGANISATION:
            found[regions[point.region_id].is_rural].add(point.organisation_id)
    return found


def _sides(
    rows: Iterable[Community], urban: Rule, rural: Rule, least: int, organisations: dict[bool, set[Any]]
) -> list[Side]:
    """Totals of each side; hides in the rows what few people stand behind, a column and a side at a time, and the
    total too where a hidden row could be worked out of it."""
    sides = []
    for is_rural, rule in ((False, urban), (True, rural)):
        own = [row for row in rows if row.region.is_rural == is_rural]
        side = Side(
            is_rural,
            communities=sum(row.region.level == Region.Level.COMMUNITY for row in own),
            goal=int(rule.value or 0),
            rule=rule,
            organisations=len(organisations[is_rural]),
            points=sum(row.points for row in own),
            places=sum(row.places for row in own),
        )
        for column in PEOPLE:
            cells = [{"row": row, "people": getattr(row, column)} for row in own]
            total = sum(cell["people"] for cell in cells)
            marked = hide_small(cells, least=least)
            side.people[column] = total if may_show_total(marked, least=least) else None
            for cell in marked:
                if cell["is_hidden"]:
                    setattr(cell["row"], column, None)
        sides.append(side)
    return sides


def _kinds(prefix: str, least: int) -> list[Kind]:
    """By kind of service. Two statements."""
    here = Q(organisation__region__code__startswith=prefix)
    offered = (
        Service.objects.listed()
        .filter(here)
        .order_by()
        .values("category", "category__name", "category__name_en", "category__position")
        .annotate(services=Count("pk"), providers=Count("organisation", distinct=True))
    )
    waiting: Counter[str] = Counter(
        dict(
            Waiting.objects.filter(
                state__in=[Waiting.State.WAITING, Waiting.State.OFFERED], resident__region__code__startswith=prefix
            )
            .order_by()
            .values_list("service__category")
            .annotate(people=Count("resident", distinct=True))
        )
    )
    rows = sorted(offered, key=lambda row: row["category__position"])
    cells = hide_small([{"people": waiting[row["category"]]} for row in rows], least=least)
    return [
        Kind(
            row["category__name"] + "\n" + row["category__name_en"],
            None if cell["is_hidden"] else cell["people"],
            row["services"],
            row["providers"],
        )
        for row, cell in zip(rows, cells, strict=True)
    ]
