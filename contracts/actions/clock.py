"""What happens to contracts by the clock."""

from marketplace.parties.actions import service_user

from .delivery import publish_payments
from .signing import begin_due_contracts

CLOCK = "contracts' clock"


def run_due_contracts() -> int:
    """Begin contracts whose first day has come, publish what the bank has paid; how many. Safe to run twice."""
    by = service_user(CLOCK)
    return begin_due_contracts(by=by) + publish_payments(by=by)
