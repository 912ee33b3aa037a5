"""The eleven indicators. Six look at one process, five compare it or a party with all the others."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from .processes import Bid, Process, moment
from .statistics import lower_fence, quantile, upper_fence


class Group(StrEnum):
    """Whom a flag points at. The words are those of Cardinal's output."""

    PROCESS = "OCID"
    BUYER = "Buyer"
    PROCURING_ENTITY = "ProcuringEntity"
    TENDERER = "Tenderer"


class Indicator(StrEnum):
    SHORT_PERIOD = "R003"
    SINGLE_BID = "R018"
    CLOSE_PRICES = "R024"
    LOSES_OFTEN = "R025"
    SAME_PRICE = "R028"
    LATE_BID_WON = "R030"
    ALL_OTHERS_OUT = "R035"
    LOWEST_OUT = "R036"
    MANY_OUT = "R038"
    SELLS_EVERYTHING = "R048"
    DISTANT_PRICES = "R058"


@dataclass(frozen=True)
class Thresholds:
    """Where an indicator begins. None: found in the data by quartiles. Ratios are shares of one."""

    period_days: int = 15
    period_days_of: Mapping[str, int] = field(default_factory=dict)  # by procurementMethodDetails
    period_methods: frozenset[str] = frozenset()  # procurementMethod; empty: all
    single_bid_methods: frozenset[str] = frozenset({"open", "selective"})
    no_price_methods: frozenset[str] = frozenset()  # procurementMethodDetails where prices are set by the buyer
    left_out: frozenset[str] = frozenset()  # procurementMethodDetails that are no contest at all
    close_ratio: float | None = None
    often_percentile: int = 75
    success_ratio: float | None = None
    others_out: int = 1
    out_ratio: float | None = None
    least_bids: int = 2
    least_processes: int = 2
    class_digits: int = 2
    classes: int | None = None
    classes_least_processes: int = 20
    distant_ratio: float | None = None
    currency: str | None = None  # None: that of the first price


@dataclass
class Flags:
    """`found[group][id][indicator]` is the indicator's value; `linked[(ocid, indicator)]` the parties it points at."""

    found: dict[Group, dict[str, dict[Indicator, float]]] = field(default_factory=dict)
    linked: dict[tuple[str, Indicator], set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, group: Group, subject: str, indicator: Indicator, value: float) -> None:
        self.found.setdefault(group, {}).setdefault(subject, {})[indicator] = value

    def point_at(self, process: Process, party: str, indicator: Indicator, value: float) -> None:
        self.add(Group.TENDERER, party, indicator, value)
        self.linked[process.ocid, indicator].add(party)


def find_flags(
    releases: Iterable[Mapping[str, Any]],
    thresholds: Thresholds | None = None,
    only: Iterable[Indicator] | None = None,
) -> Flags:
    """Of compiled releases, one a process. Cancelled processes and those without an ocid are left out."""
    thresholds = thresholds or Thresholds()
    wanted = set(only if only is not None else Indicator)
    processes = [
        process
        for release in releases
        if (process := Process(release)).ocid
        and not process.is_cancelled
        and process.method_details not in thresholds.left_out
    ]
    flags = Flags()
    for indicator, find in FINDERS.items():
        if indicator in wanted:
            find(processes, thresholds, flags)
    return flags


def _short_period(processes: list[Process], thresholds: Thresholds, flags: Flags) -> None:
    for process in processes:
        if thresholds.period_methods and process.method not in thresholds.period_methods:
            continue
        start, end = moment(process.period.get("startDate")), moment(process.period.get("endDate"))
        least = thresholds.period_days_of.get(process.method_details or "", thresholds.period_days)
        if start and end and int((end - start).total_seconds() / 86_400) < least:
            flags.add(Group.PROCESS, process.ocid, Indicator.SHORT_PERIOD, 1.0)


def _single_bid(processes: list[Process], thresholds: Thresholds, flags: Flags) -> None:
    for process in processes:
        is_competitive = not thresholds.single_bid_methods or process.method in thresholds.single_bid_methods
        number = process.tender.get("numberOfTenderers")
        if is_competitive and number == 1 and not isinstance(number, bool):
            flags.add(Group.PROCESS, process.ocid, Indicator.SINGLE_BID, 1.0)


def _compares_prices(process: Process, thresholds: Thresholds) -> bool:
    return process.method_details not in thresholds.no_price_methods


