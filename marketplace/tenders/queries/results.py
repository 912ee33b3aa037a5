"""Scores and ranks, for those who may see them when they may."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from ..models import Award, Bid, Criterion, Panellist, Score, Tender


def seats_of(tender: Tender) -> list[Panellist]:
    """Who sits on the panel, in the order of the draw."""
    return list(Panellist.objects.sitting().filter(panel__tender=tender).select_related("user").order_by("position"))


def result_of(tender: Tender) -> list[dict[str, Any]]:
    """Per lot: its award, and the ranked bids with each expert's total and the formula's points. Five statements.

    Only lots that are ranked have scores here: before all experts have handed in there are none to show.
    """
    seats = seats_of(tender)
    totals: dict[tuple[Any, Any], Decimal] = {
        (row["scorecard__bid"], row["scorecard__panellist"]): row["total"]
        for row in Score.objects.filter(scorecard__bid__lot__tender=tender, scorecard__bid__rank__isnull=False)
        .values("scorecard__bid", "scorecard__panellist")
        .annotate(total=Sum("points"))
    }
    awards = {award.lot_id: award for award in Award.objects.filter(lot__tender=tender).select_related("supplier")}
    bids: dict[Any, list[Bid]] = defaultdict(list)
    for bid in Bid.objects.filter(lot__tender=tender).select_related("supplier").order_by("rank", "amount"):
        bids[bid.lot_id].append(bid)
    return [
        {
            "lot": lot,
            "award": awards.get(lot.pk),
            "seats": seats,
            "rows": [
                {"bid": bid, "by_expert": [totals.get((bid.pk, seat.pk)) for seat in seats]}
                for bid in bids[lot.pk]
                if bid.rank is not None
            ],
            "excluded": [bid for bid in bids[lot.pk] if bid.state == Bid.State.EXCLUDED],
        }
        for lot in tender.lots.all()
    ]


def own_scores(bid: Bid) -> list[dict[str, Any]]:
    """A bidder's own sheet: per criterion the mean of the experts and their words. Two statements."""
    scores = defaultdict(list)
    for score in Score.objects.filter(scorecard__bid=bid).select_related("criterion"):
        scores[score.criterion_id].append(score)
    rows = []
    for criterion in Criterion.objects.filter(tender=bid.lot.tender_id).by_experts():
        given = scores[criterion.pk]
        mean = sum((one.points for one in given), Decimal(0)) / len(given) if given else None
        rows.append(
            {
                "criterion": criterion,
                "points": mean.quantize(Decimal("0.01")) if mean is not None else None,
                "comments": [one.comment for one in given if one.comment],
            }
        )
    return rows
