"""What people pay to an organisation: asked for once, opened at Stripe, confirmed only by what Stripe itself says.

The interface for the counter: `ask_own_part` with the redemption's reference and key, `open_at_stripe` after the
commit, then read `IncomingPayment.objects.for_reference(...)`; the webhook moves it to paid.
"""

from functools import partial
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.pages.money import format_yuan
from marketplace.papers.actions import issue_receipt
from marketplace.parties.actions import next_number, service_user
from marketplace.parties.models import Organisation, User
from marketplace.payments import notices, policies
from marketplace.payments.channels import Refused, Unreachable
from marketplace.payments.channels import stripe_gateway as gateway
from marketplace.payments.models import Channel, DonationOffer, IncomingPayment, PayeeAccount
from marketplace.payments.models.incoming import LEAST_FEN, MOST_FEN

Kind, Way, State = IncomingPayment.Kind, IncomingPayment.Way, IncomingPayment.State


def takes_stripe(organisation: Organisation) -> PayeeAccount | None:
    """The organisation's account at Stripe that may take money now, if Stripe is on."""
    if not gateway.is_on():
        return None
    usable = PayeeAccount.objects.in_force().filter(channel=Channel.STRIPE, is_usable=True)
    return usable.filter(organisation=organisation).first()


@transaction.atomic
def ask_own_part(
    organisation: Organisation, amount: int, *, reference: str, key: str, by: User, way: str = Way.QR
) -> IncomingPayment:
    """The part of a price that the voucher does not cover, paid by the resident to the provider; once per key.

    Raises ValidationError(code="channel_off" | "amount" | "key_conflict").
    """
    authorise(policies.may_collect, by, organisation)
    return _ask(Kind.OWN_PART, organisation, amount, way=way, reference=reference, key=key, by=by)


@transaction.atomic
def ask_donation(organisation: Organisation, amount: int, *, key: str, payer_name: str = "") -> IncomingPayment:
    """Somebody wants to give this much to the organisation. Needs no account with us.

    Raises ValidationError(code="donations_closed" | "channel_off" | "amount" | "key_conflict").
    """
    if not policies.takes_donations(organisation):
        raise ValidationError(_("This organisation does not take donations here at present."), code="donations_closed")
    return _ask(
        Kind.DONATION,
        organisation,
        amount,
        way=Way.CHECKOUT,
        reference=f"donation/{organisation.uscc}",
        key=key,
        payer_name=payer_name.strip()[:80],
    )


def _ask(
    kind: str,
    organisation: Organisation,
    amount: int,
    *,
    way: str,
    reference: str,
    key: str,
    payer_name: str = "",
    by: User | None = None,
) -> IncomingPayment:
    if isinstance(amount, bool) or not isinstance(amount, int) or not LEAST_FEN <= amount <= MOST_FEN:
        raise ValidationError(
            {
                "amount": ValidationError(
                    _("The amount must be between ¥%(least)s and ¥%(most)s."),
                    code="amount",
                    params={"least": format_yuan(LEAST_FEN), "most": format_yuan(MOST_FEN)},
                )
            }
        )
    earlier = IncomingPayment.objects.filter(key=key).first()
    if earlier:
        if (earlier.kind, earlier.organisation_id, earlier.amount) != (kind, organisation.pk, amount):
            raise ValidationError(
                _("This key was used before for a different payment: nothing was ordered."), code="key_conflict"
            )
        return earlier
    account = takes_stripe(organisation)
    if account is None:
        raise ValidationError(_("This organisation can't take payments by Stripe now."), code="channel_off")
    now = clock.now()
    year = now.astimezone(clock.SHANGHAI).year
    payment = IncomingPayment.objects.create(
        kind=kind,
        way=way,
        organisation=organisation,
        account=account,
        number=f"SK{year}-{next_number(organisation, 'incoming', year):05d}",
        amount=amount,
        reference=reference,
        key=key,
        payer_name=payer_name,
        asked_by=by,
        asked_at=now,
    )
    record("incoming_payment.requested", payment, by=by, organisation=organisation, amount=amount, kind=kind)
    return payment


