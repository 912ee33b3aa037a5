"""The payment order on paper, with the bureau's seal, for its books. Accounts are masked: in full only the bank's file
has them."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages.amounts import amount_in_words
from marketplace.papers.actions import print_paper, sign_paper
from marketplace.papers.models import Paper
from marketplace.papers.policies import may_sign
from marketplace.parties.models import User
from marketplace.payments import policies
from marketplace.payments.models import PayeeAccount, PaymentOrder

KIND = "payment-order"


@transaction.atomic
def print_order(order: PaymentOrder, *, by: User) -> Paper:
    """Print an approved order; sealed at once when `by` may sign for the bureau. An unchanged order keeps its paper.

    Raises ValidationError(code="not_approved"): before the second officer's word there is nothing to hand out.
    """
    order = (
        PaymentOrder.objects.select_for_update(of=("self",))
        .select_related("bureau", "payee", "line__fund", "ordered_by", "approved_by")
        .get(pk=order.pk)
    )
    authorise(policies.may_print_order, by, order)
    if order.approved_by_id is None or order.state == PaymentOrder.State.CANCELLED:
        raise ValidationError(_("Only an approved order is printed."), code="not_approved")
    paper = Paper.objects.of(order, KIND).first()
    if paper is None or paper.issued_at < order.approved_at:
        accounts = PayeeAccount.objects.in_force()
        paper = print_paper(
            KIND,
            "payments/order_paper.html",
            {
                "order": order,
                "words": amount_in_words(order.amount),
                "payee_account": accounts.filter(organisation=order.payee).first(),
                "payer_account": accounts.filter(organisation=order.bureau).first(),
            },
            title=f"付款单 {order.number}",
            about=order,
            organisation=order.bureau,
            by=by,
        )
        record("payment.printed", order, by=by, organisation=order.bureau, code=paper.code)
    if may_sign(by, order.bureau, by) and not paper.signatures.filter(organisation=order.bureau).exists():
        reason = f"付款 {order.number}"
        sign_paper(paper, signer=by, organisation=order.bureau, reason=reason, place="seal-bureau", by=by)
        paper = Paper.objects.get(pk=paper.pk)
    return paper
