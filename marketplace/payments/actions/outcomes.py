"""What became of tries: the one place where a try and its order are paid, fail or come back.

Whoever learns of it (an answer file, a statement, Stripe's reply, Stripe's event) says it here; what is known already
changes nothing, so it may be said by several and in any order.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import transaction

from marketplace.audit.actions import record_all
from marketplace.ledger.actions import PaidOut, post_payment_returned, post_payments
from marketplace.pages import clock
from marketplace.parties.models import User
from marketplace.payments import notices
from marketplace.payments.models import BankAnswer, Change, PaymentAttempt, PaymentOrder

CHUNK = 500
FROM = {
    Change.PAID: PaymentAttempt.State.SENT,
    Change.FAILED: PaymentAttempt.State.SENT,
    Change.RETURNED: PaymentAttempt.State.PAID,
}


@dataclass(frozen=True)
class Outcome:
    """What a channel says of one try."""

    attempt: PaymentAttempt
    change: Change
    cause: str = ""
    reference: str = ""


def lock_tries(attempts: Iterable[PaymentAttempt]) -> dict[Any, PaymentAttempt]:
    """Hold the orders, then their tries, by primary key: the lock order of this app. Two statements."""
    wanted = [attempt.pk for attempt in attempts]
    orders = PaymentOrder.objects.filter(attempts__in=wanted).values("pk")
    held = {
        order.pk: order
        for order in PaymentOrder.objects.select_for_update(of=("self",))
        .filter(pk__in=orders)
        .select_related("bureau", "payee", "line__fund", "line__bureau")
        .order_by("pk")
    }
    tries = {}
    for attempt in PaymentAttempt.objects.select_for_update(of=("self",)).filter(pk__in=wanted).order_by("pk"):
        attempt.order = held[attempt.order_id]
        tries[attempt.pk] = attempt
    return tries


@transaction.atomic
def settle_tries(outcomes: Iterable[Outcome], *, by: User, answer: BankAnswer | None = None) -> int:
    """Let each outcome have its effect once; how many did. The ledger is posted with it, in constant statements."""
    outcomes = list(outcomes)
    held = lock_tries(outcome.attempt for outcome in outcomes)
    now = clock.now()
    changed: list[tuple[PaymentAttempt, Change]] = []
    for outcome in outcomes:
        attempt = held[outcome.attempt.pk]
        attempt.bank_reference = outcome.reference[:64] or attempt.bank_reference
        if FROM.get(outcome.change) != attempt.state:
            continue
        attempt.answer, attempt.answered_at = answer, now
        attempt.handed_over_at = attempt.handed_over_at or now
        _move(attempt, outcome)
        attempt.order.paid_at = now if outcome.change == Change.PAID else None
        changed.append((attempt, outcome.change))
    _post(changed, by)
    tries = [attempt for attempt, _change in changed]
    PaymentAttempt.objects.bulk_update(
        tries, ["state", "cause", "bank_reference", "answer", "answered_at", "handed_over_at"], batch_size=CHUNK
    )
    PaymentOrder.objects.bulk_update(
        [attempt.order for attempt in tries], ["state", "paid_at", "cause"], batch_size=CHUNK
    )
    _record(changed, by)
    if tries:
        transaction.on_commit(partial(notices.tell_outcomes.enqueue, [str(attempt.order_id) for attempt in tries]))
    return len(changed)


def _move(attempt: PaymentAttempt, outcome: Outcome) -> None:
    order = attempt.order
    if outcome.change == Change.PAID:
        attempt.pay()
        order.pay()
        order.cause = ""
        return
    if outcome.change == Change.RETURNED:
        attempt.come_back()
    else:
        attempt.fail()
    order.fail()
    attempt.cause = order.cause = outcome.cause[:300]


def _post(changed: list[tuple[PaymentAttempt, Change]], by: User) -> None:
    paid = [
        PaidOut(
            line=attempt.order.line,
            payee=attempt.order.payee,
            amount=attempt.order.amount,
            reference=attempt.order.reference,
            key=f"payment/{attempt.pk}",
        )
        for attempt, change in changed
        if change == Change.PAID
    ]
    if paid:
        post_payments(paid, by=by)
    for attempt, change in changed:
        if change == Change.RETURNED:
            order = attempt.order
            post_payment_returned(
                order.payee,
                order.amount,
                line=order.line,
                reference=order.reference,
                key=f"payment/{attempt.pk}/returned",
                by=by,
            )


def _record(changed: list[tuple[PaymentAttempt, Change]], by: User) -> None:
    bureaus = {attempt.order.bureau for attempt, _change in changed}
    for bureau in sorted(bureaus, key=lambda bureau: bureau.pk):
        for event, wanted in (("payment.paid", True), ("payment.failed", False)):
            subjects = [
                (attempt.order, {"amount": attempt.order.amount, "attempt": attempt.end_to_end_id})
                for attempt, change in changed
                if attempt.order.bureau_id == bureau.pk and (change == Change.PAID) is wanted
            ]
            record_all(event, subjects, by=by, organisation=bureau)
