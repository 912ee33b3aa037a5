"""Deadlines of tenders as an iCalendar feed (RFC 5545), for the calendar of a telephone or an office."""

import datetime
from collections.abc import Iterable

from django.conf import settings
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from .models import Tender

LENGTH = datetime.timedelta(minutes=30)  # calendars show a moment badly


def calendar_of(tenders: Iterable[Tender], *, now: datetime.datetime, name: str) -> bytes:
    """Two entries a tender: questions until, bids due. Ended ones are marked cancelled."""
    feed = Calendar()
    feed.add("prodid", "-//Minfu//tenders//ZH")
    feed.add("version", "2.0")
    feed.add("method", "PUBLISH")
    feed.add("x-wr-calname", name)
    feed.add("refresh-interval", datetime.timedelta(hours=6), parameters={"VALUE": "DURATION"})
    for tender in tenders:
        for kind, words, due in (
            ("questions", _("Questions until"), tender.questions_until),
            ("bids", _("Bids due"), tender.bids_due_at),
        ):
            if due is not None:
                feed.add_component(_event(tender, kind, words, due, now))
    return feed.to_ical()


def _event(tender: Tender, kind: str, words: str, due: datetime.datetime, now: datetime.datetime) -> Event:
    event = Event()
    event.add("uid", f"{tender.pk}-{kind}@minfu")
    event.add("dtstamp", now.astimezone(datetime.UTC))
    event.add("dtstart", (due - LENGTH).astimezone(datetime.UTC))
    event.add("dtend", due.astimezone(datetime.UTC))
    event.add("summary", f"{words} · {tender}")
    event.add("description", f"{tender.number} · {tender.bureau}")
    event.add("url", f"{settings.BASE_URL.rstrip('/')}{tender.get_absolute_url()}")
    event.add("status", "CANCELLED" if tender.state == Tender.State.CANCELLED else "CONFIRMED")
    return event
