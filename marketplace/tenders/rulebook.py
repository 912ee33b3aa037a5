"""Which statutory numbers a tender is held to. Every number comes from `marketplace.rules`, none stands here."""

import datetime
from dataclasses import dataclass
from decimal import Decimal

from marketplace.pages import clock
from marketplace.parties.models import Organisation, Region
from marketplace.rules.calendar import due_date, due_moment, is_working_day
from marketplace.rules.models import Rule
from marketplace.rules.queries import UnknownRule, resolve

from .methods import Ending, method_of
from .models import Tender

OPENING_HOUR, OPENING_MINUTE = 9, 30  # a custom of opening sessions, not a rule


def rule_for(tender: Tender, key: str, *, on: datetime.date | None = None) -> Rule:
    """The row of the rule book that holds for this tender on that day (today when none is given)."""
    return resolve(key, on=on, region=tender.bureau.region, method=tender.method, object_kind="services")


def day_of(moment: datetime.datetime) -> datetime.date:
    return moment.astimezone(clock.SHANGHAI).date()


def limit(tender: Tender, key: str, start: datetime.date) -> datetime.datetime:
    """The last moment of a period of the rule book that begins on `start`."""
    return due_moment(start, rule_for(tender, key, on=start))


def rule_or_none(tender: Tender, key: str, *, on: datetime.date | None = None) -> Rule | None:
    """None where the method knows no such limit."""
    try:
        return rule_for(tender, key, on=on)
    except UnknownRule:
        return None


def rule_of_bureau(bureau: Organisation, key: str) -> Rule | None:
    """A rule that hangs on the buyer alone: its place and the level of its budget."""
    try:
        return resolve(key, region=bureau.region, budget_level=budget_level_of(bureau), object_kind="services")
    except UnknownRule:
        return None


def budget_level_of(bureau: Organisation) -> str:
    """Whose budget the buyer spends, as rules are scoped."""
    is_province = bureau.region.level == Region.Level.PROVINCE
    return Rule.BudgetLevel.PROVINCE if is_province else Rule.BudgetLevel.LOCAL


def threshold_of(tender: Tender) -> Rule | None:
    """From how much on a public tender is the rule (GPL 27); None where nobody has entered the province's figure."""
    return rule_of_bureau(tender.bureau, "tender.threshold")


def day_of_publication(tender: Tender) -> datetime.date:
    """When it was published; today while it is not."""
    if tender.published_at is None:
        return clock.today()
    return day_of(tender.published_at)


def documents_rule(tender: Tender) -> Rule:
    """How long the documents are handed out; where the method has no such rule, how long the notice runs."""
    on = day_of_publication(tender)
    return rule_or_none(tender, "tender.documents_period", on=on) or rule_for(tender, "tender.notice_period", on=on)


@dataclass(frozen=True)
class Schedule:
    """The earliest dates the rules allow, and a proposal that is a working morning."""

    documents_until: datetime.date
    earliest_bids_due: datetime.date
    questions_until: datetime.datetime
    bids_due_at: datetime.datetime


def propose_schedule(tender: Tender) -> Schedule:
    """What the rules allow when the tender is published today."""
    start = day_of_publication(tender)
    documents_until = due_date(start, documents_rule(tender))
    earliest = due_date(start, rule_for(tender, "tender.bid_period", on=start))
    day = max(earliest, documents_until) + datetime.timedelta(days=3)  # room for the second officer to read
    while not is_working_day(day):
        day += datetime.timedelta(days=1)
    lead = rule_or_none(tender, "tender.change_period", on=start)
    questions = day - datetime.timedelta(days=int(lead.value or 0) if lead else 1)
    while not is_working_day(questions):
        questions -= datetime.timedelta(days=1)
    return Schedule(
        documents_until=documents_until,
        earliest_bids_due=earliest,
        questions_until=clock.at_hour(max(questions, start + datetime.timedelta(days=1)), 17),
        bids_due_at=clock.at_hour(day, OPENING_HOUR, OPENING_MINUTE),
    )


def fewest_suppliers(tender: Tender) -> int:
    """Under this many the lot fails (GPL 36). A framework leaves out at least one, so it needs one more."""
    on = day_of_publication(tender)
    least = int(rule_for(tender, "tender.min_suppliers", on=on).value or 0)
    if method_of(tender).ending == Ending.ADMISSION:
        least += int(rule_for(tender, "tender.framework_elimination", on=on).data.get("at_least", 0))
    return least


def fewest_suppliers_left(tender: Tender) -> int:
    """Under this many bids that meet the qualifications the lot fails; consultation for services may go on with two
    (财库〔2015〕124号)."""
    on = day_of_publication(tender)
    rule = rule_or_none(tender, "tender.min_suppliers_reduced", on=on)
    return int(rule.value) if rule and rule.value is not None else fewest_suppliers(tender)


def price_weight_range(tender: Tender) -> tuple[Decimal, Decimal, str]:
    """Least and most points for the price, and the source."""
    on = day_of_publication(tender)
    least, most = (
        rule_or_none(tender, "tender.price_weight_min", on=on),
        rule_or_none(tender, "tender.price_weight_max", on=on),
    )
    return (
        least.value if least and least.value is not None else Decimal(0),
        most.value if most and most.value is not None else Decimal(100),
        least.citation if least else "",
    )


def opening_window(tender: Tender) -> datetime.timedelta:
    """How long the first custodian's share waits for the second."""
    return datetime.timedelta(minutes=int(rule_for(tender, "tender.opening_window").value or 0))
