"""What comes due for queries, challenges and complaints."""

import datetime
from collections.abc import Iterable

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from marketplace.rules.calendar import due_moment

from ..models import Award, Challenge, Complaint, Query, Tender
from ..rulebook import day_of, rule_for
from .registry import Event, tells, watches

SUSPENSION_ENDS = "complaint.suspension_ends"
QUERY_OVERDUE = "query.overdue"
REPLY_OVERDUE = "challenge.reply_overdue"
DECISION_OVERDUE = "complaint.decision_overdue"


@watches
def overdue_queries(now: datetime.datetime) -> Iterable[Model]:
    return Query.objects.filter(state=Query.State.ASKED, reply_due_at__lte=now).select_related("tender__bureau__region")


@watches
def overdue_challenges(now: datetime.datetime) -> Iterable[Model]:
    return Challenge.objects.waiting().filter(reply_due_at__lte=now).select_related("tender__bureau__region")


@watches
def complaints_due(now: datetime.datetime) -> Iterable[Model]:
    accepted = Complaint.objects.filter(state=Complaint.State.ACCEPTED)
    return accepted.select_related("challenge__tender__bureau__region")


@tells(Query)
def of_a_query(query: Query) -> Iterable[Event]:
    if query.state == Query.State.ASKED:
        start = day_of(query.asked_at)
        rule = rule_for(query.tender, "challenge.query_reply", on=start)
        yield Event(query, QUERY_OVERDUE, query.reply_due_at, _("Answer to a query due"), rule, start)


@tells(Challenge)
def of_a_challenge(challenge: Challenge) -> Iterable[Event]:
    """Until the reply, then until a complaint."""
    tender = challenge.tender
    if challenge.state == Challenge.State.LODGED:
        start = day_of(challenge.lodged_at)
        rule = rule_for(tender, "challenge.reply", on=start)
        title = _("Reply to a challenge due")
        yield Event(
            challenge, REPLY_OVERDUE, challenge.reply_due_at, title, rule, start, url=challenge.get_absolute_url()
        )
    complaint = Complaint.objects.filter(challenge=challenge).first()
    if complaint is not None:
        complaint.challenge = challenge
        yield from of_a_complaint(complaint)
    elif challenge.state != Challenge.State.WITHDRAWN:
        start = day_of(challenge.reply_due_at)
        rule = rule_for(tender, "challenge.complaint_window", on=start)
        yield Event(
            challenge, "challenge.complaint_ends", due_moment(start, rule), _("Last day to complain"), rule, start
        )


@tells(Complaint)
def of_a_complaint(complaint: Complaint) -> Iterable[Event]:
    """Checked, answered, decided; and the end of a suspension."""
    tender = complaint.challenge.tender
    if complaint.state == Complaint.State.FILED:
        start = day_of(complaint.filed_at)
        rule = rule_for(tender, "challenge.complaint_check", on=start)
        yield Event(
            complaint, "complaint.check_due", complaint.check_due_at, _("Check of the complaint due"), rule, start
        )
    if complaint.state != Complaint.State.ACCEPTED:
        return
    start = day_of(complaint.accepted_at)
    if complaint.answered_at is None and complaint.answer_due_at:
        rule = rule_for(tender, "challenge.respondent_answer", on=start)
        yield Event(complaint, "complaint.answer_due", complaint.answer_due_at, _("Buyer's answer due"), rule, start)
    if complaint.decision_due_at:
        rule = rule_for(tender, "challenge.decision", on=start)
        title = _("Decision on the complaint due")
        yield Event(complaint, DECISION_OVERDUE, complaint.decision_due_at, title, rule, start)
    if complaint.suspended_until and complaint.suspension_lifted_at is None:
        rule = rule_for(tender, "challenge.suspension_max", on=start)
        yield Event(complaint, SUSPENSION_ENDS, complaint.suspended_until, _("End of the suspension"), rule, start)


@tells(Tender)
def of_a_tender(tender: Tender) -> Iterable[Event]:
    """What suppliers and the public can count on: how long the result, or the documents, can be challenged."""
    if tender.state == Tender.State.PUBLISHED:
        start = day_of(tender.published_at)
        notice = rule_for(tender, "tender.notice_period", on=start)
        rule = rule_for(tender, "challenge.window", on=start)
        begins = day_of(due_moment(start, notice))
        title = _("Last day to challenge the documents")
        yield Event(tender, "tender.challenge_ends", due_moment(begins, rule), title, rule, begins, is_owed=False)
    awards = Award.objects.standing().filter(lot__tender=tender).order_by("-awarded_at")
    for award in awards[:1]:
        day = day_of(award.awarded_at)
        begins = day_of(due_moment(day, rule_for(tender, "tender.result_notice_period", on=day)))
        rule = rule_for(tender, "challenge.window", on=day)
        title = _("Last day to challenge the result")
        yield Event(
            tender, "tender.result_challenge_ends", due_moment(begins, rule), title, rule, begins, is_owed=False
        )
    for award in awards.filter(contracted_at=None)[:1]:
        day = day_of(award.awarded_at)
        signing = rule_for(tender, "contract.signing_period", on=day)
        yield Event(tender, "tender.signing_due", due_moment(day, signing), _("Contract to be signed by"), signing, day)
    waiting = Challenge.objects.waiting().filter(tender=tender).order_by("reply_due_at")[:1]
    for challenge in waiting:
        challenge.tender = tender
        yield from list(of_a_challenge(challenge))[:1]
