"""What happens next to a tender by the clock, and when. One list for the worker, the desk and the timeline."""

import datetime
from dataclasses import dataclass

from .models import Tender

CLOSE = "close"


@dataclass(frozen=True)
class Event:
    """Something that comes due for a tender."""

    tender: Tender
    name: str
    due: datetime.datetime


def get_events(tender: Tender) -> list[Event]:
    """What the clock will do to this tender."""
    if tender.state == Tender.State.PUBLISHED and tender.bids_due_at:
        return [Event(tender, CLOSE, tender.bids_due_at)]
    return []


def events_due(now: datetime.datetime) -> list[Event]:
    """Everything that should have happened by now, oldest first."""
    due = [
        event
        for tender in Tender.objects.due_to_close(now).order_by("bids_due_at")
        for event in get_events(tender)
        if event.due <= now
    ]
    return sorted(due, key=lambda event: event.due)
