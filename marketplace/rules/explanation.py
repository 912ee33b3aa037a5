"""The answer to "why this date?": each step from the start to the due date, as data and in words."""

import datetime
from dataclasses import dataclass, field
from itertools import groupby

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from .calendar import ONE_DAY, Day, due_date, is_published, walk, weekday_name
from .models import Rule


@dataclass(frozen=True)
class Step:
    """Days that were counted (`counted` > 0) or skipped, from the first to the last."""

    first: datetime.date
    last: datetime.date
    counted: int
    kind: str
    text: str


@dataclass(frozen=True)
class Explanation:
    rule: Rule
    start: datetime.date
    due: datetime.date
    steps: list[Step] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def is_as_ruled(self) -> bool:
        """The date that was set is the one that the rule gives."""
        return self.due == due_date(self.start, self.rule)

    @property
    def text(self) -> str:
        """The whole reckoning in one sentence."""
        skipped = [step.text for step in self.steps if step.kind in ("holiday", "decided") and not step.counted]
        worked = [step.text for step in self.steps if step.kind in ("moved", "decided") and step.counted]
        parts = [
            _("start %(start)s, plus %(period)s") % {"start": self.start.isoformat(), "period": period(self.rule)},
            *skipped,
            *worked,
            _("due %(due)s (%(weekday)s)") % {"due": self.due.isoformat(), "weekday": weekday_name(self.due)},
        ]
        return _("; ").join(parts)


def period(rule: Rule) -> str:
    """The rule's period in words: 5 working days."""
    count = rule.number if isinstance(rule.number, int) else 0
    forms = {
        Rule.Unit.WORKING_DAYS: ngettext("%(count)s working day", "%(count)s working days", count),
        Rule.Unit.DAYS: ngettext("%(count)s calendar day", "%(count)s calendar days", count),
        Rule.Unit.MONTHS: ngettext("%(count)s month", "%(count)s months", count),
        Rule.Unit.YEARS: ngettext("%(count)s year", "%(count)s years", count),
    }
    return forms.get(Rule.Unit(rule.unit), "%(count)s") % {"count": count}


def explain(rule: Rule, start: datetime.date, due: datetime.date | None = None) -> Explanation:
    """How the rule leads from the start to the due date. One query.

    Give `due` when a date was set already: the explanation then says whether it is the one that the rule gives.
    """
    ruled = due_date(start, rule)
    warnings = []
    for year in range(start.year, max(ruled, due or ruled).year + 1):
        if not is_published(year) and rule.unit == Rule.Unit.WORKING_DAYS:
            warnings.append(
                _("The holidays of %(year)s are not published yet: exchanged weekends may still move this date.")
                % {"year": year}
            )
    if due is not None and due != ruled:
        warnings.append(
            _("The rule gives %(ruled)s; %(due)s was set.") % {"ruled": ruled.isoformat(), "due": due.isoformat()}
        )
    if rule.status != Rule.Status.VERIFIED:
        warnings.append(_("How sure: %(status)s.") % {"status": rule.get_status_display()})
    steps = []
    if rule.unit == Rule.Unit.WORKING_DAYS and rule.number:
        steps = _steps(walk(start, int(rule.number)))
    elif ruled > start:
        steps = [_counted(start + ONE_DAY, ruled, (ruled - start).days, "calendar")]
    return Explanation(rule=rule, start=start, due=due or ruled, steps=steps, warnings=warnings)


def _steps(walked: list[Day]) -> list[Step]:
    steps = []
    for (is_working, is_decided), group in groupby(walked, key=_sort):
        run = list(group)
        first, last = min(run, key=lambda d: d.day).day, max(run, key=lambda d: d.day).day
        if is_working:
            kind = "decided" if is_decided else run[0].kind
            steps.append(_counted(first, last, len(run), kind))
        else:
            steps.append(_skipped(first, last, run, is_decided))
    return steps


def _sort(day: Day) -> tuple[bool | str, bool]:
    working: bool | str = day.kind if day.is_working and day.kind == "moved" else day.is_working
    return working, day.kind == "decided"


def _span(first: datetime.date, last: datetime.date) -> str:
    return f"{first:%m-%d}" if first == last else f"{first:%m-%d}…{last:%m-%d}"


def _counted(first: datetime.date, last: datetime.date, count: int, kind: str) -> Step:
    values = {"span": _span(first, last), "count": count}
    if kind == "moved":
        text = _("counting %(span)s, a weekend worked in exchange") % values
    elif kind == "decided":
        text = _("counting %(span)s, made a working day by an officer") % values
    else:
        text = ngettext("counting %(span)s (%(count)s day)", "counting %(span)s (%(count)s days)", count) % values
    return Step(first, last, count, kind, text)


def _skipped(first: datetime.date, last: datetime.date, run: list[Day], is_decided: bool) -> Step:
    names = list(dict.fromkeys(day.name for day in run if day.name))
    values = {"span": _span(first, last), "name": pgettext("list", ", ").join(names)}
    if is_decided:
        kind, text = "decided", _("skipping %(span)s, closed by an officer (%(name)s)") % values
    elif any(day.kind == "holiday" for day in run):
        kind = "holiday"
        text = _("skipping %(name)s %(span)s") % values if names else _("skipping days off %(span)s") % values
    else:
        kind, text = "weekend", _("skipping the weekend %(span)s") % values
    return Step(first, last, 0, kind, text)
