"""Money that goes back: public money from a payee to the bureau, and a person's own money from an organisation.

Stripe's part follows the order of carrying.py: our intent is committed, `called_at` is committed, Stripe is called with
a key of ours, its answer is committed; who finds it unfinished asks first.
"""

import logging
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Sum
from django.tasks import task
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.ledger.actions import post_payment_returned, release_commitment, reverse_accrual
from marketplace.pages import clock
from marketplace.pages.money import format_yuan
from marketplace.parties.actions import service_user
from marketplace.parties.models import User
from marketplace.payments import policies
from marketplace.payments.channels import Refused, Unreachable
from marketplace.payments.channels import stripe_gateway as gateway
from marketplace.payments.models import (
    Channel,
    IncomingPayment,
    IncomingRefund,
    PaymentAttempt,
    PaymentOrder,
    Refund,
)

from .carrying import PATIENCE

log = logging.getLogger("minfu.payments")


def _check_amount(amount: Any, free: int) -> None:
    if isinstance(amount, bool) or not isinstance(amount, int) or amount <= 0:
        raise ValidationError({"amount": ValidationError(_("The amount must be more than zero."), code="amount")})
    if amount > free:
        raise ValidationError(
            {
                "amount": ValidationError(
                    _("Only ¥%(left)s of it can still go back."), code="too_much", params={"left": format_yuan(free)}
                )
            }
        )


@transaction.atomic
def refund_payment(
    order: PaymentOrder,
    amount: int,
    *,
    reason: str,
    key: str,
    by: User,
    bank_reference: str = "",
    is_still_owed: bool = False,
) -> Refund:
    """A payee gives back part or all of what it was paid; once per key.

    By the bank: the money has come, its reference proves it, the ledger is posted at once. By Stripe: the transfer is
    asked to be reversed, the ledger is posted when Stripe has done so. What `is_still_owed` stands as owed again, all
    else is available on its line again. Raises ValidationError(code="not_paid" | "too_much" | "amount" |
    "required" | "key_conflict" | "line_closed").
    """
    order = (
        PaymentOrder.objects.select_for_update(of=("self",))
        .select_related("bureau", "payee", "line__fund", "line__bureau")
        .get(pk=order.pk)
    )
    authorise(policies.may_refund, by, order)
    earlier = Refund.objects.filter(key=key).first()
    if earlier:
        if (earlier.order_id, earlier.amount) != (order.pk, amount):
            raise ValidationError(
                _("This key was used before for a different payment: nothing was ordered."), code="key_conflict"
            )
        return earlier
    if order.state != PaymentOrder.State.PAID:
        raise ValidationError(_("Only what was paid can come back."), code="not_paid")
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Say why."), code="required")})
    if order.channel == Channel.BANK_FILE and not bank_reference.strip():
        raise ValidationError(
            {"bank_reference": ValidationError(_("Name the bank's reference of the money that came."), code="required")}
        )
    asked = order.refunds.filter(state=Refund.State.ASKED).aggregate(sum=Sum("amount"))["sum"] or 0
    _check_amount(amount, order.amount - order.refunded - asked)

    refund = Refund.objects.create(
        order=order,
        amount=amount,
        reason=reason.strip(),
        channel=order.channel,
        key=key,
        is_still_owed=is_still_owed,
        channel_reference=bank_reference.strip()[:64],
        asked_by=by,
        asked_at=clock.now(),
    )
    record("payment.refund_asked", order, by=by, organisation=order.bureau, amount=amount)
    if refund.channel == Channel.BANK_FILE:
        return _complete(refund, order, reference=refund.channel_reference, by=by)
    transaction.on_commit(lambda: carry_refund.enqueue(str(refund.pk)))
    return refund


def _complete(refund: Refund, order: PaymentOrder, *, reference: str, by: User) -> Refund:
    """The money is back: treasury → payable, and unless it is still owed, on to what the line has available."""
    posting: dict[str, Any] = {"reference": order.reference, "by": by}
    post_payment_returned(order.payee, refund.amount, line=order.line, key=f"refund/{refund.pk}", **posting)
    if not refund.is_still_owed:
        reverse_accrual(order.line, order.payee, refund.amount, key=f"refund/{refund.pk}/reversed", **posting)
        release_commitment(order.line, refund.amount, key=f"refund/{refund.pk}/released", **posting)
    refund.complete()
    refund.done_at = clock.now()
    refund.channel_reference = reference[:64]
    refund.save(update_fields=["state", "done_at", "channel_reference"])
    order.refunded += refund.amount
    order.save(update_fields=["refunded"])
    record("payment.refunded", order, by=by, organisation=order.bureau, amount=refund.amount)
    return refund


