"""A resident's choice: who offers this kind of care within her programmes, how far, how dear, how good, when free."""

from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q

from marketplace.directory import queries as directory
from marketplace.directory.distance import Place, kilometres, middle, place
from marketplace.directory.models import (
    GRADE_TONES,
    Accreditation,
    Category,
    ProviderVoices,
    Service,
    ServicePoint,
)
from marketplace.pages import clock
from marketplace.parties.models import Organisation
from marketplace.residents.models import Resident
from marketplace.vouchers.models import Opening, Programme, Voucher
from marketplace.vouchers.models.programmes import first_of_month

MOST = 30
ORDERS = ("near", "price", "grade", "free")


@dataclass(frozen=True)
class Offer:
    """One line of the choice. `km` is None where a place is unknown; `next` the first time with a free place."""

    service: Service
    km: float | None
    at_home: bool
    address: str
    phone: str
    grade_label: str
    grade_tone: str
    voices: ProviderVoices | None
    next: Opening | None
    free: int
    is_booked_by_time: bool


def programmes_of(resident: Resident):
    """Programmes whose voucher she has this month."""
    month = first_of_month(clock.today())
    return Programme.objects.filter(pk__in=Voucher.objects.filter(resident=resident, month=month).values("programme"))


def kinds_for(resident: Resident):
    """Kinds of service that her vouchers pay for."""
    return Category.objects.filter(programmes__in=programmes_of(resident)).distinct()


def home_of(resident: Resident) -> Place | None:
    """Not her door, which stays encrypted: the middle of the service points of her town."""
    town = resident.region_id[:9]
    points = ServicePoint.objects.filter(is_open=True, region__code__startswith=town).values_list("lat", "lng")
    return middle(found for lat, lng in points if (found := place(lat, lng)))


def offers_for(
    resident: Resident,
    category: Category,
    *,
    order: str = "near",
    here: Place | None = None,
    highest: int | None = None,
) -> list[Offer]:
    """What admitted providers offer of a kind; six queries. `highest` is fen for one unit."""
    here = here or home_of(resident)
    services = list(_payable(resident, category, highest)[:200])
    points: dict[Any, list[ServicePoint]] = {}
    for point in ServicePoint.objects.filter(
        is_open=True, organisation__in={service.organisation_id for service in services}
    ):
        points.setdefault(point.organisation_id, []).append(point)
    openings: dict[Any, list[Opening]] = {}
    for opening in Opening.objects.filter(service__in=services, is_open=True, starts_at__gt=clock.now()).order_by(
        "starts_at"
    ):
        openings.setdefault(opening.service_id, []).append(opening)
    heard = ProviderVoices.objects.filter(organisation__in={service.organisation_id for service in services}).exclude(
        share=None
    )
    voices = {one.organisation_id: one for one in heard}
    offers = [_offer(service, points, openings, here, voices) for service in services]
    far = float("inf")
    keys = {
        "near": lambda one: (far if one.km is None else one.km, one.service.price),
        "price": lambda one: (one.service.price, far if one.km is None else one.km),
        "grade": lambda one: (-(one.service.score or 0), one.service.price),
        "free": lambda one: (one.next is None, one.next.starts_at if one.next else None or clock.now(), one.km or far),
    }
    return sorted(offers, key=keys.get(order, keys["near"]))[:MOST]


def _payable(resident: Resident, category: Category, highest: int | None):
    """Listed, of an active organisation, admitted today to one of her programmes for this kind."""
    codes = programmes_of(resident).filter(categories=category).values("code")
    admitted = (
        Accreditation.objects.valid_on(clock.today())
        .filter(programme_code__in=codes, organisation__state=Organisation.State.ACTIVE)
        .filter(Q(categories=None) | Q(categories=category))
        .values("organisation")
    )
    rows = directory.services(resident.user).filter(category=category, organisation__in=admitted)
    return rows.filter(price__lte=highest) if highest else rows


def _offer(service: Service, points: dict, openings: dict, here: Place | None, voices: dict) -> Offer:
    mine = [service.point] if service.point else points.get(service.organisation_id, [])
    known = [(kilometres(here, there), point) for point in mine if here and (there := place(point.lat, point.lng))]
    km, nearest = min(known, key=lambda one: one[0]) if known else (None, mine[0] if mine else None)
    times = openings.get(service.pk, [])
    free = [one for one in times if one.free > 0]
    return Offer(
        service=service,
        km=km,
        at_home=service.point is None,
        address=nearest.address if nearest else "",
        phone=(nearest.phone if nearest else "") or service.organisation.phone,
        grade_label=directory.grade_label(service.grade),
        grade_tone=GRADE_TONES.get(service.grade, "quiet"),
        voices=voices.get(service.organisation_id),
        next=free[0] if free else None,
        free=sum(one.free for one in free),
        is_booked_by_time=bool(times),
    )


def open_times(service: Service):
    """The times of a service that are still to come, with their free places."""
    return service.openings.filter(is_open=True, starts_at__gt=clock.now()).annotate(left=F("places") - F("taken"))
