"""Interest on what was paid late: claimed by the payee or added by an officer, then paid like everything else."""

from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.ledger.actions import accrue_payable, commit_budget
from marketplace.ledger.models import BudgetLine
from marketplace.pages import clock
from marketplace.parties.models import User
from marketplace.payments import notices, policies
from marketplace.payments.interest import interest_due, left_to_order
from marketplace.payments.models import InterestClaim, PaymentOrder

from .orders import order_payment


def _locked_order(order: PaymentOrder) -> PaymentOrder:
    return (
        PaymentOrder.objects.select_for_update(of=("self",))
        .select_related("bureau", "payee", "line__bureau", "line__fund")
        .get(pk=order.pk)
    )


def _locked(claim: InterestClaim) -> InterestClaim:
    """The order first, then its claim: the lock order of this app."""
    order = _locked_order(claim.order)
    claim = InterestClaim.objects.select_for_update(of=("self",)).select_related("line").get(pk=claim.pk)
    claim.order = order
    return claim


def _new_claim(order: PaymentOrder, by: User) -> InterestClaim:
    """Raises ValidationError(code="not_late" | "claimed")."""
    if order.interest_claims.standing().exists():
        raise ValidationError(_("The interest on this payment has been claimed already."), code="claimed")
    interest = interest_due(order)
    if not interest.amount:
        raise ValidationError(
            _("Interest is owed on what has been paid after its last day, and only then."), code="not_late"
        )
    return InterestClaim(
        order=order,
        base=order.net,
        due_on=order.due_on,
        paid_on=interest.paid_on,
        days=interest.days,
        rate=interest.rate,
        amount=interest.amount,
        asked_by=by,
        asked_at=clock.now(),
    )


@transaction.atomic
def claim_interest(order: PaymentOrder, *, by: User) -> InterestClaim:
    """The payee asks for the interest on what came late, as the rule gives it; the bureau decides.

    Raises ValidationError(code="not_late" | "claimed").
    """
    order = _locked_order(order)
    authorise(policies.may_claim_interest, by, order)
    claim = _new_claim(order, by)
    claim.save(force_insert=True)

    record("interest.asked", claim, by=by, organisation=order.payee, order=order.number, amount=claim.amount)
    transaction.on_commit(partial(notices.tell_interest_claimed.enqueue, str(claim.pk)))
    return claim


@transaction.atomic
def agree_interest(claim: InterestClaim, *, line: BudgetLine, by: User) -> PaymentOrder:
    """The bureau owes it: promised and owed on `line`, and ordered; another officer approves the payment.

    Raises ValidationError(code="decided"), on `line` code="foreign_line" | "budget_short".
    """
    claim = _locked(claim)
    authorise(policies.may_decide_interest, by, claim.order)
    if claim.state != InterestClaim.State.ASKED:
        raise ValidationError(_("This claim has been decided already."), code="decided")
    claim.agree()
    return _owe(claim, line, by)


@transaction.atomic
def add_interest(order: PaymentOrder, *, line: BudgetLine, by: User) -> PaymentOrder:
    """The bureau pays the interest without being asked. Raises as `claim_interest` and `agree_interest` do."""
    order = _locked_order(order)
    authorise(policies.may_decide_interest, by, order)
    claim = _new_claim(order, by)
    claim.agree()
    return _owe(claim, line, by)


def _owe(claim: InterestClaim, line: BudgetLine, by: User) -> PaymentOrder:
    order = claim.order
    line = line.current()
    if line.bureau_id != order.bureau_id:
        raise ValidationError(
            {"line": ValidationError(_("The bureau that was late pays the interest."), code="foreign_line")}
        )
    claim.line, claim.decided_by, claim.decided_at = line, by, clock.now()
    claim.save()
    try:
        commit_budget(line, claim.amount, key=f"{claim.key}/commit", reference=claim.reference, by=by)
    except ValidationError as refusal:
        raise ValidationError({"line": refusal}) from refusal
    accrue_payable(line, order.payee, claim.amount, key=f"{claim.key}/accrue", reference=claim.reference, by=by)
    record("interest.granted", claim, by=by, organisation=order.bureau, order=order.number, amount=claim.amount)
    transaction.on_commit(partial(notices.tell_interest_decided.enqueue, str(claim.pk)))
    return _order(claim, claim.amount, by)


def _order(claim: InterestClaim, amount: int, by: User) -> PaymentOrder:
    return order_payment(
        claim.order.payee,
        amount,
        purpose=f"逾期利息：{claim.order.number} 逾期{claim.days}天",
        reference=claim.reference,
        key=f"{claim.key}/pay/{claim.payments.count() + 1}",
        line=claim.line,
        claim=claim,
        bears_interest=False,
        by=by,
    )


@transaction.atomic
def order_interest_again(claim: InterestClaim, *, by: User) -> PaymentOrder:
    """Order what is still owed of agreed interest: the order before was cancelled, or its money came back.

    Raises ValidationError(code="state") when nothing of it is left.
    """
    claim = _locked(claim)
    authorise(policies.may_decide_interest, by, claim.order)
    left = left_to_order(claim)
    if left <= 0:
        raise ValidationError(_("Nothing of this interest is left to be ordered."), code="state")
    return _order(claim, left, by)


@transaction.atomic
def refuse_interest(claim: InterestClaim, *, reason: str, by: User) -> InterestClaim:
    """The delay was not the bureau's, for instance the account was wrong. Raises ValidationError(code="decided" |
    "required")."""
    claim = _locked(claim)
    authorise(policies.may_decide_interest, by, claim.order)
    if claim.state != InterestClaim.State.ASKED:
        raise ValidationError(_("This claim has been decided already."), code="decided")
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Say why."), code="required")})
    claim.refuse()
    claim.reason, claim.decided_by, claim.decided_at = reason.strip()[:300], by, clock.now()
    claim.save(update_fields=["state", "reason", "decided_by", "decided_at"])

    record("interest.refused", claim, by=by, organisation=claim.order.bureau, order=claim.order.number)
    transaction.on_commit(partial(notices.tell_interest_decided.enqueue, str(claim.pk)))
    return claim
