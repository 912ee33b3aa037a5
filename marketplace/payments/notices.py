"""Who is told what about money, after commit."""

from django.tasks import task
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.messages.actions import tell
from marketplace.pages.money import format_yuan
from marketplace.parties.models import Organisation, Role, User

from .models import IncomingPayment, InterestClaim, PayeeAccount, PaymentOrder


def _holders(organisation: Organisation, *roles: Role) -> list[User]:
    return list(
        User.objects.filter(
            memberships__organisation=organisation,
            memberships__role__in=roles,
            memberships__ended_at=None,
            is_active=True,
        ).distinct()
    )


@task
def tell_account_requested(account_id: str) -> None:
    """Everyone who handles the organisation's money learns of a change before it can take effect."""
    account = PayeeAccount.objects.select_related("organisation").get(pk=account_id)
    tell(
        _holders(account.organisation, Role.OWNER, Role.FINANCE, Role.SIGNATORY),
        subject=_("A new bank account was entered for %(organisation)s"),
        body=_(
            "%(bank)s, account ending in %(tail)s. It takes effect only after a second person has approved it. "
            "If you know nothing of this, refuse it at once and call the bureau."
        ),
        context={"organisation": account.organisation, "bank": account.bank, "tail": account.tail},
        url=account.get_absolute_url(),
        about=account,
        key=f"account/{account.pk}/requested",
    )


@task
def tell_account_decided(account_id: str) -> None:
    account = PayeeAccount.objects.select_related("organisation").get(pk=account_id)
    is_approved = account.state == PayeeAccount.State.APPROVED
    tell(
        _holders(account.organisation, Role.OWNER, Role.FINANCE, Role.SIGNATORY),
        subject=_("The new bank account was approved") if is_approved else _("The new bank account was refused"),
        body=_("%(bank)s, account ending in %(tail)s. Money goes there once it has taken effect: see its page.")
        if is_approved
        else _("%(bank)s, account ending in %(tail)s. Reason: %(reason)s. The account so far stays in force."),
        context={"bank": account.bank, "tail": account.tail, "reason": account.refusal},
        url=account.get_absolute_url(),
        about=account,
        key=f"account/{account.pk}/{account.state}",
    )


@task
def tell_order_waits(order_id: str) -> None:
    order = PaymentOrder.objects.select_related("bureau", "payee").get(pk=order_id)
    people = [user for user in _holders(order.bureau, Role.FINANCE, Role.APPROVER) if user.pk != order.ordered_by_id]
    tell(
        people,
        subject=_("A payment waits for your approval: %(number)s"),
        body=_("¥%(amount)s to %(payee)s for %(purpose)s."),
        context={
            "number": order.number,
            "amount": format_yuan(order.amount),
            "payee": order.payee,
            "purpose": order.purpose,
        },
        url=order.get_absolute_url(),
        about=order,
        key=f"order/{order.pk}/waits",
    )


@task
def tell_outcomes(order_ids: list[str]) -> None:
    """The payee learns that money came; the bureau's finance that it did not, and why."""
    for order in PaymentOrder.objects.filter(pk__in=order_ids).select_related("bureau", "payee").order_by("pk"):
        _tell_outcome(order)


def _tell_outcome(order: PaymentOrder) -> None:
    facts = {
        "number": order.number,
        "amount": format_yuan(order.amount),
        "payee": order.payee,
        "bureau": order.bureau,
        "purpose": order.purpose,
        "cause": order.cause,
    }
    key = f"order/{order.pk}/{order.state}/{order.attempts.count()}"
    if order.state == PaymentOrder.State.PAID:
        tell(
            _holders(order.payee, Role.OWNER, Role.FINANCE),
            subject=_("¥%(amount)s has been paid to you"),
            body=_("%(bureau)s paid order %(number)s: %(purpose)s."),
            context=facts,
            url=order.get_absolute_url(),
            about=order,
            key=key,
        )
    elif order.state == PaymentOrder.State.FAILED:
        tell(
            _holders(order.bureau, Role.FINANCE),
            subject=_("A payment failed: %(number)s"),
            body=_("¥%(amount)s to %(payee)s came back: %(cause)s. Mend the cause, then send it again."),
            context=facts,
            url=order.get_absolute_url(),
            about=order,
            key=key,
        )
        tell(
            _holders(order.payee, Role.OWNER, Role.FINANCE),
            subject=_("A payment to you did not arrive"),
            body=_("¥%(amount)s of %(bureau)s (%(number)s) came back: %(cause)s. Check your account details."),
            context=facts,
            url=order.get_absolute_url(),
            about=order,
            key=key,
        )


@task
def tell_incoming(payment_id: str) -> None:
    """The organisation learns that somebody paid it; who, only its own page says."""
    payment = IncomingPayment.objects.select_related("organisation").get(pk=payment_id)
    is_gift = payment.kind == IncomingPayment.Kind.DONATION
    tell(
        _holders(payment.organisation, Role.OWNER, Role.FINANCE),
        subject=_("A gift of ¥%(amount)s has come") if is_gift else _("¥%(amount)s was paid by a resident"),
        body=_("Number %(number)s. Stripe pays it out to your bank account."),
        context={"number": payment.number, "amount": format_yuan(payment.amount)},
        url=reverse("payments:incoming_list"),
        about=payment,
        key=f"incoming/{payment.pk}/paid",
    )


@task
def tell_interest_claimed(claim_id: str) -> None:
    """Those of the bureau who may decide it."""
    claim = _claim(claim_id)
    tell(
        _holders(claim.order.bureau, Role.OFFICER, Role.FINANCE),
        subject=_("%(payee)s claims late-payment interest"),
        body=_("¥%(amount)s for %(days)s days on order %(number)s. Agree to it, or say why not."),
        context=_facts_of(claim),
        url=claim.order.get_absolute_url(),
        about=claim.order,
        key=f"interest/{claim.pk}/asked",
    )


@task
def tell_interest_decided(claim_id: str) -> None:
    """The payee: it will be paid, or why not."""
    claim = _claim(claim_id)
    is_refused = claim.state == InterestClaim.State.REFUSED
    tell(
        _holders(claim.order.payee, Role.OWNER, Role.FINANCE),
        subject=_("The late-payment interest was refused") if is_refused else _("Late-payment interest will be paid"),
        body=_("¥%(amount)s on order %(number)s. Reason: %(reason)s.")
        if is_refused
        else _("¥%(amount)s for %(days)s days on order %(number)s. A second officer approves the payment."),
        context=_facts_of(claim),
        url=claim.order.get_absolute_url(),
        about=claim.order,
        key=f"interest/{claim.pk}/{claim.state}",
    )


def _claim(pk: str) -> InterestClaim:
    return InterestClaim.objects.select_related("order__bureau", "order__payee").get(pk=pk)


def _facts_of(claim: InterestClaim) -> dict[str, object]:
    return {
        "payee": claim.order.payee.name,
        "number": claim.order.number,
        "amount": format_yuan(claim.amount),
        "days": claim.days,
        "reason": claim.reason,
    }
