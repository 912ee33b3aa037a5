"""Payments to providers by Stripe: the real library against a real server."""

import datetime

import pytest
from django.core.exceptions import ValidationError

from marketplace.ledger import queries as ledger
from marketplace.ledger.models import Transfer
from marketplace.pages import clock
from marketplace.parties.models import Role
from marketplace.payments import actions
from marketplace.payments.models import Channel, PayeeAccount, PaymentAttempt, PaymentOrder
from tests.given.money import a_budget_line, an_account, an_approved_order
from tests.given.people import a_person, an_organisation
from tests.given.stripe import a_stripe_account, a_stripe_batch, stripe

pytestmark = pytest.mark.django_db
__all__ = ["stripe"]


def later(minutes: int = 5):
    return clock.pretend(clock.now() + datetime.timedelta(minutes=minutes))


def test_a_batch_becomes_transfers_each_once(stripe):
    batch = a_stripe_batch(stripe, 50_000, 70_000)
    assert actions.carry_out_batch(batch) == 2

    assert sorted(transfer["amount"] for transfer in stripe.of("transfer")) == [50_000, 70_000]
    assert set(PaymentOrder.objects.values_list("state", "channel")) == {("paid", "stripe")}
    for attempt in batch.attempts.select_related("order__payee"):
        found = stripe.objects["transfer"][attempt.channel_reference]
        assert found["transfer_group"] == attempt.end_to_end_id
        assert ledger.payable_to(attempt.order.payee) == 0
    assert actions.carry_out_batch(batch) == 0
    assert len(stripe.of("transfer")) == 2


def test_what_stripe_refuses_returns_to_the_queue_and_goes_out_again(stripe):
    batch = a_stripe_batch(stripe, 50_000)
    stripe.behave("POST", "/v1/transfers", "refuse")
    actions.carry_out_batch(batch)

    order = PaymentOrder.objects.get()
    assert (order.state, order.cause) == ("failed", "Insufficient funds in your Stripe account.")
    actions.requeue_payment(order, by=batch.made_by)
    again = actions.send_payments(batch.bureau, [order], by=batch.made_by, channel=Channel.STRIPE)
    actions.carry_out_batch(again)
    assert PaymentOrder.objects.get().state == "paid"
    assert Transfer.objects.filter(code=Transfer.Code.PAID).count() == 1


@pytest.mark.parametrize(
    ("what", "when", "made"), [("break", "before", 0), ("drop", "after", 1), ("break", "after", 1)]
)
def test_when_nothing_is_certain_it_is_asked_about_before_it_is_repeated(stripe, what, when, made):
    batch = a_stripe_batch(stripe, 50_000)
    for _try in range(2):  # the library tries once more by itself
        stripe.behave("POST", "/v1/transfers", what, when)
    assert actions.carry_out_batch(batch) == 0 or made
    attempt = PaymentAttempt.objects.get()
    if attempt.state == "sent":
        assert attempt.handed_over_at is None
        assert actions.finish_what_was_begun() == 0  # its caller may still be at it
        with later():
            assert actions.finish_what_was_begun() == 1
        assert ("GET", "/v1/transfers") in stripe.calls
    assert PaymentOrder.objects.get().state == "paid"
    assert len(stripe.of("transfer")) == 1
    assert Transfer.objects.filter(code=Transfer.Code.PAID).count() == 1


def test_with_a_wrong_key_nothing_fails_and_nothing_is_lost(stripe, settings):
    batch = a_stripe_batch(stripe, 50_000)
    right, settings.STRIPE_SECRET_KEY = settings.STRIPE_SECRET_KEY, "sk_test_wrong"
    assert actions.carry_out_batch(batch) == 0
    assert PaymentOrder.objects.get().state == "sent"
    settings.STRIPE_SECRET_KEY = right
    with later():
        assert actions.finish_what_was_begun() == 1
    assert PaymentOrder.objects.get().state == "paid"


def test_switched_off_by_default_and_then_the_bank_account_counts(stripe, settings):
    order = an_approved_order(50_000, line=a_budget_line())
    finance = a_person(Role.FINANCE, of=order.bureau)
    an_account(order.bureau)
    bank = an_account(order.payee)
    with clock.pretend(clock.now() + datetime.timedelta(seconds=1)):
        account = a_stripe_account(stripe, order.payee)
    assert account.effective_at > clock.now() + datetime.timedelta(days=1)  # a change waits, to Stripe as to a bank
    with clock.pretend(account.effective_at + datetime.timedelta(hours=1)):
        assert PayeeAccount.objects.to_pay([order.payee]) == {order.payee_id: account}
        with pytest.raises(ValidationError) as refusal:
            actions.send_payments(order.bureau, [order], by=finance)
        assert refusal.value.code == "other_channel"
        settings.PAYMENT_CHANNELS = ["bank_file"]
        with pytest.raises(ValidationError) as refusal:
            actions.send_payments(order.bureau, [order], by=finance, channel=Channel.STRIPE)
        assert refusal.value.code == "channel_off"
        batch = actions.send_payments(order.bureau, [order], by=finance)
        assert batch.attempts.get().account == bank


def test_an_account_is_made_at_stripe_once_and_agreed_to_by_a_second_person(stripe):
    organisation = an_organisation()
    asking, agreeing = a_person(Role.FINANCE, of=organisation), a_person(Role.OWNER, of=organisation)
    account = actions.request_stripe_account(organisation, by=asking)
    with pytest.raises(ValidationError) as refusal:
        actions.approve_account(account, by=agreeing)
    assert refusal.value.code == "not_made"
    stripe.behave("POST", "/v1/accounts", "drop", "after")
    for _click in range(2):
        assert "/onboard/acct_" in actions.make_at_stripe(account, by=asking, back="http://127.0.0.1/")
    assert len(stripe.of("account")) == 1
    actions.approve_account(account, by=agreeing)
    assert PayeeAccount.objects.to_pay([organisation]) == {}  # Stripe does not let it take money yet
