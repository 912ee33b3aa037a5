"""The bank's answer: read, previewed, applied whole."""

import base64
import hashlib
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from marketplace.audit.actions import authorise, record
from marketplace.ledger.actions import post_payment, post_payment_returned
from marketplace.pages import clock
from marketplace.parties.models import Organisation, User
from marketplace.payments import notices, policies
from marketplace.payments.bankfiles import read_answer
from marketplace.payments.models import BankAnswer, PaymentAttempt, PaymentOrder
from marketplace.payments.queries import AnswerEffect, Change, answer_content, preview_answer


@transaction.atomic
def read_bank_answer(bureau: Organisation, file: Any, *, by: User) -> BankAnswer:
    """Keep the bank's file, unapplied, so that queries.preview_answer can show what it would change.

    `file` has `read()` and `name`. Raises ValidationError (on "file") when it can't be read at all.
    """
    authorise(policies.may_send, by, bureau)
    content = file.read()
    try:
        answer_format, _rows = read_answer(content)
    except ValidationError as refusal:
        raise ValidationError({"file": refusal}) from None

    answer = BankAnswer.objects.create(
        bureau=bureau,
        name=str(getattr(file, "name", "") or "answer").rsplit("/", 1)[-1][-120:],
        format=answer_format,
        sha256=hashlib.sha256(content).hexdigest(),
        content=base64.b64encode(content).decode(),
        read_by=by,
        read_at=clock.now(),
    )

    record("bank_answer.read", answer, by=by, organisation=bureau, sha256=answer.sha256)
    return answer


@transaction.atomic
def apply_bank_answer(answer: BankAnswer, *, by: User) -> BankAnswer:
    """Let every row have its effect, or none: paid orders are posted to the ledger, failed ones return to the queue.

    A row that says what is known already changes nothing, so the same answer may safely come twice.
    Raises ValidationError(code="faulty_rows" | "answer_closed").
    """
    answer = BankAnswer.objects.select_for_update(of=("self",)).select_related("bureau").get(pk=answer.pk)
    authorise(policies.may_send, by, answer.bureau)
    if answer.state != BankAnswer.State.READ:
        raise ValidationError(_("This answer was applied or discarded already."), code="answer_closed")
    named = [row.end_to_end_id for row in read_answer(answer_content(answer))[1]]
    # Orders before their tries, by primary key: the lock order of this app.
    orders = PaymentOrder.objects.filter(attempts__end_to_end_id__in=named, bureau=answer.bureau).order_by("pk")
    list(PaymentOrder.objects.select_for_update().filter(pk__in=orders.values("pk")).order_by("pk"))
    effects = preview_answer(answer)
    faulty = [effect for effect in effects if effect.fault]
    if faulty:
        raise ValidationError(
            ngettext(
                "One row is wrong: nothing was applied.", "%(count)s rows are wrong: nothing was applied.", len(faulty)
            ),
            code="faulty_rows",
            params={"count": len(faulty)},
        )

    for effect in effects:
        _carry_out(effect, answer, by)
    answer.apply()
    answer.applied_by = by
    answer.applied_at = clock.now()
    answer.paid = sum(effect.change == Change.PAID for effect in effects)
    answer.failed = sum(effect.change in (Change.FAILED, Change.RETURNED) for effect in effects)
    answer.save(update_fields=["state", "applied_by", "applied_at", "paid", "failed"])

    record(
        "bank_answer.applied",
        answer,
        by=by,
        organisation=answer.bureau,
        sha256=answer.sha256,
        paid=answer.paid,
        failed=answer.failed,
    )
    return answer


def _carry_out(effect: AnswerEffect, answer: BankAnswer, by: User) -> None:
    if effect.change == Change.NONE:
        return
    attempt = PaymentAttempt.objects.select_related("order__bureau", "order__payee", "order__line").get(
        pk=effect.attempt.pk
    )
    order, now = attempt.order, clock.now()
    attempt.answer, attempt.answered_at = answer, now
    attempt.bank_reference = effect.row.bank_reference or attempt.bank_reference
    money: dict[str, Any] = {"reference": order.reference, "line": order.line, "by": by}
    if effect.change == Change.PAID:
        post_payment(order.payee, order.amount, key=f"payment/{attempt.pk}", **money)
        attempt.pay()
        order.pay()
        order.paid_at, order.cause = now, ""
        event = "payment.paid"
    else:
        if effect.change == Change.RETURNED:
            post_payment_returned(order.payee, order.amount, key=f"payment/{attempt.pk}/returned", **money)
            attempt.come_back()
        else:
            attempt.fail()
        order.fail()
        attempt.cause = order.cause = effect.row.cause
        order.paid_at = None
        event = "payment.failed"
    attempt.save(update_fields=["state", "cause", "bank_reference", "answer", "answered_at"])
    order.save(update_fields=["state", "paid_at", "cause"])
    record(event, order, by=by, organisation=order.bureau, amount=order.amount, attempt=attempt.end_to_end_id)
    transaction.on_commit(partial(notices.tell_outcome.enqueue, str(order.pk)))


@transaction.atomic
def discard_bank_answer(answer: BankAnswer, *, by: User) -> BankAnswer:
    """It was the wrong file. Raises ValidationError(code="answer_closed")."""
    answer = BankAnswer.objects.select_for_update(of=("self",)).select_related("bureau").get(pk=answer.pk)
    authorise(policies.may_send, by, answer.bureau)
    if answer.state != BankAnswer.State.READ:
        raise ValidationError(_("This answer was applied or discarded already."), code="answer_closed")

    answer.discard()
    answer.save(update_fields=["state"])

    record("bank_answer.discarded", answer, by=by, organisation=answer.bureau, sha256=answer.sha256)
    return answer


@transaction.atomic
def import_bank_answer(bureau: Organisation, file: Any, *, by: User) -> BankAnswer:
    """Read and apply at once: for jobs and whoever has looked at the file elsewhere. All or nothing."""
    return apply_bank_answer(read_bank_answer(bureau, file, by=by), by=by)
