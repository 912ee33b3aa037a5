"""Who may be rated 1A to 5A: what the bureau's register of conduct and the organisation's own facts say."""

import datetime
from dataclasses import dataclass

from django.utils.translation import gettext as _

from marketplace.parties.models import Organisation
from marketplace.rules.calendar import add_months
from marketplace.rules.queries import resolve

from .models import ConductEntry

MONTHS_A_YEAR = 12
Kind = ConductEntry.Kind


@dataclass(frozen=True)
class Condition:
    """One condition of the rules, whether it is met, and on what that rests."""

    code: str
    label: str
    met: bool
    detail: str
    source: str

    def stored(self) -> dict[str, object]:
        return {"code": self.code, "met": self.met, "detail": self.detail}


def conditions(organisation: Organisation, *, on: datetime.date) -> list[Condition]:
    """Every condition, met or not, on the day on which applications close. Three statements."""
    years, bars = resolve("rating.registered_years", on=on), resolve("rating.bars", on=on)
    noted = list(organisation.conduct.filter(withdrawn_at=None))
    return [
        _kind(organisation, years.citation),
        _registered(organisation, on, int(years.value), years.citation),
        _inspected(noted, on.year - bars.data["inspection_years"], bars.citation),
        _basic_passes(noted, on.year, bars.data["basic_passes_in_a_row"], bars.citation),
        _penalised(noted, on.year - bars.data["penalty_years"], on, bars.citation),
        _investigated(noted, on, bars.citation),
    ]


def _kind(organisation: Organisation, source: str) -> Condition:
    met = organisation.kind == Organisation.Kind.SOCIAL_ORGANISATION
    return Condition("kind", _("A social organisation"), met, str(organisation.get_legal_form_display()), source)


def _registered(organisation: Organisation, on: datetime.date, years: int, source: str) -> Condition:
    since = organisation.registered_on
    met = since is not None and add_months(since, MONTHS_A_YEAR * years) <= on
    detail = _("registered on %(day)s") % {"day": since.isoformat()} if since else _("no day of registration is known")
    return Condition("registered", _("Registered for %(years)s years") % {"years": years}, met, detail, source)


def _inspected(noted: list[ConductEntry], year: int, source: str) -> Condition:
    """An inspection that the bureau has not noted bars nobody: it is the bureau that keeps the register."""
    found = next((one for one in noted if one.year == year and one.kind in ConductEntry.INSPECTIONS), None)
    met = found is None or found.kind not in (Kind.FAILED, Kind.MISSED)
    nothing = _("%(year)s: nothing noted") % {"year": year}
    detail = f"{year}: {found.get_kind_display()} ({found.document})" if found else nothing
    return Condition("inspection", _("Last year's inspection neither missed nor failed"), met, detail, source)


def _basic_passes(noted: list[ConductEntry], year: int, in_a_row: int, source: str) -> Condition:
    basic = {one.year for one in noted if one.kind == Kind.BASIC}
    found = [one for one in range(year - 1, year - 1 - in_a_row, -1) if one in basic]
    met = len(found) < in_a_row
    detail = "、".join(str(one) for one in found) or _("none")
    return Condition(
        "basic_passes", _("Not %(count)s basic passes in a row") % {"count": in_a_row}, met, detail, source
    )


def _penalised(noted: list[ConductEntry], year: int, on: datetime.date, source: str) -> Condition:
    bars = [
        one
        for one in noted
        if one.kind == Kind.PENALTY and (one.year >= year or one.ended_on is None or one.ended_on > on)
    ]
    detail = "、".join(one.document for one in bars) or _("none")
    return Condition("penalty", _("No penalty last year, none still to be carried out"), not bars, detail, source)


def _investigated(noted: list[ConductEntry], on: datetime.date, source: str) -> Condition:
    bars = [one for one in noted if one.kind == Kind.INVESTIGATION and (one.ended_on is None or one.ended_on > on)]
    detail = "、".join(one.document for one in bars) or _("none")
    return Condition("investigation", _("Not under investigation"), not bars, detail, source)
