"""What the public site reads from the marketplace: a few live numbers and the latest notices."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, Sum
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from marketplace.directory.models import ProviderRating
from marketplace.ledger.models import BudgetLine
from marketplace.pages import clock
from marketplace.pages.money import format_yuan
from marketplace.tenders.models import Tender
from marketplace.vouchers.models import Voucher

SMALLEST_SHOWN = 10  # published figures about fewer people than this are hidden (design.md, privacy)


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
    """Four statements."""
    now, today = clock.now(), clock.today()
    budget = BudgetLine.objects.of_year(today.year).aggregate(
        promised=Sum(F("committed") + F("spent")), appropriated=Sum("appropriated")
    )
    vouchers = Voucher.objects.of_month(today.replace(day=1)).aggregate(
        total=Sum("spent"), people=Count("resident", filter=Q(spent__gt=0), distinct=True)
    )
    people = vouchers["people"] or 0
    is_hidden = 0 < people < SMALLEST_SHOWN
    return [
        Number(
            _("Tenders open for bids"),
            "/tenders/",
            count=Tender.objects.open(now).count(),
            note=_("Anyone may read them, any qualified organisation may bid."),
        ),
        Number(
            _("Committed and spent in %(year)s") % {"year": today.year},
            "/open-data/",
            fen=budget["promised"] or 0,
            note=_("of ¥%(yuan)s in this year's budget lines") % {"yuan": format_yuan(budget["appropriated"] or 0)},
        ),
        Number(
            _("Vouchers spent this month"),
            "/services/",
            fen=None if is_hidden else vouchers["total"] or 0,
            note=_("Hidden while fewer than ten people have used theirs.")
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


def latest_tenders(count: int = 5) -> list[Notice]:
    """What the public may bid for or follow, newest first: two statements."""
    tenders = (
        Tender.objects.public()
        .select_related("bureau")
        .annotate(ceilings=Sum("lots__ceiling"))
        .order_by("-published_at", "-pk")[:count]
    )
    is_english = get_language() == "en"
    return [
        Notice(
            title=(is_english and tender.title_en) or tender.title,
            url=tender.get_absolute_url(),
            bureau=(is_english and tender.bureau.name_en) or tender.bureau.name,
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
    Tender.State.FAILED: "warn",
    Tender.State.CANCELLED: "warn",
}
