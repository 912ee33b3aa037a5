"""The arithmetic of scores: no tables, so that a worked example is a test. Prices are fen, points are Decimals."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import groupby, pairwise
from typing import Any

CENT = Decimal("0.01")
HUNDRED = 100


def rounded(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)


def price_score(price: int, lowest: int, weight: Decimal) -> Decimal:
    """Lowest valid price ÷ this price × weight (Order 87, Article 55). Prices in fen."""
    return rounded(Decimal(lowest) / Decimal(price) * weight)


def evaluated_price(price: int, discount: Decimal) -> int:
    """The price that is compared: less the percent of preference (财库〔2022〕19号). What is paid stays the price."""
    return int((Decimal(price) * (HUNDRED - discount) / HUNDRED).to_integral_value(ROUND_HALF_UP))


def mean(values: Sequence[Decimal]) -> Decimal:
    """Of all experts; the highest and lowest are never dropped."""
    return rounded(sum(values, Decimal(0)) / len(values))


@dataclass
class Standing:
    """One valid bid on its way to a rank. `price` is what was quoted, `compared` what the formula takes."""

    key: str
    price: int
    quality: Decimal = Decimal(0)
    technical: Decimal = Decimal(0)
    compared: int = 0  # nought: as quoted
    price_points: Decimal = Decimal(0)
    total: Decimal = Decimal(0)
    rank: int = 0
    tie_broken_by: str = ""  # price, technical or draw: what set it after a bid that was its equal so far

    def __post_init__(self) -> None:
        self.compared = self.compared or self.price


# How the price counts. Each gives every bid its price points and total and returns what decides first.
def lowest_ratio(bids: Sequence[Standing], weight: Decimal) -> str:
    """Lowest ÷ this × weight, beside the experts' points."""
    lowest = min(bid.compared for bid in bids)
    for bid in bids:
        bid.price_points = price_score(bid.compared, lowest, weight)
        bid.total = bid.price_points + bid.quality
    return "score"


def fixed(bids: Sequence[Standing], weight: Decimal) -> str:
    """The price is given: only the experts' points count (Order 87, Article 55; 214:24)."""
    for bid in bids:
        bid.price_points, bid.total = Decimal(0), bid.quality
    return "score"


def lowest_price(bids: Sequence[Standing], weight: Decimal) -> str:
    """The lowest evaluated price of those that meet every requirement; points, if any were given, decide nothing."""
    for bid in bids:
        bid.price_points, bid.total = Decimal(0), bid.quality
    return "evaluated_price"


FORMULAS: dict[str, Callable[[Sequence[Standing], Decimal], str]] = {
    "lowest_ratio": lowest_ratio,
    "fixed": fixed,
    "lowest_price": lowest_price,
    "agreed": lowest_price,
}
KEYS: dict[str, Callable[[Standing], Any]] = {
    "score": lambda bid: -bid.total,
    "evaluated_price": lambda bid: bid.compared,
    "price": lambda bid: bid.price,
    "technical": lambda bid: -bid.technical,
}


def ranked(
    bids: Sequence[Standing],
    price_weight: Decimal,
    *,
    formula: str = "lowest_ratio",
    tie_order: Sequence[str] = ("score", "price", "technical"),
    seed: str = "",
    candidates: int = 1,
) -> list[Standing]:
    """Totals and ranks, best first. Equals are parted by `tie_order` (rule `tender.tie_order`).

    Bids equal in everything are drawn by lot where a candidate's place hangs on it, in the order of SHA-256 of
    "seed:key", so that anyone can draw again; below those places they share a rank (Order 87, Article 57).
    """
    first = FORMULAS[formula](bids, price_weight)
    names = [first, *(name for name in tie_order if name not in ("score", first))]

    def order(bid: Standing) -> tuple:
        return tuple(KEYS[name](bid) for name in names)

    in_order: list[Standing] = []
    for _key, equals in groupby(sorted(bids, key=order), key=order):
        group = list(equals)
        place = len(in_order) + 1
        is_drawn = len(group) > 1 and place <= candidates
        if is_drawn:
            group.sort(key=lambda bid: lot_of(seed, bid.key))
        for step, bid in enumerate(group):
            bid.rank = place + step if is_drawn else place
            bid.tie_broken_by = "draw" if is_drawn and step else ""
        in_order += group
    for before, bid in pairwise(in_order):
        if not bid.tie_broken_by and order(before)[0] == order(bid)[0] and order(before) != order(bid):
            bid.tie_broken_by = next(n for n in names if KEYS[n](before) != KEYS[n](bid))
    return in_order


def lot_of(seed: str, key: str) -> str:
    """The place in a draw of equals: smaller comes first."""
    return hashlib.sha256(f"{seed}:{key}".encode()).hexdigest()


@dataclass(frozen=True)
class Trigger:
    """Why a price is asked about: `code` mean, second or ceiling; `against` what it was held against, in fen."""

    code: str
    percent: int
    against: int


def abnormally_low(
    prices: Mapping[str, int], ceiling: int, rule: Mapping[str, Any], *, raised_to: int | None = None
) -> dict[str, list[Trigger]]:
    """Which of the compliant bids' raw prices must be asked about (财库〔2026〕2号, rule `tender.abnormal_low`).

    Strictly below the percentage: of the mean of all compliant bids; for the lowest, of the second lowest; of the
    ceiling. A tender's own file may raise the percentages, at most to the rule's. Exact, in whole numbers.
    """
    if raised_to is not None:
        raised_to = min(raised_to, int(rule["raised_at_most_percent"]))

    def percent(name: str) -> int:
        return max(int(rule[name]), raised_to or 0)

    found: dict[str, list[Trigger]] = {}

    def ask(key: str, code: str, name: str, against: Fraction) -> None:
        if prices[key] * HUNDRED < percent(name) * against:
            found.setdefault(key, []).append(Trigger(code, percent(name), int(against)))

    cheapest = sorted(prices, key=lambda key: prices[key])
    for key in cheapest:
        ask(key, "mean", "below_mean_percent", Fraction(sum(prices.values()), len(prices)))
    if len(cheapest) > 1:
        ask(cheapest[0], "second", "below_second_percent", Fraction(prices[cheapest[1]]))
    for key in cheapest:
        ask(key, "ceiling", "below_ceiling_percent", Fraction(ceiling))
    return found


def outliers(totals: Mapping[Any, Decimal], percent: Decimal) -> dict[Any, Decimal]:
    """Sheets whose total lies more than `percent` of the others' mean away from it; with that mean.

    One sheet alone, or two, can't be held against each other.
    """
    if len(totals) <= 2:
        return {}
    far = {}
    for key, total in totals.items():
        others = mean([value for other, value in totals.items() if other != key])
        if abs(total - others) * HUNDRED > others * percent:
            far[key] = others
    return far


def sums(rows: Iterable[tuple[Any, Decimal]]) -> dict[Any, Decimal]:
    """The sum of the points of each key."""
    totals: dict[Any, Decimal] = {}
    for key, points in rows:
        totals[key] = totals.get(key, Decimal(0)) + points
    return totals
