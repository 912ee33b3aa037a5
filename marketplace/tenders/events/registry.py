"""Where rooms of this app say what comes due for a thing, and what is done then.

    @tells(Tender)                 # what comes for one tender: shown on its timeline, read by the worker
    def deadline(tender): yield Event(tender, "tender.close", tender.bids_due_at, _("Bids due"), …)

    @watches                       # which rows the worker looks at: those that may be due by now
    def tenders_to_close(now): return Tender.objects.due_to_close(now)

    @when_due("tender.close")      # the verb that does it; without one the date is only shown
    def close_tender(tender, *, by): …

A verb that comes due takes its own locks, looks again whether it is due, and is called once for each event.
"""

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Model
from django.urls import reverse

from marketplace.rules.models import Rule


@dataclass(frozen=True)
class Event:
    """Something that comes due. `rule` and `start` say why on that day: the period, and the day it is counted from."""

    subject: Model
    name: str
    due: datetime.datetime
    title: Any
    rule: Rule | None = None
    start: datetime.date | None = None
    method: str = ""
    url: str = ""
    is_owed: bool = True  # somebody is late when it passes undone; else a right or a time just ends

    @property
    def why_url(self) -> str:
        """The page that answers “why this date?”; empty where no rule stands behind it."""
        if self.rule is None:
            return ""
        query = {"start": self.start.isoformat() if self.start else "", "method": self.method}
        return f"{reverse('rules:why', args=[self.rule.key])}?{urlencode({k: v for k, v in query.items() if v})}"


Source = Callable[[Any], Iterable[Event]]
Watch = Callable[[datetime.datetime], Iterable[Model]]
_sources: dict[type[Model], list[Source]] = {}
_watches: list[Watch] = []
_verbs: dict[str, Callable[..., object]] = {}


def tells(model: type[Model]) -> Callable[[Source], Source]:
    """Register a function from one row to its coming events."""

    def register(source: Source) -> Source:
        _sources.setdefault(model, []).append(source)
        return source

    return register


def watches(watch: Watch) -> Watch:
    """Register a function from a moment to the rows that may have something due by then."""
    _watches.append(watch)
    return watch


def when_due[Verb: Callable[..., object]](*names: str) -> Callable[[Verb], Verb]:
    """Register the verb that is called, as `verb(subject, by=…)`, when an event of that name comes due."""

    def register(verb: Verb) -> Verb:
        for name in names:
            _verbs[name] = verb
        return verb

    return register


def get_events(subject: Model) -> list[Event]:
    """What happens next to this tender, lot, challenge… and when; the nearest first."""
    found = [event for source in _sources.get(type(subject), []) for event in source(subject)]
    return sorted(found, key=lambda event: event.due)


def events_due(now: datetime.datetime) -> list[Event]:
    """Everything that has a verb and should have happened by now, oldest first."""
    rows = {(type(row), row.pk): row for watch in _watches for row in watch(now)}
    due = [event for row in rows.values() for event in get_events(row) if event.due <= now and event.name in _verbs]
    return sorted(due, key=lambda event: event.due)


def verb_of(name: str) -> Callable[..., object]:
    """The verb for an event of that name. Raises KeyError."""
    return _verbs[name]