def _same_price(processes: list[Process], thresholds: Thresholds, flags: Flags) -> None:
    for process in processes:
        if not _compares_prices(process, thresholds):
            continue
        before: dict[tuple, frozenset[str]] = {}
        for bid in process.submitted:
            if not bid.is_priced or not bid.tenderers:
                continue
            price, bidders = (bid.amount, bid.currency), frozenset(bid.tenderers)
            if before.get(price, bidders) != bidders:  # the same bidder may bid twice at one price
                flags.add(Group.PROCESS, process.ocid, Indicator.SAME_PRICE, 1.0)
                for party in bidders | before[price]:
                    flags.point_at(process, party, Indicator.SAME_PRICE, 1.0)
            before[price] = bidders


def _late_bid_won(processes: list[Process], thresholds: Thresholds, flags: Flags) -> None:
    for process in processes:
        end = process.period.get("endDate")
        if not isinstance(end, str):
            continue
        winners = {name for award in process.awards or [] if award.status == "active" for name in award.suppliers}
        for bid in process.bids or []:
            if bid.status == "valid" and bid.date is not None and _is_after(bid.date, end):
                for party in winners.intersection(bid.tenderers or ()):
                    flags.add(Group.PROCESS, process.ocid, Indicator.LATE_BID_WON, 1.0)
                    flags.point_at(process, party, Indicator.LATE_BID_WON, 1.0)


def _is_after(date: str, end: str) -> bool:
    """As moments where both are; else as they are written."""
    first, second = moment(date), moment(end)
    return first > second if first and second else date > end


def _all_others_out(processes: list[Process], thresholds: Thresholds, flags: Flags) -> None:
    for process in processes:
        if process.decided is None:
            continue
        winners = {name for award in process.decided for name in award.suppliers}
        valid, out = _bidders(process, "valid"), _bidders(process, "disqualified")
        others = len(out - valid)
        if len(valid) == 1 and valid == winners and others >= max(thresholds.others_out, 1):
            flags.add(Group.PROCESS, process.ocid, Indicator.ALL_OTHERS_OUT, float(others))
            flags.point_at(process, min(valid), Indicator.ALL_OTHERS_OUT, 0.0)


def _bidders(process: Process, status: str) -> set[str]:
    return {name for bid in process.bids or [] if bid.status == status for name in bid.tenderers or ()}


def _lowest_out(processes: list[Process], thresholds: Thresholds, flags: Flags) -> None:
    currency = thresholds.currency
    for process in processes:
        if not _compares_prices(process, thresholds):
            continue
        if not any(award.status == "active" for award in process.awards or []):
            continue
        priced = [bid for bid in process.submitted if bid.is_priced]
        currency = currency or next((bid.currency for bid in priced), None)
        comparable = [bid for bid in priced if bid.currency == currency]
        if not comparable or all(bid.status != "valid" for bid in comparable):
            continue
        if min(comparable, key=lambda bid: bid.amount).status == "disqualified":
            flags.add(Group.PROCESS, process.ocid, Indicator.LOWEST_OUT, 1.0)


@dataclass(frozen=True)
class _Margin:
    """How much more the next bidder asked than the winner, as a share of the winner's price."""

    process: Process
    winner: str
    next: str
    ratio: float


def _margins(processes: list[Process], thresholds: Thresholds) -> list[_Margin]:
    """Where one supplier won it all with the lowest price."""
    currency, found = thresholds.currency, []
    for process in processes:
        winner = process.sole_winner if _compares_prices(process, thresholds) else None
        if winner is None:
            continue
        priced = [bid for bid in process.bids or [] if bid.status == "valid" and bid.is_priced and bid.sole_tenderer]
        currency = currency or next((bid.currency for bid in priced), None)
        comparable = [bid for bid in priced if bid.currency == currency]
        won = _lowest(bid for bid in comparable if bid.sole_tenderer == winner)
        lost = _lowest(bid for bid in comparable if bid.sole_tenderer != winner)
        if won and lost and lost.amount >= won.amount > 0:
            ratio = float(lost.amount - won.amount) / float(won.amount)
            found.append(_Margin(process, winner, lost.sole_tenderer, ratio))
    return found


def _lowest(bids: Iterable[Bid]) -> Bid | None:
    return min(bids, key=lambda bid: bid.amount, default=None)


def _close_prices(processes: list[Process], thresholds: Thresholds, flags: Flags) -> None:
    margins = _margins(processes, thresholds)
    fence = thresholds.close_ratio
    if fence is None:
        fence = lower_fence(margin.ratio for margin in margins)
    for margin in margins:
        if margin.ratio <= fence and fence > 0:
            flags.add(Group.PROCESS, margin.process.ocid, Indicator.CLOSE_PRICES, margin.ratio)
            for party in (margin.winner, margin.next):
                flags.point_at(margin.process, party, Indicator.CLOSE_PRICES, 0.0)


