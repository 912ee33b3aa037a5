"""What the public site reads from the marketplace: a few live numbers and the latest notices."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, Sum
from django.utils.translation import gettext as _

from marketplace.directory.models import ProviderRating
from marketplace.ledger.models import BudgetLine
from marketplace.pages import clock
from marketplace.pages.money import format_yuan
from marketplace.rules.cells import hide_small, is_small, may_show_total, smallest_shown
from marketplace.tenders.models import Tender
from marketplace.vouchers.models import Programme, Voucher


@dataclass(frozen=True)
class Number:
    """One live number of the front page, and the list that it is made of. `fen` or `count`; neither when hidden."""

    label: str
    path: str
    fen: int | None = None
    count: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Notice:
    """One tender as the front page shows it; `amount` is the sum of its lots' ceilings in fen."""

    title: str
    url: str
    bureau: str
    state_label: Any
    tone: str
    amount: int | None
    closes_at: datetime.datetime | None


def numbers() -> list[Number]:
    """A known number of statements."""
    now, today = clock.now(), clock.today()
    budget = BudgetLine.objects.of_year(today.year).aggregate(
        promised=Sum(F("committed") + F("spent")), appropriated=Sum("appropriated")
    )
    month = today.replace(day=1)
    vouchers = Voucher.objects.of_month(month).aggregate(
        total=Sum("spent"), people=Count("resident", filter=Q(spent__gt=0), distinct=True)
    )
    people, least = vouchers["people"] or 0, smallest_shown()
    is_hidden = is_small(people, least) or not may_show_total(vouchers_by_programme(month), least=least)
    return [
        Number(
            _("Tenders open for bids"),
            "/tenders/?state=published",
            count=Tender.objects.open(now).count(),
            note=_("Anyone may read them, any qualified organisation may bid."),
        ),
        Number(
            _("Committed and spent in %(year)s") % {"year": today.year},
            "/figures/#budget",
            fen=budget["promised"] or 0,
            note=_("of ¥%(yuan)s in this year's budget lines") % {"yuan": format_yuan(budget["appropriated"] or 0)},
        ),
        Number(
            _("Vouchers spent this month"),
            "/figures/#vouchers",
            fen=None if is_hidden else vouchers["total"] or 0,
            note=_("Hidden while it would tell of fewer than %(least)s people.") % {"least": least}
            if is_hidden
            else _("by %(people)s residents") % {"people": f"{people:,}"},
        ),
        Number(
            _("Providers with a published grade"),
            "/providers/",
            count=ProviderRating.objects.aggregate(rated=Count("organisation", distinct=True))["rated"],
            note=_("Scored by independent evaluators."),
        ),
    ]


def lines_of(year: int) -> list[BudgetLine]:
    """The year's budget lines with fund and bureau: one statement."""
    return list(
        BudgetLine.objects.of_year(year).select_related("fund", "bureau").order_by("fund__code", "bureau", "code")
    )


def sums_of(lines: list[BudgetLine]) -> dict[str, int]:
    """The foot of the table, in fen."""
    fields = ("appropriated", "committed", "spent", "available")
    return {field: sum(getattr(line, field) for line in lines) for field in fields}


def vouchers_by_programme(month: datetime.date) -> list[dict[str, Any]]:
    """What each programme gave and what was spent in a month; few people's figures are hidden, and can't be had as the
    month's total less the other programmes either."""
    rows = Voucher.objects.of_month(month).values("programme").annotate(**_VOUCHER_SUMS).order_by("programme")
    programmes = {row["programme"]: row for row in rows}
    named = Programme.objects.filter(pk__in=programmes).select_related("bureau").order_by("name")
    named_rows: list[dict[str, Any]] = [dict(programmes[each.pk]) | {"programme": each} for each in named]
    return hide_small(named_rows, least=smallest_shown(), among="holders")


def vouchers_by_month(year: int) -> list[dict[str, Any]]:
    """The same for every month of a year, the newest first."""
    rows = Voucher.objects.filter(month__year=year).values("month").annotate(**_VOUCHER_SUMS).order_by("-month")
    return hide_small([dict(row) for row in rows], least=smallest_shown(), among="holders")


_VOUCHER_SUMS = {
    "granted_sum": Sum("granted"),
    "spent_sum": Sum("spent"),
    "holders": Count("resident", distinct=True),
    "people": Count("resident", filter=Q(spent__gt=0), distinct=True),
}


def latest_tenders(count: int = 5) -> list[Notice]:
    """What the public may bid for or follow, newest first: two statements."""
    tenders = (
        Tender.objects.public()
        .select_related("bureau")
        .annotate(ceilings=Sum("lots__ceiling"))
        .order_by("-published_at", "-pk")[:count]
    )
    return [
        Notice(
            title=str(tender),
            url=tender.get_absolute_url(),
            bureau=str(tender.bureau),
            state_label=tender.get_state_display(),
            tone=TONES.get(tender.state, "quiet"),
            amount=tender.ceilings,
            closes_at=tender.bids_due_at if tender.state == Tender.State.PUBLISHED else None,
        )
        for tender in tenders
    ]


TONES = {
    Tender.State.PUBLISHED: "active",
    Tender.State.EVALUATING: "active",
    Tender.State.AWARDED: "good",
    Tender.State.FAILED: "bad",
    Tender.State.CANCELLED: "bad",
}
