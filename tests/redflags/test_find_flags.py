"""The eleven indicators against Cardinal's own inputs and expected outputs, which are not part of this repository."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from marketplace.redflags.finding import Group, Indicator, Thresholds, find_flags
from marketplace.redflags.statistics import quantile

CASES = Path(__file__).parents[3] / "shared" / "standards" / "ocds" / "red-flags"
USUAL = Thresholds(no_price_methods=frozenset({"NPC"}), left_out=frozenset({"EXC"}))  # Cardinal's tests run with these
# What the name of a case asks for beyond them.
SETTINGS = {
    "R003-procurement_method_details-x-5-y-10": replace(USUAL, period_days_of={"x": 5, "y": 10}),
    "R003-procurement_methods-open+selective": replace(USUAL, period_methods=frozenset({"open", "selective"})),
    "R003-threshold-10": replace(USUAL, period_days=10),
    "R048-minimum_contracting_processes-1": replace(USUAL, classes_least_processes=1),
}
NAMES = [
    *("R003", "R018", "R024", "R025", "R028", "R030", "R035", "R036", "R038", "R038-tenderer", "R058"),
    *SETTINGS,
]


@pytest.mark.parametrize("name", NAMES)
def test_the_outputs_are_cardinals(name):
    if not CASES.exists():
        pytest.skip("Cardinal's cases lie outside the repository (../shared/standards/ocds/red-flags)")
    releases = [json.loads(line) for line in (CASES / f"{name}.jsonl").read_text().splitlines() if line]
    expected = json.loads((CASES / f"{name}.expected").read_text())

    flags = find_flags(releases, SETTINGS.get(name, USUAL), only=[Indicator(name[:4])])

    found = {
        str(group): {id_: {str(i): v for i, v in by.items()} for id_, by in ids.items()}
        for group, ids in flags.found.items()
    }
    assert found == expected


def contest(ocid, *bids, winner=None, **tender):
    """A process with bids of (bidder, price, status), awarded to one of them."""
    return {
        "ocid": ocid,
        "tender": tender,
        "bids": {
            "details": [
                {"status": status, "tenderers": [{"id": name}], "value": {"amount": price, "currency": "CNY"}}
                for name, price, status in bids
            ]
        },
        "awards": [{"status": "active", "suppliers": [{"id": winner}]}] if winner else [],
    }


def test_a_short_period_and_a_single_bid_are_seen():
    period = {"startDate": "2026-03-01T09:00:00+08:00", "endDate": "2026-03-10T09:00:00+08:00"}
    release = contest("1", tenderPeriod=period, procurementMethod="open", numberOfTenderers=1)

    flags = find_flags([release])

    assert flags.found == {Group.PROCESS: {"1": {Indicator.SHORT_PERIOD: 1.0, Indicator.SINGLE_BID: 1.0}}}


def test_equal_prices_point_at_both_bidders():
    flags = find_flags([contest("1", ("a", 5, "valid"), ("b", 5, "valid"), winner="a")], only=[Indicator.SAME_PRICE])

    assert flags.linked == {("1", Indicator.SAME_PRICE): {"a", "b"}}


def test_all_others_disqualified_and_the_lowest_among_them():
    release = contest("1", ("a", 9, "valid"), ("b", 5, "disqualified"), ("c", 6, "disqualified"), winner="a")

    flags = find_flags([release], only=[Indicator.ALL_OTHERS_OUT, Indicator.LOWEST_OUT])

    assert flags.found[Group.PROCESS]["1"] == {Indicator.ALL_OTHERS_OUT: 2.0, Indicator.LOWEST_OUT: 1.0}


def test_a_bid_after_the_deadline_is_late_in_whatever_zone_it_is_written():
    release = contest("1", ("a", 5, "valid"), winner="a", tenderPeriod={"endDate": "2026-03-10T09:00:00+08:00"})
    release["bids"]["details"][0]["date"] = "2026-03-10T00:59:00Z"
    assert not find_flags([release], only=[Indicator.LATE_BID_WON]).found

    release["bids"]["details"][0]["date"] = "2026-03-10T01:01:00Z"
    assert find_flags([release], only=[Indicator.LATE_BID_WON]).found[Group.TENDERER] == {
        "a": {Indicator.LATE_BID_WON: 1.0}
    }


@pytest.mark.parametrize(
    "release",
    [
        {"ocid": "1", "tender": None, "bids": [], "awards": {}},
        {"ocid": "1", "tender": {"tenderPeriod": {"startDate": 5, "endDate": "soon"}, "numberOfTenderers": True}},
        {"ocid": "1", "bids": {"details": [None, "bid", {"status": "valid", "value": 5, "tenderers": [{}, None]}]}},
        {"ocid": 1},
        {},
    ],
)
def test_broken_data_raises_no_flag_and_no_error(release):
    assert not find_flags([release]).found


def test_quartiles_are_median_unbiased():
    """Type 8 for 1…10: the first quartile lies at place (10 + 1/3)/4 + 1/3 = 2 11/12."""
    assert quantile(range(1, 11), 0.25) == pytest.approx(2 + 11 / 12)
    assert quantile(range(1, 11), 0.75) == pytest.approx(8 + 1 / 12)
