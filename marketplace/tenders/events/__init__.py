"""What happens next, and when: one list for the worker, the desk and the timeline."""

from . import bonds, challenges, framework, notices, prices, tender  # noqa: F401 - register their events
from .registry import Event, events_due, get_events, tells, verb_of, watches, when_due

__all__ = ["Event", "events_due", "get_events", "tells", "verb_of", "watches", "when_due"]
