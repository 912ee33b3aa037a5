"""Whose desk, and the kinds of things that wait there."""

import datetime
from collections.abc import Callable, Iterator
from typing import NamedTuple

from marketplace.parties.models import Organisation, User
from marketplace.tenders.models import Tender


class Desk(NamedTuple):
    """Whose desk, for which organisation, and when."""

    user: User
    organisation: Organisation | None
    moment: datetime.datetime | None = None


Kind = Callable[[], Iterator[Desk]]
KINDS: dict[Kind, tuple[str, ...]] = {}


def kind(*places: str) -> Callable[[Kind], Kind]:
    """A given that lets one more of its kind wait on the same desk at every step, each leading to these addresses."""

    def keep(given: Kind) -> Kind:
        KINDS[given] = places
        return given

    return keep


def late(tender: Tender, minutes: int = 5) -> datetime.datetime:
    return tender.bids_due_at + datetime.timedelta(minutes=minutes)
