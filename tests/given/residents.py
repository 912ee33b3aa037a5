"""Residents in the register. ID numbers carry a valid check character and a serial that nobody has."""

import datetime
import itertools

from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.parties.models import Region
from marketplace.residents.actions import confirm_assessment, domains, register_resident, score_assessment
from marketplace.residents.models import Assessment, Resident, check_character

from .people import a_region

_serial = itertools.count(1)


def an_id_number(born: datetime.date, serial: int | None = None) -> str:
    body = f"320585{born:%Y%m%d}{serial if serial is not None else next(_serial) % 1000:03d}"
    return body + check_character(body)


def a_resident(age: int = 86, *, name: str = "陈阿婆婆", region: Region | None = None, **fields) -> Resident:
    """A woman of 86 (full years, birthday in January)."""
    born = fields.pop("born", datetime.date(clock.today().year - age, 1, 15))
    return register_resident(
        name=name,
        id_number=fields.pop("id_number", None) or an_id_number(born),
        region=region or a_region(),
        by=service_user("tests"),
        **fields,
    )


def all_scores(total: int) -> dict[str, int]:
    """Scores of all 26 items that come to the total: the first items are full, the last ones nought."""
    scores = {}
    for domain in domains():
        for item in domain.items:
            scores[item.code] = min(item.most, total)
            total -= scores[item.code]
    return scores


def an_assessment(resident: Resident, total: int, **more) -> Assessment:
    """Scored by one and confirmed by another, today."""
    more = {"assessed_on": clock.today()} | more
    scored = score_assessment(resident, all_scores(total), by=service_user("first assessor"), **more)
    return confirm_assessment(scored, by=service_user("second assessor"))
