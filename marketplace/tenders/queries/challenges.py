"""What of queries, challenges and complaints others must know: above all whether a contract may be signed."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from marketplace.pages import clock
from marketplace.parties.models import Organisation

from ..challengerules import window_ends
from ..events import get_events
from ..models import Award, BidBan, Challenge, Complaint, Lot, Query, Step, Tender


@dataclass(frozen=True)
class Suspension:
    """Why nothing is signed and nothing performed now. `text` names the article; `until` is None while it is open."""

    code: str  # award_ended, query, challenge, complaint
    text: str
    until: datetime.datetime | None = None
    url: str = ""


def signing_suspended(award: Award) -> Suspension | None:
    """Whether signing, or performing, the contract of this award must wait; None when it may go on.

    The reasons: the award itself no longer stands (declined, annulled); a query or challenge that may affect the
    result is not answered yet (REG 54); the finance department has suspended the procurement (GPL 57, at most thirty
    days). Ask it under the lock of the award's row, in the transaction that signs. At most four statements.
    """
    award = Award.objects.select_related("lot").get(pk=award.pk)
    if award.state != Award.State.STANDING:
        return Suspension("award_ended", _("This award no longer stands: no contract can follow from it."))
    return result_suspended(award.lot)


def result_suspended(lot: Lot) -> Suspension | None:
    """The same of a lot, for what rests on its result without an award: an order under a framework."""
    of_lot = Q(lot=None) | Q(lot=lot.pk)
    challenge = Challenge.objects.waiting().filter(of_lot, tender=lot.tender_id, affects_result=True).first()
    if challenge is not None:
        return Suspension(
            "challenge",
            _(
                "Challenge %(number)s may affect the result and is not answered yet: signing and performance are "
                "suspended (Regulation for Implementing the Government Procurement Law, Article 54)."
            )
            % {"number": challenge.number},
            challenge.reply_due_at,
            challenge.get_absolute_url(),
        )
    query = Query.objects.filter(tender=lot.tender_id, state=Query.State.ASKED, may_affect_result=True).first()
    if query is not None:
        return Suspension(
            "query",
            _(
                "A query that may affect the result is not answered yet: signing and performance are suspended "
                "(Regulation for Implementing the Government Procurement Law, Article 54)."
            ),
            query.reply_due_at,
        )
    now = clock.now()
    complaint = (
        Complaint.objects.filter(
            Q(challenge__lot=None) | Q(challenge__lot=lot.pk),
            challenge__tender=lot.tender_id,
            suspended_until__gt=now,
            suspension_lifted_at=None,
        )
        .select_related("challenge")
        .first()
    )
    if complaint is not None:
        return Suspension(
            "complaint",
            _("The finance department has suspended this procurement (Government Procurement Law, Article 57)."),
            complaint.suspended_until,
            complaint.challenge.get_absolute_url(),
        )
    return None


def ban_of(organisation: Organisation) -> BidBan | None:
    """The ban from government procurement that is in force today, if any (REG 73)."""
    return BidBan.objects.in_force(clock.today()).filter(organisation=organisation).order_by("-ends_on").first()


@dataclass(frozen=True)
class StepNow:
    """Whether a step can be challenged today, and until when."""

    step: str
    label: str
    ends: datetime.datetime | None
    is_open: bool


def steps_now(tender: Tender) -> list[StepNow]:
    """What can be challenged today. A fixed number of statements."""
    now = clock.now()
    found = []
    for step in Step:
        ends = window_ends(tender, step, None)
        found.append(StepNow(step.value, str(step.label), ends, ends is not None and now <= ends))
    return found


def timeline_of(challenge: Challenge) -> list[dict[str, Any]]:
    """What happened and what comes, as parts/timeline.html draws it."""
    happened: list[tuple[Any, datetime.datetime | None, str, str]] = [
        (_("Challenge lodged"), challenge.lodged_at, "good", ""),
        (_("Reply"), challenge.replied_at, "good", ""),
    ]
    if challenge.state == Challenge.State.WITHDRAWN:
        happened.append((_("Challenge taken back"), challenge.ended_at, "quiet", ""))
    complaint = getattr(challenge, "complaint", None)
    if complaint is not None:
        happened += [
            (_("Complaint filed"), complaint.filed_at, "good", ""),
            (_("Complaint accepted, copies served"), complaint.accepted_at, "good", ""),
            (_("Procurement suspended"), complaint.suspended_at, "warn", ""),
            (_("Buyer's answer"), complaint.answered_at, "good", ""),
            (complaint.get_state_display(), complaint.decided_at, "good", ""),
        ]
    past = [
        {"title": title, "at": at, "tone": tone, "text": text} for title, at, tone, text in happened if at is not None
    ]
    coming = [
        {
            "title": str(event.title),
            "at": event.due,
            "tone": "active",
            "text": event.rule.citation if event.rule else "",
            "url": event.why_url,
        }
        for event in get_events(challenge)
    ]
    return sorted([*past, *coming], key=lambda event: event["at"])
