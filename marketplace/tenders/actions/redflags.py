"""Red flags are looked for with what only tenders know: how long each method must stay open."""

from marketplace.parties.actions import service_user
from marketplace.parties.models import User
from marketplace.redflags.actions import refresh_flags
from marketplace.rules.queries import UnknownRule, resolve

from ..chinese import in_chinese
from ..models import Tender


def refresh_red_flags(*, by: User | None = None) -> int:
    """By the clock, several times a day. Returns how many signs stand."""
    return refresh_flags(by=by or service_user("redflags"), period_days_of=least_days())


@in_chinese
def least_days() -> dict[str, int]:
    """Days (or working days: fewer never are a sign) by the method's name as we publish it."""
    found = {}
    for method in Tender.Method:
        try:
            found[str(method.label)] = int(resolve("tender.bid_period", method=method).value or 0)
        except UnknownRule:
            continue
    return found
