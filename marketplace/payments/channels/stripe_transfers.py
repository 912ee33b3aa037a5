"""Payments to providers as transfers from the platform's balance to their connected accounts."""

from collections.abc import Iterator

from marketplace.payments.models import PaymentAttempt, PaymentBatch

from . import stripe_gateway as gateway
from .base import Answer, Carrier, Refused, Unreachable, Word


class StripeTransfers(Carrier):
    """One transfer a try. Its `transfer_group` is the end-to-end id, so that it can be found long after an idempotency
    key has been forgotten (Stripe keeps those for 24 hours)."""

    def carry(self, batch: PaymentBatch, attempts: list[PaymentAttempt]) -> Iterator[Answer]:
        for attempt in attempts:
            try:
                yield Answer([attempt], Word.PAID, reference=self._transfer(batch, attempt))
            except Refused as refusal:
                yield Answer([attempt], Word.FAILED, cause=str(refusal)[:300])

    def _transfer(self, batch: PaymentBatch, attempt: PaymentAttempt) -> str:
        destination, amount = attempt.account.number, attempt.order.amount
        found = gateway.find_transfer(attempt.end_to_end_id) if attempt.called_at else None
        if found is None:
            found = gateway.create_transfer(
                key=attempt.end_to_end_id,
                amount=amount,
                destination=destination,
                description=f"{attempt.order.number} {attempt.order.purpose}",
                metadata={"order": attempt.order.number, "batch": batch.number, "attempt": str(attempt.pk)},
            )
        if (found.amount, found.destination) != (amount, destination):
            raise Unreachable(f"{attempt.end_to_end_id} is {found.amount} to {found.destination} at Stripe")
        return found.id