def _distant_prices(processes: list[Process], thresholds: Thresholds, flags: Flags) -> None:
    margins = _margins(processes, thresholds)
    fence = thresholds.distant_ratio
    if fence is None:
        fence = upper_fence(margin.ratio for margin in margins)
    for margin in margins:
        if margin.ratio >= fence and fence > 0:
            flags.add(Group.PROCESS, margin.process.ocid, Indicator.DISTANT_PRICES, margin.ratio)
            flags.point_at(margin.process, margin.winner, Indicator.DISTANT_PRICES, 0.0)


def _loses_often(processes: list[Process], thresholds: Thresholds, flags: Flags) -> None:
    """Among those who bid most, who hardly ever wins: perhaps only there to make it look like a contest."""
    won: dict[str, int] = defaultdict(int)
    bid_for: dict[str, int] = defaultdict(int)
    for process in processes:
        winner = process.sole_winner
        if winner is None:
            continue
        for party in {bid.sole_tenderer for bid in process.bids or [] if bid.status == "valid"} - {None}:
            bid_for[party] += 1
            won[party] += party == winner
    often = quantile(bid_for.values(), thresholds.often_percentile / 100)
    ratios = {party: won[party] / number for party, number in bid_for.items()}
    fence = thresholds.success_ratio
    if fence is None:
        fence = lower_fence(ratios.values())
    for party, ratio in ratios.items():
        if bid_for[party] >= often and ratio <= fence and fence > 0:
            flags.add(Group.TENDERER, party, Indicator.LOSES_OFTEN, ratio)


def _many_out(processes: list[Process], thresholds: Thresholds, flags: Flags) -> None:
    """Whose bids, or bids to whom, are disqualified unusually often."""
    counts: dict[Group, dict[str, list[int]]] = {group: defaultdict(lambda: [0, 0]) for group in Group}
    for process in processes:
        submitted = process.submitted
        out = sum(bid.status == "disqualified" for bid in submitted)
        for group, party in ((Group.BUYER, process.buyer), (Group.PROCURING_ENTITY, process.procuring_entity)):
            if party is not None and submitted:
                counts[group][party][0] += out
                counts[group][party][1] += len(submitted)
        for bid in submitted:
            for party in bid.tenderers or ():
                counts[Group.TENDERER][party][0] += bid.status == "disqualified"
                counts[Group.TENDERER][party][1] += 1
    for group, parties in counts.items():
        least = thresholds.least_bids if group == Group.TENDERER else thresholds.least_processes
        ratios = {party: out / number for party, (out, number) in parties.items() if number >= least}
        fence = upper_fence(ratios.values()) if thresholds.out_ratio is None else thresholds.out_ratio
        for party, ratio in ratios.items():
            if ratio >= fence and fence > 0:
                flags.add(group, party, Indicator.MANY_OUT, ratio)


def _sells_everything(processes: list[Process], thresholds: Thresholds, flags: Flags) -> None:
    """Who is paid for an unusual variety of things."""
    classes: dict[str, set[str]] = defaultdict(set)
    seen: dict[str, set[str]] = defaultdict(set)
    for process in processes:
        for award in process.awards or []:
            if award.status == "active" and award.sole_supplier is not None and award.classes:
                seen[award.sole_supplier].add(process.ocid)
                classes[award.sole_supplier].update(name[: thresholds.class_digits] for name in award.classes)
    variety = {
        party: len(found) for party, found in classes.items() if len(seen[party]) >= thresholds.classes_least_processes
    }
    fence = upper_fence(variety.values()) if thresholds.classes is None else thresholds.classes
    for party, number in variety.items():
        if number >= fence:
            flags.add(Group.TENDERER, party, Indicator.SELLS_EVERYTHING, float(number))


FINDERS: dict[Indicator, Callable[[list[Process], Thresholds, Flags], None]] = {
    Indicator.SHORT_PERIOD: _short_period,
    Indicator.SINGLE_BID: _single_bid,
    Indicator.CLOSE_PRICES: _close_prices,
    Indicator.LOSES_OFTEN: _loses_often,
    Indicator.SAME_PRICE: _same_price,
    Indicator.LATE_BID_WON: _late_bid_won,
    Indicator.ALL_OTHERS_OUT: _all_others_out,
    Indicator.LOWEST_OUT: _lowest_out,
    Indicator.MANY_OUT: _many_out,
    Indicator.SELLS_EVERYTHING: _sells_everything,
    Indicator.DISTANT_PRICES: _distant_prices,
}
