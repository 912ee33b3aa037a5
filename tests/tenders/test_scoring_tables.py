"""Worked examples: scoring tables whose ranks were computed by hand. Prices in fen, points in Decimals."""

import hashlib
from decimal import Decimal

import pytest

from marketplace.tenders.scoring import Standing, abnormally_low, evaluated_price, mean, outliers, ranked

D = Decimal
WAN = 1_000_000  # ten thousand yuan in fen
RULE = {
    "below_mean_percent": 50,
    "below_second_percent": 50,
    "below_ceiling_percent": 45,
    "raised_at_most_percent": 65,
}


def table(*rows, **how):
    """key, price in wan, quality[, technical] → {key: (price points, total, rank, tie)}."""
    bids = [Standing(r[0], int(r[1] * WAN), D(str(r[2])), D(str(r[3])) if len(r) > 3 else D(0)) for r in rows]
    weight = D(str(how.pop("weight", 20)))
    return {b.key: (b.price_points, b.total, b.rank, b.tie_broken_by) for b in ranked(bids, weight, **how)}


def test_1_lowest_over_this_times_the_weight():
    # 40/40×20 = 20; 40/48×20 = 16.666… → 16.67; 40/50×20 = 16
    assert table(("a", 50, 76), ("b", 40, 70), ("c", 48, 74)) == {
        "a": (D("16.00"), D("92.00"), 1, ""),
        "c": (D("16.67"), D("90.67"), 2, ""),
        "b": (D("20.00"), D("90.00"), 3, ""),
    }


def test_2_the_highest_and_lowest_expert_are_never_dropped():
    # (60 + 78 + 80 + 82 + 100) / 5 = 80; without the extremes it would be 80 too, so shift one: 61 → 80.2
    assert mean([D(61), D(78), D(80), D(82), D(100)]) == D("80.20")
    assert mean([D(10), D(10), D(11)]) == D("10.33")


def test_3_a_fixed_price_earns_nothing():
    result = table(("a", 30, 88), ("b", 30, 91.5), ("c", 30, 79), formula="fixed", weight=0)
    assert [(key, row[2]) for key, row in result.items()] == [("b", 1), ("a", 2), ("c", 3)]
    assert result["b"][:2] == (D(0), D("91.5"))


def test_4_lowest_evaluated_price_whatever_the_points():
    result = table(("a", 52, 99), ("b", 49.5, 61), ("c", 50, 80), formula="lowest_price", tie_order=("price",))
    assert [(key, row[2]) for key, row in result.items()] == [("b", 1), ("c", 2), ("a", 3)]


def test_5_preference_for_a_small_enterprise_is_compared_not_paid():
    # 50 wan less 10% is 45 wan, below 46 wan: the small one is first; it is paid 50.
    small, big = Standing("small", 50 * WAN, compared=evaluated_price(50 * WAN, D(10))), Standing("big", 46 * WAN)
    first, second = ranked([big, small], D(0), formula="lowest_price", tie_order=("price",))
    assert (first.key, first.compared, first.price) == ("small", 45 * WAN, 50 * WAN)
    assert second.key == "big"


def test_6_preference_moves_the_price_points():
    # compared: 54 (60 less 10%) and 56; lowest 54: 54/54×30 = 30, 54/56×30 = 28.928… → 28.93
    bids = [
        Standing("big", 56 * WAN, D(60)),
        Standing("small", 60 * WAN, D(60), compared=evaluated_price(60 * WAN, D(10))),
    ]
    first, second = ranked(bids, D(30))
    assert (first.key, first.price_points, first.total) == ("small", D("30.00"), D("90.00"))
    assert (second.key, second.price_points, second.total) == ("big", D("28.93"), D("88.93"))


def test_7_equal_points_in_a_tender_the_lower_price_stands_before():
    # a: 40/50×20 = 16 + 74 = 90; b: 20 + 70 = 90
    result = table(("a", 50, 74), ("b", 40, 70), tie_order=("score", "price"))
    assert result == {"b": (D("20.00"), D("90.00"), 1, ""), "a": (D("16.00"), D("90.00"), 2, "price")}


def test_8_equal_points_and_price_in_a_consultation_the_better_plan_stands_before():
    result = table(("a", 40, 70, 45), ("b", 40, 70, 48), tie_order=("score", "price", "technical"))
    assert [(key, row[2], row[3]) for key, row in result.items()] == [("b", 1, ""), ("a", 2, "technical")]


