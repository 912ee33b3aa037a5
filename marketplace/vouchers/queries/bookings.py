"""Who has a place, who waits."""

import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from marketplace.pages import clock
from marketplace.parties.models import Organisation
from marketplace.residents.models import Resident
from marketplace.vouchers.models import Booking, Opening, Waiting

LIVE = [Waiting.State.WAITING, Waiting.State.OFFERED]


def bookings_of(resident: Resident) -> QuerySet[Booking]:
    """To come, and of the last month."""
    return (
        resident.bookings.filter(opening__ends_at__gte=clock.now() - datetime.timedelta(days=31))
        .select_related("opening__service__organisation", "opening__service__point")
        .order_by("opening__starts_at")
    )


def waiting_of(resident: Resident) -> list[Waiting]:
    """Each with `place`: how many stand before her, she herself included."""
    mine = list(
        resident.waiting.filter(state__in=LIVE).select_related("service__organisation", "opening").order_by("joined_at")
    )
    for one in mine:
        before = Q(passed_over__lt=one.passed_over) | Q(passed_over=one.passed_over, joined_at__lt=one.joined_at)
        one.place = Waiting.objects.in_line().filter(before, service=one.service_id).count() + 1
    return mine


def openings_of(provider: Organisation) -> list[dict[str, Any]]:
    """Times from this morning on, with who has a place and how many wait; three queries."""
    openings = list(
        Opening.objects.filter(service__organisation=provider, ends_at__gte=clock.at_hour(clock.today(), 0))
        .select_related("service")
        .order_by("starts_at")[:100]
    )
    bookings: dict[Any, list[Booking]] = {}
    rows = Booking.objects.filter(opening__in=openings).exclude(state=Booking.State.CANCELLED)
    for booking in rows.select_related("resident").order_by("booked_at"):
        bookings.setdefault(booking.opening_id, []).append(booking)
    waiting = dict(
        Waiting.objects.in_line()
        .filter(service__organisation=provider)
        .order_by()
        .values_list("service")
        .annotate(Count("pk"))
    )
    return [
        {
            "opening": opening,
            "bookings": bookings.get(opening.pk, []),
            "waiting": waiting.get(opening.service_id, 0),
            "has_begun": opening.starts_at.astimezone(clock.SHANGHAI).date() <= clock.today(),
        }
        for opening in openings
    ]
