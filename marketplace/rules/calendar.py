"""Working days in China: weekends, public holidays, the weekends worked in exchange, and an officer's word over all.

The package `holidays` knows the State Council's notice of each year once it is published (in November for the next
year). Of later years it knows the festivals but not the exchanged weekends: `is_published` says so, and every
explanation that touches such a year warns.
"""

import datetime
from dataclasses import dataclass
from functools import cache

from django.utils.translation import gettext as _
from holidays.countries.china import China

from marketplace.pages.clock import SHANGHAI
from marketplace.pages.language import in_english

from .models import CalendarDay, Rule

ONE_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Day:
    """What one day is. `kind`: working, moved (a weekend that is worked), weekend, holiday, decided (by an officer)."""

    day: datetime.date
    is_working: bool
    kind: str
    name: str = ""


@cache
def _china(year: int, language: str) -> China:
    return China(years=year, language=language)


@cache
def last_published_year() -> int:
    """The last year whose exchanged weekends are known."""
    return max(day.year for day in China(years=range(2024, 2040)).weekend_workdays)


def is_published(year: int) -> bool:
    """The State Council's notice for the year is in the calendar."""
    return year <= last_published_year()


def holiday_name(day: datetime.date) -> str:
    """The festival's name in the reader's language; empty for a day off in exchange."""
    english = in_english()
    name = _china(day.year, "en_US" if english else "zh_CN").get(day, "")
    name = name.split("（")[0].split(" (")[0]
    return "" if name.startswith(("休息日", "Day off")) else name


def _published(day: datetime.date) -> Day:
    china = _china(day.year, "zh_CN")
    if day in china:
        return Day(day, False, "holiday", holiday_name(day))
    if day in china.weekend_workdays:
        return Day(day, True, "moved")
    if day.weekday() >= 5:
        return Day(day, False, "weekend")
    return Day(day, True, "working")


def days(first: datetime.date, last: datetime.date) -> list[Day]:
    """Every day from the first to the last, with what it is. One query."""
    decided = {
        row.day: row for row in CalendarDay.objects.filter(day__range=(first, last)).order_by("created_at", "pk")
    }
    return [
        Day(day, decided[day].is_working, "decided", decided[day].name) if day in decided else _published(day)
        for day in (first + ONE_DAY * n for n in range((last - first).days + 1))
    ]


def is_working_day(day: datetime.date) -> bool:
    """Offices work on this day."""
    return days(day, day)[0].is_working


def walk(start: datetime.date, count: int) -> list[Day]:
    """The days after the start up to the count-th working day; backwards when the count is negative."""
    step = 1 if count > 0 else -1
    passed: list[Day] = []
    left = abs(count)
    edge = start
    while left:
        reach = edge + ONE_DAY * step * (left * 2 + 15)
        nearer, farther = sorted([edge + ONE_DAY * step, reach])
        for day in days(nearer, farther)[::step]:
            passed.append(day)
            left -= day.is_working
            if not left:
                break
        edge = reach
    return passed


def add_working_days(day: datetime.date, n: int) -> datetime.date:
    """The n-th working day after the day, which itself is not counted; before it when n is negative; itself for 0."""
    return walk(day, n)[-1].day if n else day


def add_days(day: datetime.date, n: int) -> datetime.date:
    """The n-th calendar day after the day, which itself is not counted."""
    return day + ONE_DAY * n


def add_months(day: datetime.date, n: int) -> datetime.date:
    """The same day n months on; the last of the month where there is no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + n, 12)
    following = datetime.date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return min(datetime.date(year, month + 1, 1) + ONE_DAY * (day.day - 1), following - ONE_DAY)


def working_days_between(start: datetime.date, end: datetime.date) -> int:
    """Working days after the start up to and with the end; negative when the end comes first."""
    if end < start:
        return -working_days_between(end, start)
    return sum(day.is_working for day in days(start + ONE_DAY, end)) if end > start else 0


def due_date(start: datetime.date, rule: Rule) -> datetime.date:
    """The last day of the rule's period. The first day counts as nought.

    Raises ValueError when the rule is not a period.
    """
    count = rule.number
    if not isinstance(count, int):
        raise ValueError(f"{rule.key} is not a period of whole days.")
    if rule.unit == Rule.Unit.WORKING_DAYS:
        return add_working_days(start, count)
    if rule.unit == Rule.Unit.DAYS:
        return add_days(start, count)
    if rule.unit == Rule.Unit.MONTHS:
        return add_months(start, count)
    if rule.unit == Rule.Unit.YEARS:
        return add_months(start, 12 * count)
    raise ValueError(f"{rule.key} is not a period: its unit is {rule.unit}.")


def due_moment(start: datetime.date, rule: Rule) -> datetime.datetime:
    """The end of the rule's last day (23:59:59) in Asia/Shanghai."""
    return datetime.datetime.combine(due_date(start, rule), datetime.time(23, 59, 59), tzinfo=SHANGHAI)


def weekday_name(day: datetime.date) -> str:
    return [
        _("Monday"),
        _("Tuesday"),
        _("Wednesday"),
        _("Thursday"),
        _("Friday"),
        _("Saturday"),
        _("Sunday"),
    ][day.weekday()]
