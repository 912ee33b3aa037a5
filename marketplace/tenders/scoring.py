"""The arithmetic of scores: no tables, so that a worked example is a test."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def rounded(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)


def price_score(price: int, lowest: int, weight: Decimal) -> Decimal:
    """Lowest valid price ÷ this price × weight (Order 87, Article 55). Prices in fen."""
    return rounded(Decimal(lowest) / Decimal(price) * weight)


def mean(values: Sequence[Decimal]) -> Decimal:
    """Of all experts; the highest and lowest are never dropped."""
    return rounded(sum(values, Decimal(0)) / len(values))


@dataclass
class Standing:
    """One valid bid on its way to a rank."""

    key: str
    price: int
    quality: Decimal
    technical: Decimal
    price_points: Decimal = Decimal(0)
    total: Decimal = Decimal(0)
    rank: int = 0


def ranked(bids: Sequence[Standing], price_weight: Decimal) -> list[Standing]:
    """Totals and ranks, best first. On equal totals the lower price stands before, then the higher service-plan score
    (214:25; 87:57); bids equal in all three share a rank."""
    lowest = min(bid.price for bid in bids)
    for bid in bids:
        bid.price_points = price_score(bid.price, lowest, price_weight)
        bid.total = bid.price_points + bid.quality

    def order(bid: Standing) -> tuple[Decimal, int, Decimal]:
        return (-bid.total, bid.price, -bid.technical)

    in_order = sorted(bids, key=order)
    for place, bid in enumerate(in_order, start=1):
        before = in_order[place - 2] if place > 1 else None
        bid.rank = before.rank if before is not None and order(before) == order(bid) else place
    return in_order
