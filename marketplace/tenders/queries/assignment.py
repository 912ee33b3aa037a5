"""What one expert sees: their own sheets, nobody else's."""

from decimal import Decimal
from typing import Any

from django.db.models import Count, Sum

from ..models import Bid, Criterion, Lot, Panellist, Score

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
            lot__tender=tender, lot__state__in=[Lot.State.EVALUATING, Lot.State.RANKED, Lot.State.AWARDED]
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
    return {
        "seat": seat,
        "tender": tender,
        "may_read": may_read,
        "rows": rows,
        "done": sum(row["is_done"] for row in rows),
        "is_complete": bool(rows) and all(row["is_done"] for row in rows),
        "most": sum((criterion.weight for criterion in criteria), Decimal(0)),
    }


def sheet_of(seat: Panellist, bid: Bid) -> tuple[list[Criterion], dict[Any, Score]]:
    """The criteria that experts judge, and what this one has given so far."""
    criteria = list(Criterion.objects.filter(tender=seat.panel.tender_id).by_experts())
    given = {score.criterion_id: score for score in Score.objects.filter(scorecard__panellist=seat, scorecard__bid=bid)}
    return criteria, given
