"""What happens by the clock, how often, and through which verb. One table, one worker (`manage.py run_clock`)."""

from collections.abc import Callable
from dataclasses import dataclass

from contracts.actions import run_due_contracts
from marketplace.audit.actions import seal
from marketplace.tenders.actions import run_due_events


@dataclass(frozen=True)
class Job:
    """Run `act` every `seconds`. Each verb is safe to run twice, late, or after having been killed."""

    name: str
    seconds: int
    act: Callable[[], object]


JOBS = [
    Job("seal the audit trail and the ledger", 5, seal),
    Job("run the due events of tenders", 5, run_due_events),
    Job("begin contracts and publish their payments", 60, run_due_contracts),
]
