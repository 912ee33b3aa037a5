"""Times with places, and residents who want them."""

import datetime

from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.parties.models import User
from marketplace.residents.actions import link_account
from marketplace.residents.models import Resident
from marketplace.vouchers.actions import issue_card, issue_month, open_places
from marketplace.vouchers.models import Opening

from .people import a_region
from .residents import a_resident
from .vouchers import PIN, Counter


def an_opening(counter: Counter, *, places: int = 1, hours: int = 30, by=None) -> Opening:
    """An hour of the counter's service that begins in so many hours."""
    starts_at = clock.now().replace(minute=0, second=0, microsecond=0) + datetime.timedelta(hours=hours)
    return open_places(
        counter.service,
        starts_at=starts_at,
        ends_at=starts_at + datetime.timedelta(hours=1),
        places=places,
        by=by or counter.staff,
    )


def a_neighbour(counter: Counter, *, user: User | None = None, **fields) -> Resident:
    """Another resident with this month's voucher and a card, and perhaps an account of her own."""
    resident = a_resident(region=a_region(), **fields)
    if user is not None:
        link_account(resident, user, by=service_user("tests"))
    issue_month(counter.programme, clock.today(), by=service_user("tests"))
    issue_card(resident, pin=PIN, by=service_user("tests"))
    return Resident.objects.get(pk=resident.pk)
