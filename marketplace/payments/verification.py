"""Payments against the ledger: what the bank paid stands there once, and nothing else does."""

from collections.abc import Iterator

from marketplace.ledger.models import Transfer

from .models import InterestClaim, PaymentAttempt


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
    yield from _faults_of_interest()


def _faults_of_interest() -> Iterator[str]:
    """One sentence for each claim whose debt is not what it says. Two statements."""
    accrued = Transfer.objects.filter(key__startswith="interest/", code=Transfer.Code.ACCRUED)
    owed = dict(accrued.values_list("key", "amount"))
    agreed = InterestClaim.objects.filter(state=InterestClaim.State.AGREED).order_by("asked_at", "pk")
    for claim in agreed.iterator(2_000):
        found = owed.pop(f"{claim.key}/accrue", 0)
        if found != claim.amount:
            yield f"payments_interestclaim {claim.pk} says {claim.amount} fen, the ledger owes {found}"
    for key in owed:
        yield f"a transfer under {key} belongs to no claim of interest"
