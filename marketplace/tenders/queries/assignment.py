"""What one expert sees: their own sheets, nobody else's."""

from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet, Sum

from ..chairing import chair_of, moderator_of, sitting_on
from ..models import Bid, Criterion, Lot, Moderation, Panel, Panellist, QuoteRound, Score, Tender
from ..pricing import needs_final_quote
from .evaluation import moderations_of, reviews_of

MAY_READ = (Panellist.State.DECLARED, Panellist.State.SUBMITTED)


def assignment_of(seat: Panellist) -> dict[str, Any]:
    """The bids of the seat's tender with how far its own sheets are. A fixed number of statements."""
    tender = seat.panel.tender
    may_read = seat.state in MAY_READ
    criteria = list(tender.criteria.by_experts())
    given: dict[Any, dict[str, Any]] = {
        row["scorecard__bid"]: dict(row)
        for row in Score.objects.filter(scorecard__panellist=seat)
        .values("scorecard__bid")
        .annotate(count=Count("pk"), total=Sum("points"))
    }
    bids = (
        Bid.objects.filter(
            lot__tender=tender,
            lot__state__in=[Lot.State.EVALUATING, Lot.State.RANKED, Lot.State.AWARDED],
            lot__qualified_at__isnull=False,
        )
        .valid()
        .select_related("supplier", "lot")
        .order_by("lot__position", "created_at")
    )
    rows = [
        {
            "bid": bid,
            "given": given.get(bid.pk, {}).get("count", 0),
            "wanted": len(criteria),
            "total": given.get(bid.pk, {}).get("total"),
            "is_done": given.get(bid.pk, {}).get("count", 0) == len(criteria),
        }
        for bid in (bids if may_read else [])
    ]
    panel = seat.panel
    sitting = sitting_on(panel)
    return {
        "panel": panel,
        "chair": chair_of(sitting),
        "members": sitting if may_read else [],
        "waits_for_check": tender.lots.filter(state=Lot.State.EVALUATING, qualified_at=None).exists(),
        "waits_for_quotes": _waits_for_quotes(tender),
        "moderations": [
            (moderation, _moderates(sitting, moderation, seat)) for moderation in moderations_of(_only(panel))
        ]
        if panel.scored_at
        else [],
        "reviews": list(reviews_of(_only(panel))) if may_read else [],
        "seat": seat,
        "tender": tender,
        "may_read": may_read,
        "rows": rows,
        "done": sum(row["is_done"] for row in rows),
        "is_complete": bool(rows) and all(row["is_done"] for row in rows),
        "most": sum((criterion.weight for criterion in criteria), Decimal(0)),
    }


def _only(panel: Panel) -> QuerySet[Panel]:
    return Panel.objects.filter(pk=panel.pk)


def _waits_for_quotes(tender: Tender) -> bool:
    """The method ends with a final quote that is not opened yet."""
    if not needs_final_quote(tender):
        return False
    opened = QuoteRound.objects.filter(is_final=True, state=QuoteRound.State.OPENED).values("lot")
    return tender.lots.filter(state=Lot.State.EVALUATING).exclude(pk__in=opened).exists()


def _moderates(sitting: list[Panellist], moderation: Moderation, seat: Panellist) -> bool:
    decider = moderator_of(sitting, moderation.scorecard.panellist)
    return decider is not None and decider.pk == seat.pk and not moderation.is_decided


def sheet_of(seat: Panellist, bid: Bid) -> tuple[list[Criterion], dict[Any, Score]]:
    """The criteria that experts judge, and what this one has given so far."""
    criteria = list(Criterion.objects.filter(tender=seat.panel.tender_id).by_experts())
    given = {score.criterion_id: score for score in Score.objects.filter(scorecard__panellist=seat, scorecard__bid=bid)}
    return criteria, given