def test_9_equal_in_everything_a_draw_that_anyone_can_repeat():
    result = table(("a", 40, 70), ("b", 40, 70), ("c", 45, 60), tie_order=("score", "price"), seed="s1")
    by_hand = sorted("ab", key=lambda key: hashlib.sha256(f"s1:{key}".encode()).hexdigest())
    assert [key for key, row in result.items() if row[2] == 1] == [by_hand[0]]
    assert (result[by_hand[1]][2], result[by_hand[1]][3]) == (2, "draw")
    assert result["c"][2] == 3


def test_10_equals_below_the_candidates_share_a_rank():
    rows = [("a", 40, 80), ("b", 40, 60), ("c", 40, 60), ("d", 40, 50)]
    result = table(*rows, tie_order=("score", "price"), candidates=1)
    assert {key: row[2] for key, row in result.items()} == {"a": 1, "b": 2, "c": 2, "d": 4}


def test_11_two_suppliers_in_a_consultation():
    # 30/30×10 = 10 + 82 = 92; 30/33×10 = 9.0909… → 9.09 + 83 = 92.09: the dearer one, by nine hundredths
    result = table(("a", 30, 82), ("b", 33, 83), weight=10, candidates=2)
    assert result == {"b": (D("9.09"), D("92.09"), 1, ""), "a": (D("10.00"), D("92.00"), 2, "")}


def test_12_an_excluded_bid_does_not_set_the_lowest_price():
    # With the 20 wan bid out, 40 is the lowest: a keeps 20 points instead of 10.
    assert table(("a", 40, 70), ("c", 48, 74))["a"] == (D("20.00"), D("90.00"), 2, "")
    assert table(("a", 40, 70), ("c", 48, 74), ("out", 20, 10))["a"][0] == D("10.00")


@pytest.mark.parametrize(
    ("prices", "ceiling", "expected"),
    [
        # mean of 100, 100, 100, 33 is 83.25: its half 41.625 > 33; second half 50 > 33; 45% of 110 is 49.5 > 33
        ({"a": 100, "b": 100, "c": 100, "low": 33}, 110, {"low": ["mean", "second", "ceiling"]}),
        # exactly half of the second lowest is not below it; 45% of 100 is 45, 50 is not below
        ({"a": 100, "low": 50}, 100, {}),
        ({"a": 100, "low": 49}, 100, {"low": ["second"]}),
        # everybody below 45% of the ceiling: all are asked
        ({"a": 44, "b": 44}, 100, {"a": ["ceiling"], "b": ["ceiling"]}),
        ({"a": 45, "b": 45}, 100, {}),
        # mean of 60, 60, 60, 20 is 50: 20 < 25 and < 30, not below 45% of 44 (19.8)
        ({"a": 60, "b": 60, "c": 60, "low": 20}, 44, {"low": ["mean", "second"]}),
        ({"only": 10}, 100, {"only": ["ceiling"]}),
    ],
)
def test_13_prices_low_enough_to_ask_about(prices, ceiling, expected):
    found = abnormally_low(prices, ceiling, RULE)
    assert {key: [trigger.code for trigger in triggers] for key, triggers in found.items()} == expected


def test_14_a_file_may_raise_the_percentages_but_only_so_far():
    prices = {"a": 100, "low": 60}
    assert abnormally_low(prices, 120, RULE) == {}
    raised = abnormally_low(prices, 120, RULE, raised_to=65)
    assert [trigger.code for trigger in raised["low"]] == ["second", "ceiling"]  # 60 < 65; 60 < 78; mean 80: 52 ≤ 60
    assert abnormally_low({"a": 100, "low": 66}, 100, RULE, raised_to=90) == {}, "not above the rule's 65"


def test_15_a_sheet_far_from_the_others():
    # a's others: (70+72)/2 = 71, 30% of it 21.3: 95 is 24 away; b's others: (95+72)/2 = 83.5, 70 is 13.5 away
    assert outliers({"a": D(95), "b": D(70), "c": D(72)}, D(30)) == {"a": D("71.00")}
    assert outliers({"a": D(95), "b": D(40)}, D(30)) == {}, "two can't be held against each other"
