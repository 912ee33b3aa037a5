"""Where a signed-in person lands: what waits for them, and the places where they work.

Every room that has something for the desk is named here, in the order of the page; nothing is found by magic.
"""

import datetime
from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.generic import TemplateView

from contracts import queries as contracts
from evaluations import queries as evaluations
from evaluations import roundqueries as ratings
from evaluations.voices import desk as voices
from incubator import queries as incubator
from marketplace.audit import queries as audit
from marketplace.consultations import queries as consultations
from marketplace.directory import queries as directory
from marketplace.ledger import queries as ledger
from marketplace.messages import queries as messages
from marketplace.pages import clock
from marketplace.pages.desk import DeskGroup, DeskLink, WaitingItem
from marketplace.pages.templatetags.pages import spoken_day, spoken_moment
from marketplace.papers import queries as papers
from marketplace.parties import queries as parties
from marketplace.parties.models import Organisation, Role, User
from marketplace.payments import queries as payments
from marketplace.redflags import queries as redflags
from marketplace.residents import queries as residents
from marketplace.tenders import queries as tenders
from marketplace.vouchers import queries as vouchers

ROOMS: list[Any] = [
    tenders,
    contracts,
    payments,
    ledger,
    papers,
    vouchers,
    residents,
    voices,
    consultations,
    evaluations,
    ratings,
    directory,
    incubator,
    redflags,
    audit,
    parties,
]


TONES = {"bad": 0, "warn": 1, "active": 2}  # of things with one deadline, in this order

# What a person takes in at a glance; the rest folds away under it.
SEEN_AT_ONCE = 8


def _day(due: datetime.date | datetime.datetime) -> datetime.date:
    return timezone.localtime(due).date() if isinstance(due, datetime.datetime) else due


def _spell(due: datetime.date | datetime.datetime) -> str:
    return spoken_moment(due) if isinstance(due, datetime.datetime) else spoken_day(due)


def waiting_for(user: User, organisation: Organisation | None) -> list[WaitingItem]:
    """What waits for this person in every room: the nearest deadline first, then what has none. What went wrong is
    due today, whether it has a deadline or not."""
    today = clock.today()

    def rank(item: WaitingItem) -> tuple[datetime.date, int]:
        due = _day(item.due) if item.due else datetime.date.max
        return (min(due, today) if item.tone == "bad" else due), TONES.get(item.tone, len(TONES))

    return sorted((item for room in ROOMS for item in room.waiting_for(user, organisation)), key=rank)


def desk_links(user: User, organisation: Organisation | None) -> list[DeskLink]:
    return [link for room in ROOMS for link in room.desk_links(user, organisation)]


def by_work(links: list[DeskLink]) -> list[tuple[DeskGroup, list[DeskLink]]]:
    """The places by kind of work, always in the same order; within one, as its rooms give them."""
    groups = [(group, [link for link in links if link.group == group]) for group in DeskGroup]
    return [(group, found) for group, found in groups if found]


class Desk(LoginRequiredMixin, TemplateView):
    template_name = "desk.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """A resident and the one who acts for her have one place, the counter's staff another: they stand there at
        once."""
        roles = set(request.user.memberships.filter(ended_at=None).values_list("role", flat=True))
        if roles == {Role.COUNTER}:
            return redirect("vouchers:counter")
        if not roles and vouchers.has_vouchers_to_see(request.user):
            return redirect("vouchers:my")
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user, organisation = self.request.user, self.request.organisation
        today = clock.today()
        waiting = [
            {
                "item": item,
                "due": _spell(item.due) if item.due else "",
                "days": (_day(item.due) - today).days if item.due else None,
            }
            for item in waiting_for(user, organisation)
        ]
        return super().get_context_data(**kwargs) | {
            "waiting": waiting,
            "first": waiting[:SEEN_AT_ONCE],
            "later": waiting[SEEN_AT_ONCE:],
            "places": by_work(desk_links(user, organisation)),
            "today": today,
            "held": parties.roles_of(user),
            "news": messages.inbox(user, only_unread=True)[:3],
            "unread": messages.unread_count(user),
        }
