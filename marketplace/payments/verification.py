"""Payments against the ledger: what the bank paid stands there once, and nothing else does."""

from collections.abc import Iterator

from marketplace.ledger.models import Transfer

from .models import PaymentAttempt


def faults() -> Iterator[str]:
    """One sentence for each try whose transfers are not what its state says. Two statements."""
    posted = {
        key: (code, amount)
        for key, code, amount in Transfer.objects.filter(key__startswith="payment/").values_list(
            "key", "code", "amount"
        )
    }
    State = PaymentAttempt.State
    attempts = PaymentAttempt.objects.select_related("order").order_by("created_at", "pk")
    for attempt in attempts.iterator(2_000):
        was_paid = attempt.state in (State.PAID, State.RETURNED)
        came_back = attempt.state == State.RETURNED
        for key, code, is_expected in (
            (f"payment/{attempt.pk}", Transfer.Code.PAID, was_paid),
            (f"payment/{attempt.pk}/returned", Transfer.Code.RETURNED, came_back),
        ):
            found = posted.pop(key, None)
            wanted = (code, attempt.order.amount) if is_expected else None
            if found != wanted:
                yield (
                    f"payments_paymentattempt {attempt.pk} of order {attempt.order.number} is {attempt.state}: "
                    f"the ledger holds {found or 'no transfer'} under {key}"
                )
    for key in posted:
        yield f"a transfer under {key} belongs to no payment"