def open_at_stripe(payment: IncomingPayment) -> IncomingPayment:
    """Make its page or its code at Stripe, once; the payer pays at `pay_url`. Call it after the commit.

    Not atomic: the request was committed before, the answer is committed after; asked again with the same key Stripe
    gives the same page. Raises ValidationError(code="stripe").
    """
    if payment.state != State.ASKED:
        return payment
    with override("zh-hans"):
        title = f"{payment.organisation.name} · {payment.get_kind_display()}"
    content: dict[str, Any] = {
        "key": f"incoming/{payment.pk}",
        "amount": payment.amount,
        "title": title,
        "destination": payment.account.number,
        "metadata": {"incoming": str(payment.pk), "number": payment.number},
    }
    page = f"{settings.BASE_URL}{payment.get_absolute_url()}"
    try:
        if payment.way == Way.QR:
            intent = gateway.create_qr_intent(**content)
            made = {"intent": intent.id, "pay_url": intent.next_action.wechat_pay_display_qr_code.data}
        else:
            session = gateway.create_checkout(**content, done=page, cancelled=page)
            made = {"session": session.id, "pay_url": session.url}
    except (Refused, Unreachable) as fault:
        raise ValidationError(
            _("Stripe can't do this now: %(words)s"), code="stripe", params={"words": str(fault)}
        ) from None
    return _keep_opened(payment, **made)


@transaction.atomic
def _keep_opened(payment: IncomingPayment, *, pay_url: str, session: str = "", intent: str = "") -> IncomingPayment:
    payment = IncomingPayment.objects.select_for_update().get(pk=payment.pk)
    payment.pay_url, payment.session = pay_url, session or payment.session
    payment.intent = intent or payment.intent
    if payment.state == State.ASKED:  # its event may have been faster than the answer to our call
        payment.open()
    payment.save(update_fields=["pay_url", "session", "intent", "state"])
    return payment


def _locked(payment: IncomingPayment) -> IncomingPayment:
    held = IncomingPayment.objects.select_for_update(of=("self",)).select_related("organisation")
    return held.get(pk=payment.pk)


@transaction.atomic
def confirm_incoming(payment: IncomingPayment, *, amount: int, intent: str, charge: str, method: str) -> bool:
    """Stripe says that it was paid. True when that was news. A gift gets its receipt.

    Raises ValidationError(code="other_amount") when Stripe took another amount than we asked for.
    """
    payment = _locked(payment)
    if payment.state == State.PAID:
        return False
    if amount != payment.amount:
        raise ValidationError(_("Stripe took another amount than was asked for."), code="other_amount")
    by = service_user("payments")

    payment.pay()
    payment.paid_at = clock.now()
    payment.intent, payment.charge, payment.method = intent, charge, method[:20]
    if payment.kind == Kind.DONATION:
        payment.receipt = issue_receipt("donation", _receipt(payment), about=payment, by=by)
    payment.save(update_fields=["state", "paid_at", "intent", "charge", "method", "receipt"])

    record(
        "incoming_payment.paid",
        payment,
        by=by,
        organisation=payment.organisation,
        amount=payment.amount,
        kind=payment.kind,
    )
    transaction.on_commit(partial(notices.tell_incoming.enqueue, str(payment.pk)))
    return True


def _receipt(payment: IncomingPayment) -> dict[str, object]:
    offer = DonationOffer.objects.filter(organisation=payment.organisation).first()
    return {
        "number": payment.number,
        "organisation": payment.organisation.name,
        "uscc": payment.organisation.uscc,
        "certificate": offer.certificate if offer else "",
        "donor": payment.payer_name,
        "amount": payment.amount,
        "paid_at": clock.now().astimezone(clock.SHANGHAI).isoformat(timespec="seconds"),
    }


@transaction.atomic
def expire_incoming(payment: IncomingPayment) -> bool:
    """Stripe says that it can't be paid any more. What was paid stays paid."""
    payment = _locked(payment)
    if payment.state not in (State.ASKED, State.OPEN):
        return False
    payment.expire()
    payment.save(update_fields=["state"])
    record("incoming_payment.expired", payment, by=service_user("payments"), organisation=payment.organisation)
    return True


@transaction.atomic
def offer_donations(
    organisation: Organisation, *, is_open: bool, purpose: str, certificate: str, by: User
) -> DonationOffer:
    """The organisation opens or closes its page for gifts.

    Raises ValidationError on "purpose" or "certificate" (code="required") and code="channel_off".
    """
    authorise(policies.may_offer_donations, by, organisation)
    if is_open:
        for name, value in (("purpose", purpose), ("certificate", certificate)):
            if not value.strip():
                raise ValidationError({name: ValidationError(_("This is shown to everyone: fill it in."), "required")})
        if takes_stripe(organisation) is None:
            raise ValidationError(_("This organisation can't take payments by Stripe now."), code="channel_off")
    offer, _is_new = DonationOffer.objects.update_or_create(
        organisation=organisation,
        defaults={
            "is_open": is_open,
            "purpose": purpose.strip(),
            "certificate": certificate.strip(),
            "changed_by": by,
            "changed_at": clock.now(),
        },
    )
    record("donation_offer.changed", offer, by=by, organisation=organisation, is_open=is_open)
    return offer
