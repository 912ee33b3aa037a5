"""What the clock finishes: payments, refunds and events whose process died or whose channel was out of reach."""

from .carrying import finish_what_was_begun
from .refunds import finish_refunds
from .webhooks import handle_events_left


def run_due_payments() -> None:
    """Safe to run twice, late, or after having been killed."""
    finish_what_was_begun()
    finish_refunds()
    handle_events_left()
