"""The dates of a tender: documents, questions, the deadline, and after the evaluation the buyer's own clocks."""

import datetime
from collections.abc import Iterable

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from marketplace.pages import clock

from ..models import Panel, Tender
from ..rulebook import day_of, day_of_publication, documents_rule, rule_for
from .registry import Event, tells, watches

CLOSE = "tender.close"


@watches
def tenders_to_close(now: datetime.datetime) -> Iterable[Tender]:
    return Tender.objects.due_to_close(now).select_related("bureau__region")


@tells(Tender)
def until_the_deadline(tender: Tender) -> Iterable[Event]:
    """While it takes bids."""
    if tender.state != Tender.State.PUBLISHED:
        return
    start = day_of_publication(tender)
    if tender.documents_until:
        end = clock.at_hour(tender.documents_until, 23, 59)
        rule = documents_rule(tender)
        yield Event(tender, "tender.documents_end", end, _("Documents available until"), rule, start, tender.method)
    if tender.questions_until:
        yield Event(tender, "tender.questions_end", tender.questions_until, _("Questions until"))
    if tender.bids_due_at:
        rule = rule_for(tender, "tender.bid_period", on=start)
        yield Event(tender, CLOSE, tender.bids_due_at, _("Bids due"), rule, start, tender.method)


@tells(Tender)
def after_the_evaluation(tender: Tender) -> Iterable[Event]:
    """Report within two working days, decision within five of the report (REG 43)."""
    if tender.state != Tender.State.EVALUATING:
        return
    panel = Panel.objects.filter(tender=tender).first()
    if panel is None or panel.scored_at is None:
        return
    if panel.reported_at is None:
        start, due, title = day_of(panel.scored_at), panel.report_due_at, _("The panel's report is due")
        rule = rule_for(tender, "tender.report_period", on=start)
        yield Event(tender, "tender.report_due", due, title, rule, start, tender.method)
    else:
        start, due, title = day_of(panel.reported_at), panel.decision_due_at, _("The buyer's decision is due")
        rule = rule_for(tender, "tender.decision_period", on=start)
        yield Event(tender, "tender.decision_due", due, title, rule, start, tender.method)


@watches
def tenders_to_decide(now: datetime.datetime) -> Iterable[Tender]:
    """Those whose panel's report, or whose buyer's decision, is overdue."""
    late = Q(panel__reported_at=None, panel__report_due_at__lte=now) | Q(panel__decision_due_at__lte=now)
    return Tender.objects.filter(late, state=Tender.State.EVALUATING).select_related("bureau__region")
