"""The one worker of tenders: does what has come due, each thing once."""

import logging

from django.db import transaction

from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.parties.models import User

from ..events import Event, events_due, verb_of
from ..models import EventRun

CLOCK = "tenders.clock"
logger = logging.getLogger(__name__)


def run_due_events() -> int:
    """Do what has come due, each in a transaction of its own; how many were done.

    Safe to run twice, late, or by two workers: an event's row and what the event did are committed together, and a
    second worker waits for the first one's row. One event that fails is logged and tried again the next time; it
    keeps no other from running.
    """
    by, done = service_user(CLOCK), 0
    for event in events_due(clock.now()):
        try:
            done += _run_once(event, by)
        except Exception:
            logger.exception("%s of %s did not run", event.name, event.subject.pk)
    return done


@transaction.atomic
def _run_once(event: Event, by: User) -> bool:
    _run, is_first = EventRun.objects.get_or_create(
        name=event.name,
        subject_type=event.subject._meta.label_lower,
        subject_id=str(event.subject.pk),
        due_at=event.due,
        defaults={"done_at": clock.now()},
    )
    if is_first:
        verb_of(event.name)(event.subject, by=by)
    return is_first
