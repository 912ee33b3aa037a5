"""What runs before a tender: how long its intention stands, how long a single source may be objected to."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from marketplace.pages import clock
from marketplace.rules.calendar import due_date

from ..models import PlanLine, SingleSourceNotice
from ..rulebook import day_of, rule_for, rule_of_bureau
from .registry import Event, tells


@tells(PlanLine)
def of_an_intention(line: PlanLine) -> Iterable[Event]:
    """From when on the tender may follow its intention (财库〔2020〕10号)."""
    intention = getattr(line, "intention", None)
    rule = rule_of_bureau(line.bureau, "tender.intention_period") if intention else None
    if intention is None or rule is None or line.tenders.exclude(published_at=None).exists():
        return
    told = day_of(intention.published_at)
    title = _("The tender may be published from this day")
    yield Event(line, "plan.tender_allowed", clock.at_hour(due_date(told, rule), 0), title, rule, told, is_owed=False)


@tells(SingleSourceNotice)
def of_a_single_source(notice: SingleSourceNotice) -> Iterable[Event]:
    """Five working days to object (REG 38), and as many again to answer what was said (Order 74, Article 40)."""
    tender = notice.tender
    told = day_of(notice.published_at)
    if clock.today() <= notice.ends_on:
        rule = rule_for(tender, "tender.notice_period", on=told)
        end = clock.at_hour(notice.ends_on, 23, 59)
        yield Event(
            notice, "notice.objections_end", end, _("Last day for objections"), rule, told, tender.method, is_owed=False
        )
    if notice.objections.filter(is_upheld=None).exists():
        rule = rule_for(tender, "tender.objection_reply_period", on=notice.ends_on)
        title = _("Objections to be answered by")
        yield Event(notice, "notice.replies_due", notice.replies_due_at, title, rule, notice.ends_on, tender.method)
