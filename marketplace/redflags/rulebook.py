"""Where an indicator begins, from the rule book."""

from typing import Any

from marketplace.rules.models import Rule
from marketplace.rules.queries import UnknownRule, resolve

from .finding import Thresholds

# Rows that say nothing (value empty) leave the border to the data itself: its quartiles.
KEYS = {
    "period_days": "redflag.submission_period",
    "close_ratio": "redflag.close_prices",
    "success_ratio": "redflag.success_rate",
    "often_percentile": "redflag.frequent_bidder",
    "others_out": "redflag.others_disqualified",
    "out_ratio": "redflag.disqualified_share",
    "least_bids": "redflag.least_bids",
    "least_processes": "redflag.least_processes",
    "class_digits": "redflag.class_digits",
    "classes": "redflag.variety",
    "classes_least_processes": "redflag.variety_least_processes",
    "distant_ratio": "redflag.distant_prices",
}
WHOLE = {"period_days", "often_percentile", "others_out", "least_bids", "least_processes", "class_digits", "classes"}
WHOLE.add("classes_least_processes")


def row(key: str) -> Rule | None:
    try:
        return resolve(key)
    except UnknownRule:
        return None


def thresholds(period_days_of: dict[str, int] | None = None) -> Thresholds:
    """As the rules stand today. `period_days_of`: days by procurementMethodDetails, for methods whose law we know."""
    found: dict[str, Any] = {}
    for name, key in KEYS.items():
        rule = row(key)
        if rule is not None and rule.value is not None:
            found[name] = int(rule.value) if name in WHOLE else float(rule.value)
    return Thresholds(**found, period_days_of=period_days_of or {})
