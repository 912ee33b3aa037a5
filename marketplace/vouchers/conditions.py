"""The conditions of a redemption: who acts for whom, what is admitted, which programmes pay, at what price.

They change seldom and every redemption asks for all of them. On PostgreSQL a process remembers them, with the version
that the database had when they were read: every change of what they are read from moves it (migration 0002), and the
statement that spends refuses another version than its own. docs/decisions/0026-conditions-and-versions.md.
"""

import datetime
import uuid
from typing import NamedTuple

from django.db import connection
from django.db.models import Q, QuerySet

from marketplace.directory.models import Accreditation, Service
from marketplace.parties.models import ApiToken, Organisation, User

from . import policies
from .models import Programme

MOST_REMEMBERED = 5_000  # a process; more than the counters, people and services that it meets in a day


class Asked(NamedTuple):
    """Whose conditions: `by` at the provider for the service, with the API token if a program calls. `day` is the
    service's in Shanghai, `today` the redemption's."""

    by: uuid.UUID
    provider: uuid.UUID
    service: uuid.UUID
    token: uuid.UUID | None
    day: datetime.date
    today: datetime.date


class Conditions(NamedTuple):
    """`refusal` is forbidden or no_token, or empty. `programmes` pay for the service, the most particular first; those
    that are `limited` count what has been paid already. None pays for a service that the provider does not list."""

    refusal: str = ""
    is_admitted: bool = False
    service: Service | None = None
    programmes: tuple[uuid.UUID, ...] = ()
    limited: tuple[uuid.UUID, ...] = ()

    @property
    def price(self) -> int:
        """Fen a unit."""
        return self.service.price if self.service else 0


def programmes_for(provider: Organisation, service: Service, day: datetime.date) -> QuerySet[Programme]:
    """The programmes that pay for this service at this provider on this day, the most particular first.

    Accredited there, the category in the programme and in the accreditation, the service on the provider's list.
    """
    if service.organisation_id != provider.pk or service.state != Service.State.LISTED:
        return Programme.objects.none()
    admitted = (
        Accreditation.objects.valid_on(day)
        .filter(organisation=provider, organisation__state=Organisation.State.ACTIVE)
        .filter(Q(categories=None) | Q(categories=service.category_id))
        .values("programme_code")
    )
    return (
        Programme.objects.filter(code__in=admitted, categories=service.category_id)
        .exclude(state=Programme.State.DRAFT)
        .order_by("-minimum_age", "code")
    )


def read_conditions(asked: Asked) -> Conditions:
    """As they stand in the database."""
    by, provider = User.objects.get(pk=asked.by), Organisation.objects.get(pk=asked.provider)
    if not policies.may_redeem(by, provider):
        return Conditions("forbidden")
    if asked.token and not ApiToken.objects.live().filter(pk=asked.token).exists():
        return Conditions("no_token")
    service = Service.objects.filter(pk=asked.service).first()
    programmes = list(programmes_for(provider, service, asked.day)) if service else []
    return Conditions(
        is_admitted=policies.is_admitted(provider, or_on=asked.day),
        service=service,
        programmes=tuple(one.pk for one in programmes),
        limited=tuple(one.pk for one in programmes if one.is_limited),
    )


class Remembered(NamedTuple):
    """Conditions as the function of migration 0002 takes them: its last parameters, as PostgreSQL reads them."""

    refusal: str
    by: str
    provider: str
    values: tuple[bytes, ...]


_remembered: dict[Asked, Remembered] = {}


def remembered_conditions(asked: Asked) -> Remembered:
    """The conditions of some version: the database must say whether it is still its own. A refusal is always new."""
    if (known := _remembered.get(asked)) is not None:
        return known
    # The version first: what is changed while we read, makes ours an old one.
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(version)::bigint FROM vouchers_conditions")
        (version,) = cursor.fetchone()
    conditions, by, provider = read_conditions(asked), str(asked.by), str(asked.provider)
    values = (
        by,
        provider,
        str(asked.service),
        str(conditions.price),
        conditions.service.category_id if conditions.service else "",
        "t" if conditions.is_admitted else "f",
        _array(conditions.programmes),
        _array(conditions.limited),
        str(version),
    )
    found = Remembered(conditions.refusal, by, provider, tuple(value.encode() for value in values))
    if not conditions.refusal:
        if len(_remembered) >= MOST_REMEMBERED:
            _remembered.clear()
        _remembered[asked] = found
    return found


def forget_conditions() -> None:
    """Their version has passed: all of them are read anew when they are asked for."""
    _remembered.clear()


def _array(keys: tuple[uuid.UUID, ...]) -> str:
    return f"{{{','.join(map(str, keys))}}}"
