"""Stripe's events, signed by a real server, through our real address."""

import time

import pytest

from marketplace.ledger.models import Transfer
from marketplace.payments import actions
from marketplace.payments.models import IncomingPayment, PaymentAttempt, PaymentOrder, StripeEvent, WebhookDelivery
from tests.given.stripe import a_gift, a_stripe_account, a_stripe_batch, last_event, stripe
from tests.stripe_server import StripeServer

pytestmark = pytest.mark.django_db
__all__ = ["stripe"]
ADDRESS = "/payments/stripe/webhook/"


@pytest.fixture
def deliver(client, django_capture_on_commit_callbacks):
    """Post one event as Stripe does; its handler runs after the commit."""

    def _deliver(event, **more):
        body, signature = more.pop("raw", None) or StripeServer.signed(event, **more)
        with django_capture_on_commit_callbacks(execute=True):
            return client.post(
                ADDRESS, body, content_type="application/json", headers={"Stripe-Signature": signature}
            ).status_code

    return _deliver


def verdicts() -> list[str]:
    return list(WebhookDelivery.objects.order_by("pk").values_list("verdict", flat=True))


def test_switched_off_there_is_no_such_address(client):
    assert client.post(ADDRESS, b"{}", content_type="application/json").status_code == 404


def test_a_payment_is_confirmed_and_kept_raw_before(stripe, deliver):
    payment = a_gift(stripe)
    stripe.pay(payment.session)
    event = last_event(stripe, "checkout.session.completed")
    assert deliver(event) == 200

    payment = IncomingPayment.objects.get()
    assert (payment.state, payment.method) == ("paid", "alipay")
    assert payment.receipt is not None
    delivery = WebhookDelivery.objects.get()
    assert event["id"] in delivery.body
    assert StripeEvent.objects.get().state == "handled"


def test_the_raw_event_can_never_be_changed(stripe, deliver):
    stripe.pay(a_gift(stripe).session)
    deliver(stripe.events[-1])
    with pytest.raises(Exception, match="only grows"):
        WebhookDelivery.objects.update(body="")


@pytest.mark.parametrize("signature", ["", "t=1", "v1=00", "t=now,v1=00", None])
def test_a_wrong_signature_changes_nothing_and_is_logged(stripe, deliver, signature):
    payment = a_gift(stripe)
    stripe.pay(payment.session)
    body, wrong = StripeServer.signed(stripe.events[-1], secret="whsec_somebody_else")
    assert deliver(None, raw=(body, wrong if signature is None else signature)) == 400

    assert verdicts() == ["unsigned"]
    assert WebhookDelivery.objects.get().body == ""
    assert not StripeEvent.objects.exists()
    assert IncomingPayment.objects.get().state == "open"


def test_a_changed_body_is_not_signed(stripe, deliver):
    stripe.pay(a_gift(stripe).session)
    body, signature = StripeServer.signed(stripe.events[-1])
    assert deliver(None, raw=(body.replace(b"evt_", b"evx_"), signature)) == 400
    assert verdicts() == ["unsigned"]


def test_an_old_time_stamp_changes_nothing_and_is_logged_then_stripe_sends_it_again(stripe, deliver):
    stripe.pay(a_gift(stripe).session)
    event = stripe.events[-1]
    assert deliver(event, at=time.time() - 3600) == 400
    assert IncomingPayment.objects.get().state == "open"
    assert deliver(event) == 200
    assert verdicts() == ["old", "accepted"]
    assert IncomingPayment.objects.get().state == "paid"


def test_replayed_twice_it_has_its_effect_once(stripe, deliver):
    batch = a_stripe_batch(stripe, 50_000)
    actions.carry_out_batch(batch)
    event = last_event(stripe, "transfer.created")
    assert [deliver(event) for _time in range(3)] == [200, 200, 200]

    assert verdicts() == ["accepted", "repeated", "repeated"]
    assert StripeEvent.objects.count() == 1
    assert Transfer.objects.filter(code=Transfer.Code.PAID).count() == 1


