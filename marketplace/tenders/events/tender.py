"""The dates of a tender: documents, questions, the deadline, and after the evaluation the buyer's own clocks."""

import datetime
from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from marketplace.pages import clock
from marketplace.rules.calendar import due_moment

from ..models import Panel, Tender
from ..rulebook import day_of_publication, documents_rule, rule_for
from .registry import Event, tells, watches

CLOSE = "tender.close"


def day_of(moment: datetime.datetime) -> datetime.date:
    return moment.astimezone(clock.SHANGHAI).date()


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
        start, key, title = day_of(panel.scored_at), "tender.report_period", _("The panel's report is due")
    else:
        start, key, title = day_of(panel.reported_at), "tender.decision_period", _("The buyer's decision is due")
    rule = rule_for(tender, key, on=start)
    name = "tender.report_due" if panel.reported_at is None else "tender.decision_due"
    yield Event(tender, name, due_moment(start, rule), title, rule, start, tender.method)


@watches
def tenders_to_decide(now: datetime.datetime) -> Iterable[Tender]:
    """Those whose panel has scored: report and decision have their days."""
    return Tender.objects.filter(state=Tender.State.EVALUATING, panel__scored_at__isnull=False).select_related(
        "bureau__region"
    )
