"""An organisation's account at Stripe: made there, agreed to here like any other place where money goes."""

from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.encryption import keyed_hash
from marketplace.parties.models import Organisation, User
from marketplace.payments import notices, policies
from marketplace.payments.channels import Refused, Unreachable
from marketplace.payments.channels import stripe_gateway as gateway
from marketplace.payments.models import Channel, PayeeAccount


@transaction.atomic
def request_stripe_account(organisation: Organisation, *, by: User) -> PayeeAccount:
    """Ask that money of the organisation go to a Stripe account of its own; it is made there by `make_at_stripe`.

    Raises ValidationError with code "channel_off", "request_waits" or "same_account".
    """
    organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
    authorise(policies.may_request_account, by, organisation)
    if not gateway.is_on():
        raise ValidationError(_("This channel is switched off."), code="channel_off")
    if PayeeAccount.objects.waiting().filter(organisation=organisation).exists():
        raise ValidationError(
            _("A change of account waits for a second person already: it must be decided first."), code="request_waits"
        )
    if PayeeAccount.objects.filter(
        organisation=organisation, channel=Channel.STRIPE, state=PayeeAccount.State.APPROVED
    ).exists():
        raise ValidationError(_("The organisation has an account at Stripe already."), code="same_account")

    account = PayeeAccount.objects.create(
        organisation=organisation,
        channel=Channel.STRIPE,
        account_name=organisation.name,
        bank="Stripe",
        is_usable=False,
        requested_by=by,
        requested_at=clock.now(),
    )

    record("payee_account.requested", account, by=by, organisation=organisation, bank=account.bank)
    transaction.on_commit(partial(notices.tell_account_requested.enqueue, str(account.pk)))
    return account


def make_at_stripe(account: PayeeAccount, *, by: User, back: str) -> str:
    """The address at Stripe where the organisation says who it is. Makes the account there, once.

    Not atomic: the request was committed before. Raises ValidationError(code="stripe").
    """
    authorise(policies.may_request_account, by, account.organisation)
    try:
        if not account.number:
            made = gateway.create_account(
                key=f"account/{account.pk}", name=account.organisation.name, uscc=account.organisation.uscc
            )
            _keep_number(account, made.id)
        return gateway.onboarding_url(PayeeAccount.objects.get(pk=account.pk).number, back=back)
    except (Refused, Unreachable) as fault:
        raise ValidationError(
            _("Stripe can't do this now: %(words)s"), code="stripe", params={"words": str(fault)}
        ) from None


@transaction.atomic
def _keep_number(account: PayeeAccount, number: str) -> None:
    held = PayeeAccount.objects.select_for_update().get(pk=account.pk)
    if not held.number:
        held.number, held.tail = number, number[-4:]
        held.number_hash = keyed_hash("payments.account", number)
        held.save(update_fields=["number", "number_hash", "tail"])


@transaction.atomic
def note_what_stripe_says(number: str, *, can_take_money: bool) -> bool:
    """Stripe has changed its mind about an account; false when it is none of ours."""
    found = PayeeAccount.objects.select_for_update(of=("self",)).select_related("organisation")
    account = found.filter(channel=Channel.STRIPE, number_hash=keyed_hash("payments.account", number)).first()
    if account is None:
        return False
    if account.is_usable != can_take_money:
        account.is_usable = can_take_money
        account.save(update_fields=["is_usable"])
        record(
            "payee_account.checked",
            account,
            by=None,
            organisation=account.organisation,
            tail=account.tail,
            can_take_money=can_take_money,
        )
    return True
