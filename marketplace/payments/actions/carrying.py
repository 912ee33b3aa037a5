"""Handing committed tries to their channel, and finishing after a crash what was begun before it.

Nothing is ever paid twice, wherever the process dies:

1. the try is committed (send_payments) before the channel hears of it;
2. `called_at` is committed before the call: from then on the channel may know the try;
3. the call carries the try's end-to-end id, under which the channel acts once;
4. the answer is committed after the call. Dead in between, the try is still unfinished: whoever finds it asks the
   channel about it, and hands it over again, under the same id, only when the channel has never heard of it.
"""

import datetime
import logging

from django.db import transaction
from django.db.models import Q
from django.tasks import task

from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.payments.channels import Answer, Unreachable, carrier_of
from marketplace.payments.channels.base import Word
from marketplace.payments.models import Change, PaymentAttempt, PaymentBatch

from .outcomes import Outcome, lock_tries, settle_tries

log = logging.getLogger("minfu.payments")
SERVICE = "payments"
PATIENCE = datetime.timedelta(seconds=60)  # a try that was called this long ago has lost its caller


@task
def carry_out(batch_id: str) -> None:
    """The batch's tries that we don't know the channel to have. Safe to run again, late, or twice at once."""
    carry_out_batch(PaymentBatch.objects.get(pk=batch_id))


def carry_out_batch(batch: PaymentBatch) -> int:
    """Hand over what is unfinished; how many tries were answered. What the channel left open waits for the next run."""
    carrier = carrier_of(batch.channel)
    if carrier is None:
        return 0
    tries = list(
        batch.attempts.unfinished().select_related("order__payee", "order__bureau", "account").order_by("order__number")
    )
    # `called_at` as it was before: set means that an earlier run may have reached the channel.
    PaymentAttempt.objects.filter(pk__in=[attempt.pk for attempt in tries], called_at=None).update(
        called_at=clock.now()
    )
    answered = 0
    try:
        for answer in carrier.carry(batch, tries):
            record_answer(answer)
            answered += len(answer.attempts)
    except Unreachable as fault:
        log.warning("batch %s: %s of %s tries answered: %s", batch.number, answered, len(tries), fault)
    return answered


@transaction.atomic
def record_answer(answer: Answer) -> None:
    """Commit what the channel said: it has them, and where it says so, what became of them."""
    lock_tries(answer.attempts)
    PaymentAttempt.objects.filter(pk__in=[attempt.pk for attempt in answer.attempts], handed_over_at=None).update(
        handed_over_at=clock.now(), channel_reference=answer.reference[:64]
    )
    if answer.word != Word.TAKEN:
        change = Change.PAID if answer.word == Word.PAID else Change.FAILED
        by = service_user(SERVICE)
        settle_tries((Outcome(attempt, change, answer.cause) for attempt in answer.attempts), by=by)


def finish_what_was_begun() -> int:
    """By the clock: every batch with tries whose caller is gone. Safe to run twice."""
    lost = PaymentAttempt.objects.unfinished().filter(
        Q(called_at__lt=clock.now() - PATIENCE) | Q(called_at=None, batch__made_at__lt=clock.now() - PATIENCE)
    )
    batches = PaymentBatch.objects.filter(pk__in=lost.values("batch")).order_by("made_at")
    return sum(carry_out_batch(batch) for batch in batches if carrier_of(batch.channel))