@task
def carry_refund(refund_id: str) -> None:
    """Ask Stripe to reverse a transfer. Safe to run again, late, or twice at once."""
    refund = Refund.objects.select_related("order").get(pk=refund_id)
    if refund.state != Refund.State.ASKED or refund.channel != Channel.STRIPE:
        return
    paid = refund.order.attempts.get(state=PaymentAttempt.State.PAID)
    was_called = refund.called_at is not None
    Refund.objects.filter(pk=refund.pk, called_at=None).update(called_at=clock.now())
    try:
        found = gateway.find_reversal(paid.channel_reference, str(refund.pk)) if was_called else None
        found = found or gateway.reverse_transfer(
            paid.channel_reference, key=f"refund/{refund.pk}", amount=refund.amount, refund=str(refund.pk)
        )
        _answer_refund(refund, reference=found.id)
    except Refused as refusal:
        _answer_refund(refund, cause=str(refusal))
    except Unreachable as fault:
        log.warning("refund %s: %s", refund.pk, fault)


@transaction.atomic
def _answer_refund(refund: Refund, *, reference: str = "", cause: str = "") -> None:
    order = (
        PaymentOrder.objects.select_for_update(of=("self",))
        .select_related("bureau", "payee", "line__fund", "line__bureau")
        .get(pk=refund.order_id)
    )
    refund = Refund.objects.select_for_update().get(pk=refund.pk)
    if refund.state != Refund.State.ASKED:
        return
    by = service_user("payments")
    if reference:
        _complete(refund, order, reference=reference, by=by)
        return
    refund.fail()
    refund.cause = cause[:300]
    refund.save(update_fields=["state", "cause"])
    record("payment.refund_failed", order, by=by, organisation=order.bureau, amount=refund.amount)


@transaction.atomic
def refund_incoming(payment: IncomingPayment, amount: int, *, reason: str, by: User) -> IncomingRefund:
    """The organisation gives back part or all of what a person paid.

    Raises ValidationError(code="not_paid" | "too_much" | "amount" | "required").
    """
    payment = IncomingPayment.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=payment.pk)
    authorise(policies.may_refund_incoming, by, payment)
    if payment.state != IncomingPayment.State.PAID:
        raise ValidationError(_("Only what was paid can come back."), code="not_paid")
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Say why."), code="required")})
    asked = payment.refunds.filter(state=IncomingRefund.State.ASKED).aggregate(sum=Sum("amount"))["sum"] or 0
    _check_amount(amount, payment.amount - payment.refunded - asked)

    refund = IncomingRefund.objects.create(
        payment=payment, amount=amount, reason=reason.strip(), asked_by=by, asked_at=clock.now()
    )
    record("incoming_payment.refund_asked", payment, by=by, organisation=payment.organisation, amount=amount)
    transaction.on_commit(lambda: carry_incoming_refund.enqueue(str(refund.pk)))
    return refund


@task
def carry_incoming_refund(refund_id: str) -> None:
    """Ask Stripe to give it back: asks first whether it did already. Safe to run again, late, or twice at once."""
    refund = IncomingRefund.objects.select_related("payment").get(pk=refund_id)
    if refund.state != IncomingRefund.State.ASKED:
        return
    try:
        found = gateway.find_refund(refund.payment.intent, str(refund.pk)) or gateway.create_refund(
            refund.payment.intent, key=f"incoming-refund/{refund.pk}", amount=refund.amount, refund=str(refund.pk)
        )
        answer_incoming_refund(refund, name=found.id, status=found.status)
    except Refused as refusal:
        answer_incoming_refund(refund, name="", status="failed", cause=str(refusal))
    except Unreachable as fault:
        log.warning("incoming refund %s: %s", refund.pk, fault)


@transaction.atomic
def answer_incoming_refund(refund: IncomingRefund, *, name: str, status: str, cause: str = "") -> bool:
    """What Stripe says of a refund (succeeded, failed, pending …). True when that was news."""
    payment = (
        IncomingPayment.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=refund.payment_id)
    )
    refund = IncomingRefund.objects.select_for_update().get(pk=refund.pk)
    State = IncomingRefund.State
    if status == "succeeded" and refund.state == State.ASKED:
        refund.complete()
        refund.done_at = clock.now()
        payment.refunded += refund.amount
        event = "incoming_payment.refunded"
    elif status in ("failed", "canceled") and refund.state in (State.ASKED, State.DONE):
        if refund.state == State.DONE:
            payment.refunded -= refund.amount
        refund.fail()
        event = "incoming_payment.refund_failed"
    else:
        return False
    refund.refund, refund.cause = name or refund.refund, cause[:300]
    refund.save(update_fields=["state", "done_at", "refund", "cause"])
    payment.save(update_fields=["refunded"])
    record(event, payment, by=service_user("payments"), organisation=payment.organisation, amount=refund.amount)
    return True


def finish_refunds() -> None:
    """By the clock: refunds that were asked for and not answered."""
    lost = clock.now() - PATIENCE
    for refund in Refund.objects.filter(state=Refund.State.ASKED, asked_at__lt=lost, channel=Channel.STRIPE):
        carry_refund.call(str(refund.pk))
    for incoming in IncomingRefund.objects.filter(state=IncomingRefund.State.ASKED, asked_at__lt=lost):
        carry_incoming_refund.call(str(incoming.pk))
