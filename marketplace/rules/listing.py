"""What the pages of the rules show."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.pages.money import format_yuan

from .calendar import Day, days
from .chapters import CHAPTERS, chapter_of
from .explanation import period
from .grounds import GROUNDS
from .models import Rule
from .queries import newest_first

# How sure we are, in a word; the codes V1, V2 and R are for programs.
SURE = {
    Rule.Status.VERIFIED: pgettext_lazy("how sure", "verified"),
    Rule.Status.SECONDARY: pgettext_lazy("how sure", "second-hand"),
    Rule.Status.RECALLED: pgettext_lazy("how sure", "to be checked"),
}
TONES = {Rule.Status.VERIFIED: "good", Rule.Status.SECONDARY: "active", Rule.Status.RECALLED: "warn"}


@dataclass(frozen=True)
class Version:
    """One row as people read it. `ends_on` is the row's own end, or the day before a newer row replaces it."""

    rule: Rule
    value: str
    scope: str
    ends_on: datetime.date | None
    is_current: bool
    sure: Any
    tone: str


@dataclass(frozen=True)
class Entry:
    """One rule with what it says in each case. `is_ground`: nothing is computed from it."""

    key: str
    name: str
    cases: list[Version]
    is_ground: bool


@dataclass(frozen=True)
class Chapter:
    code: str
    title: str
    entries: list[Entry]


def value_text(rule: Rule) -> str:
    """5 working days; 80.00 yuan; 10 percent; yes."""
    if rule.value is None:
        return str(_("see the table"))
    if rule.unit == Rule.Unit.FEN:
        return f"¥{format_yuan(int(rule.value))}"
    if rule.unit == Rule.Unit.YES:
        return str(_("yes") if rule.value else _("no"))
    if rule.unit == Rule.Unit.PERCENT:
        return f"{rule.number}%"
    if rule.unit in (Rule.Unit.WORKING_DAYS, Rule.Unit.DAYS, Rule.Unit.MONTHS, Rule.Unit.YEARS):
        return period(rule)
    if rule.unit == Rule.Unit.COUNT:
        return str(rule.number)
    return f"{rule.number} {rule.get_unit_display()}"


def scope_text(rule: Rule) -> str:
    parts = [
        rule.get_method_display() if rule.method else "",
        rule.get_object_kind_display() if rule.object_kind else "",
        rule.get_budget_level_display() if rule.budget_level else "",
        str(_("region %(code)s") % {"code": rule.region}) if rule.region else "",
    ]
    return " · ".join(part for part in parts if part)


def _versions(rules: list[Rule], today: datetime.date) -> list[Version]:
    """Rows of one key: within a scope a newer row ends the older one the day before it begins."""
    versions = []
    next_start: dict[tuple, datetime.date] = {}
    has_current: set[tuple] = set()
    for rule in newest_first(rules):
        replaced = next_start.get(rule.scope)
        ends = [end for end in (rule.valid_to, replaced - datetime.timedelta(days=1) if replaced else None) if end]
        ends_on = min(ends) if ends else None
        holds = rule.valid_from <= today and (ends_on is None or ends_on >= today) and rule.scope not in has_current
        if holds:
            has_current.add(rule.scope)
        versions.append(
            Version(
                rule=rule,
                value=value_text(rule),
                scope=scope_text(rule),
                ends_on=ends_on,
                is_current=holds and not rule.is_repealed,
                sure=SURE[Rule.Status(rule.status)],
                tone=TONES[Rule.Status(rule.status)],
            )
        )
        next_start[rule.scope] = rule.valid_from
    return sorted(versions, key=lambda version: (version.rule.scope, -version.rule.valid_from.toordinal()))


def versions(key: str, today: datetime.date) -> list[Version]:
    """Every row of a key: those that hold today and those that did or will. One query."""
    return _versions(list(Rule.objects.filter(key=key).select_related("by")), today)


def chapters(
    today: datetime.date, *, words: str = "", status: str = "", chapter: str = "", method: str = ""
) -> list[Chapter]:
    """What holds today, by chapter; with words only what contains them all, with a method only what holds for it.
    One query."""
    by_key: dict[str, list[Rule]] = {}
    for rule in Rule.objects.order_by("key", "valid_from"):
        by_key.setdefault(rule.key, []).append(rule)
    wanted = words.lower().split()

    def is_wanted(version: Version) -> bool:
        rule = version.rule
        words = rule.title, rule.title_en, rule.source, rule.citation, rule.note, rule.note_en
        text = " ".join((rule.key, *words, version.scope))
        return (
            version.is_current
            and (not status or rule.status == status)
            and (not method or rule.method in ("", method))
            and all(word in text.lower() for word in wanted)
        )

    found: dict[str, list[Entry]] = {}
    for key, rules in by_key.items():
        code = chapter_of(key)
        if chapter and code != chapter:
            continue
        cases = [version for version in _versions(rules, today) if is_wanted(version)]
        if cases:
            found.setdefault(code, []).append(Entry(key, cases[0].rule.name, cases, key in GROUNDS))
    order = list(CHAPTERS)
    codes = sorted(found, key=lambda code: (order.index(code) if code in order else len(order), code))
    return [Chapter(code, str(CHAPTERS.get(code, code)), found[code]) for code in codes]


@dataclass(frozen=True)
class Month:
    first: datetime.date
    weeks: list[list[Day | None]]


def months(year: int) -> list[Month]:
    """Twelve months in weeks from Monday; None outside the month. One query."""
    every = days(datetime.date(year, 1, 1), datetime.date(year, 12, 31))
    result = []
    for number in range(1, 13):
        month = [day for day in every if day.day.month == number]
        cells: list[Day | None] = [*([None] * month[0].day.weekday()), *month]
        cells += [None] * (-len(cells) % 7)
        result.append(Month(month[0].day, [cells[n : n + 7] for n in range(0, len(cells), 7)]))
    return result
