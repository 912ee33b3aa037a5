"""What residents wrote, without who: in parcels of enough people that nobody is recognised."""

import datetime
import hashlib
from dataclasses import dataclass

from evaluations.models import Feedback
from marketplace.pages import clock
from marketplace.parties.models import Organisation, Region
from marketplace.rules.calendar import add_months
from marketplace.rules.queries import resolve

from .shares import months_back, voices


@dataclass(frozen=True)
class Parcel:
    """Sentences of one or more whole months, in no order that tells who came when."""

    first: datetime.date
    last: datetime.date
    people: int
    sentences: list[tuple[str, str]]


def parcels(*, provider: Organisation | None = None, region: Region | None = None) -> list[Parcel]:
    """Newest first. Two statements.

    A month that is not over stays closed, so that no sentence can be tied to yesterday's visit. Months in which fewer
    people spoke than the rule `feedback.sentence_crowd` asks for wait until the next ones make them enough.
    """
    crowd = int(resolve("feedback.sentence_crowd").number)
    months = months_back(13)[:-1]
    rows = voices(provider=provider, region=region, start=months[0], end=add_months(months[-1], 1))
    by_month: dict[datetime.date, list[Feedback]] = {month: [] for month in months}
    for row in rows.only("pk", "face", "sentence", "resident_id", "given_at").order_by("pk"):
        by_month[_month(row)].append(row)
    made: list[Parcel] = []
    gathered: list[Feedback] = []
    first = months[0]
    for month in months:
        gathered += by_month[month]
        people = len({row.resident_id for row in gathered})
        if people >= crowd:
            made.append(_parcel(first, month, people, gathered))
            gathered, first = [], add_months(month, 1)
    return [parcel for parcel in reversed(made) if parcel.sentences]


def _month(row: Feedback) -> datetime.date:
    return row.given_at.astimezone(clock.SHANGHAI).date().replace(day=1)


def _parcel(first: datetime.date, last: datetime.date, people: int, rows: list[Feedback]) -> Parcel:
    shuffled = sorted(rows, key=lambda row: hashlib.sha256(row.pk.bytes).digest())
    return Parcel(first, last, people, [(row.face, row.sentence) for row in shuffled if row.sentence])
