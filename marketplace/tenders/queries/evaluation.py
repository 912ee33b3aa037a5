"""What the bureau sees of an evaluation: who is done, never a score before all are in."""

from typing import Any

from marketplace.parties.models import User

from .. import policies
from ..models import Bid, Lot, Panellist, Tender
from .results import result_of, seats_of


def evaluation_of(tender: Tender, user: User) -> dict[str, Any]:
    """Seats, bids by lot, and once a lot is ranked its table. A fixed number of statements."""
    bids: dict[Any, list[Bid]] = {}
    for bid in Bid.objects.filter(lot__tender=tender).select_related("supplier").order_by("rank", "created_at"):
        bids.setdefault(bid.lot_id, []).append(bid)
    seats = seats_of(tender)
    handed_in = any(seat.state == Panellist.State.SUBMITTED for seat in seats)
    results = {row["lot"].pk: row for row in result_of(tender)}
    is_manager = policies.may_manage(user, tender)
    return {
        "seats": seats,
        "lots": [
            {
                "lot": lot,
                "bids": bids.get(lot.pk, []),
                "result": results[lot.pk],
                "may_exclude": is_manager and lot.state == Lot.State.EVALUATING and not handed_in,
                "may_award": lot.state == Lot.State.RANKED and policies.may_award(user, lot),
            }
            for lot in tender.lots.all()
        ],
    }
