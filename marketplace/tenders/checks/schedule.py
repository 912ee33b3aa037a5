"""Dates: in the future, in order, and not shorter than the rules."""

import datetime

from django.utils.translation import gettext as _

from marketplace.pages import clock
from marketplace.pages.dates import written_day
from marketplace.rules.calendar import due_date, is_working_day

from ..models import Tender
from ..rulebook import day_of_publication, documents_rule, rule_for
from .refusals import on_field


def refuse_schedule(tender: Tender, now: datetime.datetime) -> None:
    """Dates in the future, in order, and not shorter than the rules counted from publication."""
    start = day_of_publication(tender)
    due = tender.bids_due_at
    if due <= now:
        raise on_field("bids_due_at", _("The deadline lies in the past."), "past")
    due_day = due.astimezone(clock.SHANGHAI).date()
    rule = rule_for(tender, "tender.bid_period", on=start)
    earliest = due_date(start, rule)
    if due_day < earliest:
        raise on_field(
            "bids_due_at",
            _("Published today, bids may be due on %(earliest)s at the earliest: %(value)s %(unit)s (%(source)s)."),
            "bid_period",
            earliest=written_day(earliest),
            value=int(rule.value),
            unit=rule.get_unit_display(),
            source=rule.citation,
        )
    if not is_working_day(due_day):
        raise on_field("bids_due_at", _("Bids are opened on a working day; this is a day off."), "day_off")
    rule = documents_rule(tender)
    earliest = due_date(start, rule)
    if tender.documents_until < earliest:
        raise on_field(
            "documents_until",
            _("The documents must be available until %(earliest)s at least: %(value)s %(unit)s (%(source)s)."),
            "notice_period",
            earliest=written_day(earliest),
            value=int(rule.value),
            unit=rule.get_unit_display(),
            source=rule.citation,
        )
    if tender.documents_until > due_day:
        raise on_field("documents_until", _("This is after the bids are due."), "order")
    if not now < tender.questions_until < due:
        raise on_field("questions_until", _("Questions end between now and the deadline for bids."), "order")