@pytest.mark.parametrize("turn", [list, reversed])
def test_in_any_order_they_end_in_the_same_place(stripe, deliver, turn, django_capture_on_commit_callbacks):
    payment = a_gift(stripe)
    stripe.pay(payment.session)
    owner = payment.organisation.memberships.filter(role="owner").first().user
    for event in stripe.events[-1:]:
        deliver(event)
    with django_capture_on_commit_callbacks(execute=True):
        actions.refund_incoming(IncomingPayment.objects.get(), 3_000, reason="多付了", by=owner)
    kinds = ("payment_intent.succeeded", "charge.succeeded", "checkout.session.completed", "charge.refunded")
    events = [event for event in stripe.events if event["type"] in kinds]
    assert len(events) == 4
    assert {deliver(event) for event in turn(events)} == {200}

    payment = IncomingPayment.objects.get()
    assert (payment.state, payment.refunded, payment.net) == ("paid", 3_000, 7_000)
    assert payment.refunds.get().state == "done"


def test_the_last_event_first_a_reversed_transfer_comes_back_once(stripe, deliver):
    batch = a_stripe_batch(stripe, 50_000)
    actions.carry_out_batch(batch)
    attempt = PaymentAttempt.objects.get()
    stripe.reverse(attempt.channel_reference)
    created, turned = last_event(stripe, "transfer.created"), last_event(stripe, "transfer.reversed")
    for event in (turned, created, turned):
        assert deliver(event) == 200

    order = PaymentOrder.objects.get()
    assert (order.state, PaymentAttempt.objects.get().state) == ("failed", "returned")
    assert list(Transfer.objects.filter(key__startswith="payment/").values_list("code", flat=True)) == [
        "paid",
        "returned",
    ]


def test_an_event_tells_of_a_transfer_whose_answer_we_never_recorded(stripe, deliver):
    batch = a_stripe_batch(stripe, 50_000)
    for _try in range(2):
        stripe.behave("POST", "/v1/transfers", "break", "after" if not _try else "before", even_known=bool(_try))
    assert actions.carry_out_batch(batch) == 0
    assert deliver(last_event(stripe, "transfer.created")) == 200
    assert PaymentOrder.objects.get().state == "paid"
    assert PaymentAttempt.objects.get().channel_reference == stripe.of("transfer")[0]["id"]


def test_an_unknown_event_is_kept_and_answered(stripe, deliver):
    assert deliver(stripe.tell("issuing_card.created", {"id": "ic_1", "object": "issuing.card"})) == 200
    event = StripeEvent.objects.get()
    assert (event.state, event.event_type) == ("unknown", "issuing_card.created")
    assert "ic_1" in event.delivery.body


def test_an_event_about_somebody_elses_money_changes_nothing(stripe, deliver):
    account = a_stripe_account(stripe)
    foreign = stripe._transfer({"amount": "100", "destination": account.number, "transfer_group": "other"})
    assert deliver(stripe.tell("transfer.created", foreign)) == 200
    assert StripeEvent.objects.get().state == "unknown"
    assert not Transfer.objects.exists()


def test_when_the_handler_fails_the_event_waits_for_the_clock(stripe, deliver):
    stripe.pay(a_gift(stripe).session)
    for _try in range(2):
        stripe.behave("GET", "/v1/checkout/sessions", "break")
    assert deliver(stripe.events[-1]) == 200
    event = StripeEvent.objects.get()
    assert (event.state, event.tries) == ("received", 1)
    assert "APIError" in event.fault
    actions.run_due_payments()
    assert StripeEvent.objects.get().state == "handled"
    assert IncomingPayment.objects.get().state == "paid"


def test_stripe_forbids_an_account_and_it_is_paid_no_more(stripe, deliver):
    account = a_stripe_account(stripe)
    deliver(stripe.onboard(account.number, usable=False))
    account.refresh_from_db(fields=["is_usable"])
    assert not account.is_usable


def test_what_is_no_event_is_refused(stripe, deliver):
    body, signature = StripeServer.signed({"hello": "world"})
    assert deliver(None, raw=(body, signature)) == 400
    assert verdicts() == ["unreadable"]
    assert deliver(None, raw=(b"x" * 300_000, signature)) == 413
