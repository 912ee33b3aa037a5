"""What runs in a framework: its end, how long the admission can be challenged, quotes for an order."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from marketplace.pages import clock
from marketplace.rules.calendar import due_date, due_moment

from ..models import Admission, CallOff, Tender
from ..rulebook import day_of, rule_for
from .registry import Event, tells


@tells(Tender)
def after_the_admission(tender: Tender) -> Iterable[Event]:
    """Until when the result can be challenged (REG 53), and the last day on which orders can begin (Order 110)."""
    last = Admission.objects.filter(lot__tender=tender).order_by("-admitted_at").first()
    if last is None:
        return
    day = day_of(last.admitted_at)
    begins = due_date(day, rule_for(tender, "tender.result_notice_period", on=day))
    rule = rule_for(tender, "challenge.window", on=day)
    title = _("Last day to challenge the result")
    yield Event(tender, "tender.result_challenge_ends", due_moment(begins, rule), title, rule, begins, is_owed=False)
    end = clock.at_hour(last.valid_until, 23, 59)
    term = rule_for(tender, "tender.framework_term", on=day)
    yield Event(
        tender, "tender.framework_ends", end, _("The framework agreement ends"), term, day, tender.method, is_owed=False
    )


@tells(CallOff)
def of_an_order(call_off: CallOff) -> Iterable[Event]:
    """While admitted providers quote for it."""
    if call_off.state == CallOff.State.ASKING and call_off.quotes_due_at:
        yield Event(call_off, "call_off.quotes_due", call_off.quotes_due_at, _("Quotes due"))
