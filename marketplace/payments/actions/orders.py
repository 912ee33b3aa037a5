"""The bureau means to pay: ordered by one officer, approved by another."""

import datetime
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.ledger.models import Account, BudgetLine
from marketplace.ledger.queries import owing_line, payable_on
from marketplace.pages import clock
from marketplace.pages.money import MOST_FEN, format_yuan
from marketplace.parties.actions import next_number
from marketplace.parties.models import Organisation, User
from marketplace.payments import notices, policies
from marketplace.payments.interest import due_on
from marketplace.payments.models import InterestClaim, PaymentAttempt, PaymentOrder


@transaction.atomic
def order_payment(
    payee: Organisation,
    amount: int,
    *,
    purpose: str,
    reference: str,
    key: str,
    by: User,
    line: BudgetLine | None = None,
    accepted_on: datetime.date | None = None,
    invoiced_on: datetime.date | None = None,
    agreed_days: int | None = None,
    bears_interest: bool = True,
    claim: InterestClaim | None = None,
) -> PaymentOrder:
    """Order that `amount` fen of what is owed to the payee be paid; once per key.

    The debt must stand in the ledger first (accrue_payable or post_vouchers_settled under the same `reference`, or
    on `line`). The same key with the same content returns the first order. What was accepted on `accepted_on` (default:
    today) is due on `interest.due_on`. `bears_interest`: whether paying late costs anything; `claim`: the interest
    that it pays.
    Raises ValidationError(code="nothing_owed" | "which_line" | "more_than_owed" | "amount" | "key_conflict").
    """
    if isinstance(amount, bool) or not isinstance(amount, int) or not 0 < amount <= MOST_FEN:
        raise ValidationError({"amount": ValidationError(_("The amount must be more than zero."), code="amount")})
    if earlier := _find_earlier(payee, amount, reference, key):
        return earlier
    owing = owing_line(payee, reference, line=line)
    authorise(policies.may_order, by, owing.bureau)
    # Orders for one debt go one at a time: whoever holds its account sees every earlier order.
    Account.objects.select_for_update().get(kind=Account.Kind.PAYABLE, line=owing, organisation=payee)
    if earlier := _find_earlier(payee, amount, reference, key):
        return earlier
    ordered = PaymentOrder.objects.unsettled().filter(line=owing, payee=payee).aggregate(sum=Sum("amount"))["sum"] or 0
    free = payable_on(owing, payee) - ordered
    if amount > free:
        raise ValidationError(
            _("Only ¥%(left)s is owed to %(payee)s and not ordered yet."),
            code="more_than_owed",
            params={"left": format_yuan(max(free, 0)), "payee": payee},
        )

    now = clock.now()
    year = now.astimezone(clock.SHANGHAI).year
    order = PaymentOrder.objects.create(
        bureau=owing.bureau,
        number=f"ZF{year}-{next_number(owing.bureau, 'payment', year):05d}",
        line=owing,
        payee=payee,
        amount=amount,
        purpose=purpose.strip()[:120],
        reference=reference,
        key=key,
        ordered_by=by,
        ordered_at=now,
        due_on=due_on(accepted_on or clock.today(), invoiced_on=invoiced_on, agreed_days=agreed_days),
        bears_interest=bears_interest,
        claim=claim,
    )

    record("payment.ordered", order, by=by, organisation=owing.bureau, amount=amount, reference=reference)
    transaction.on_commit(partial(notices.tell_order_waits.enqueue, str(order.pk)))
    return order


def _find_earlier(payee: Organisation, amount: int, reference: str, key: str) -> PaymentOrder | None:
    earlier = PaymentOrder.objects.filter(key=key).first()
    if earlier and (earlier.payee_id, earlier.amount, earlier.reference) != (payee.pk, amount, reference):
        raise ValidationError(
            _("This key was used before for a different payment: nothing was ordered."), code="key_conflict"
        )
    return earlier


def _locked(order: PaymentOrder) -> PaymentOrder:
    return (
        PaymentOrder.objects.select_for_update(of=("self",))
        .select_related("bureau", "payee", "ordered_by")
        .get(pk=order.pk)
    )


@transaction.atomic
def approve_payment(order: PaymentOrder, *, by: User) -> PaymentOrder:
    """A second officer agrees: draft → to be sent. Raises ValidationError(code="not_waiting")."""
    order = _locked(order)
    authorise(policies.may_approve_order, by, order)
    if order.state != PaymentOrder.State.DRAFT:
        raise ValidationError(_("This order does not wait for approval."), code="not_waiting")

    order.approve()
    order.approved_by = by
    order.approved_at = clock.now()
    order.save(update_fields=["state", "approved_by", "approved_at"])

    record("payment.approved", order, by=by, organisation=order.bureau, amount=order.amount)
    return order


@transaction.atomic
def requeue_payment(order: PaymentOrder, *, by: User) -> PaymentOrder:
    """Put a failed order back to be sent again. Raises ValidationError(code="not_failed")."""
    order = _locked(order)
    authorise(policies.may_send, by, order.bureau)
    if order.state != PaymentOrder.State.FAILED:
        raise ValidationError(_("Only a failed order can be sent again."), code="not_failed")

    order.requeue()
    order.save(update_fields=["state"])

    record("payment.requeued", order, by=by, organisation=order.bureau, amount=order.amount)
    return order


@transaction.atomic
def cancel_payment(order: PaymentOrder, *, reason: str, by: User) -> PaymentOrder:
    """Give the order up while nothing of it is at the bank; the debt stays. Raises ValidationError(code="at_bank")."""
    order = _locked(order)
    authorise(policies.may_cancel_order, by, order)
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Say why."), code="required")})
    at_the_bank = order.attempts.filter(state=PaymentAttempt.State.SENT).exists()
    if at_the_bank or order.state in (PaymentOrder.State.SENT, PaymentOrder.State.PAID, PaymentOrder.State.CANCELLED):
        raise ValidationError(_("This order can't be cancelled any more."), code="at_bank")

    order.cancel()
    order.cause = reason.strip()[:300]
    order.save(update_fields=["state", "cause"])

    record("payment.cancelled", order, by=by, organisation=order.bureau, amount=order.amount)
    return order
