"""What the pages of plans and intentions read."""

import datetime
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Count, QuerySet, Sum

from marketplace.pages import clock
from marketplace.parties.models import Organisation
from marketplace.rules.calendar import due_date
from marketplace.rules.models import Rule

from ..models import Award, Intention, PlanLine, Tender
from ..rulebook import rule_of_bureau


def published_intentions() -> QuerySet[Intention]:
    """What the bureaus have said they will buy, newest first. One statement."""
    return Intention.objects.select_related("bureau__region", "plan_line__category").order_by("-published_at", "-id")


def earliest_tender(intention: Intention) -> datetime.date | None:
    """The first day on which the tender may follow."""
    rule = rule_of_bureau(intention.bureau, "tender.intention_period")
    told = intention.published_at.astimezone(clock.SHANGHAI).date()
    return due_date(told, rule) if rule else None


def planned(lines: QuerySet[PlanLine]) -> QuerySet[PlanLine]:
    """With what a row of the plan shows. One statement."""
    return (
        lines.select_related("bureau", "budget_line__fund", "category", "intention")
        .annotate(tender_count=Count("tenders"))
        .order_by("-budget_line__year", "planned_for", "created_at")
    )


@dataclass(frozen=True)
class SocialShare:
    """How much of a year's awarded money goes to social organisations. Money in fen, `percent` with one decimal."""

    year: int
    total: int
    social: int
    percent: Decimal
    rule: Rule | None

    @property
    def is_enough(self) -> bool:
        return self.rule is None or self.percent >= (self.rule.value or 0)


def social_share(bureau: Organisation, year: int) -> SocialShare:
    """Of the awards on a year's budget (财综〔2016〕54号 asks for 30% of what is newly bought). Two statements."""
    rows = (
        Award.objects.standing()
        .filter(lot__tender__bureau=bureau, lot__tender__budget_line__year=year)
        .values("supplier__kind")
        .annotate(amount=Sum("amount"))
    )
    sums: dict[str, int] = {row["supplier__kind"]: row["amount"] for row in rows.order_by()}
    total = sum(sums.values())
    social = sums.get(Organisation.Kind.SOCIAL_ORGANISATION, 0)
    percent = (Decimal(social) * 100 / total).quantize(Decimal("0.1"), ROUND_HALF_UP) if total else Decimal(0)
    return SocialShare(year, total, social, percent, rule_of_bureau(bureau, "service.social_share"))


def tenders_of(line: PlanLine) -> list[Tender]:
    """What carried the line out, with their lots' money. Two statements."""
    return list(line.tenders.prefetch_related("lots").order_by("created_at"))


def left_of(line: PlanLine, tenders: list[Tender]) -> int:
    """What the line has left for another tender, in fen."""
    gone: Any = (Tender.State.FAILED, Tender.State.CANCELLED)
    return line.amount - sum(tender.ceiling for tender in tenders if tender.state not in gone)
