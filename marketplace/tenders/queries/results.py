"""Scores and ranks, for those who may see them when they may."""

import datetime
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Sum

from marketplace.pages import clock
from marketplace.rules.calendar import due_date, due_moment

from ..consortia import members_by_lead
from ..models import Award, Bid, Criterion, Lot, Panellist, Score, Tender
from ..rulebook import rule_for


def seats_of(tender: Tender) -> list[Panellist]:
    """Who sits on the panel, in the order of the draw."""
    return list(Panellist.objects.sitting().filter(panel__tender=tender).select_related("user").order_by("position"))


def result_of(tender: Tender) -> list[dict[str, Any]]:
    """Per lot: its award, and the ranked bids with each expert's total and the formula's points. Six statements.

    Only lots that are ranked have scores here: before all experts have handed in there are none to show.
    """
    seats = seats_of(tender)
    totals: dict[tuple[Any, Any], Decimal] = {
        (row["scorecard__bid"], row["scorecard__panellist"]): row["total"]
        for row in Score.objects.filter(
            scorecard__bid__lot__tender=tender,
            scorecard__bid__rank__isnull=False,
            scorecard__panellist__state=Panellist.State.SUBMITTED,
        )
        .values("scorecard__bid", "scorecard__panellist")
        .annotate(total=Sum("points"))
    }
    awards = {
        award.lot_id: award for award in Award.objects.standing().filter(lot__tender=tender).select_related("supplier")
    }
    bids: dict[Any, list[Bid]] = defaultdict(list)
    together = members_by_lead(tender)
    for bid in (
        Bid.objects.filter(lot__tender=tender).select_related("supplier", "lot__tender").order_by("rank", "amount")
    ):
        bid.members = together[bid.supplier_id]
        bids[bid.lot_id].append(bid)
    for award in awards.values():
        award.members = together[award.supplier_id]
    return [
        {
            "lot": lot,
            "award": awards.get(lot.pk),
            "unit_price": _unit_price(lot, awards.get(lot.pk)),
            "seats": seats,
            "rows": [
                {
                    "bid": bid,
                    "by_expert": [totals.get((bid.pk, seat.pk)) for seat in seats],
                    "named": [(seat.user.name, totals.get((bid.pk, seat.pk))) for seat in seats],
                    "is_next": bid is _next_candidate(bids[lot.pk]),
                }
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
    for score in Score.objects.filter(
        scorecard__bid=bid, scorecard__panellist__state=Panellist.State.SUBMITTED
    ).select_related("criterion"):
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


def _unit_price(lot: Lot, award: Award | None) -> int | None:
    """Fen for one unit of a lot that counts them, else for a month of its term."""
    if award is None:
        return None
    units = lot.quantity if lot.quantity > 1 else lot.term_months
    return int((Decimal(award.amount) / units).to_integral_value(ROUND_HALF_UP))


def _next_candidate(bids: list[Bid]) -> Bid | None:
    """Whom the buyer may award now: the first in rank that has not refused."""
    return next((bid for bid in bids if bid.state == Bid.State.RANKED), None)


DECIDED = (Bid.State.WON, Bid.State.LOST, Bid.State.EXCLUDED, Bid.State.DECLINED)


def is_told(bid: Bid) -> bool:
    """There is a result of which this bidder is told."""
    return bid.state in DECIDED and bid.lot.state in (Lot.State.AWARDED, Lot.State.FAILED, Lot.State.RANKED)


def letter_of(bid: Bid) -> dict[str, Any] | None:
    """What this bidder is told of the result; None before there is one."""
    lot = bid.lot
    if not is_told(bid):
        return None
    award = lot.awards.standing().select_related("supplier").first()
    ranked_bids = lot.bids.filter(rank__isnull=False).count()
    return {
        "bid": bid,
        "lot": lot,
        "tender": lot.tender,
        "award": award,
        "rows": own_scores(bid) if bid.rank is not None else [],
        "price": Criterion.objects.filter(tender=lot.tender_id, part=Criterion.Part.PRICE).first(),
        "ranked_bids": ranked_bids,
        "challenge_until": result_challenge_until(award) if award else None,
    }


def result_challenge_until(award: Award) -> datetime.datetime:
    """The last moment to challenge the result: seven working days after its notice has run (REG 53)."""
    day = award.awarded_at.astimezone(clock.SHANGHAI).date()
    return due_moment(result_notice_until(award), rule_for(award.lot.tender, "challenge.window", on=day))


def result_notice_until(award: Award) -> datetime.date:
    """The last day of the result notice (Order 87, Article 69)."""
    day = award.awarded_at.astimezone(clock.SHANGHAI).date()
    return due_date(day, rule_for(award.lot.tender, "tender.result_notice_period", on=day))
