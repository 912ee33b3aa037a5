"""What people pay to an organisation: own parts and gifts, off and on."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from marketplace.directory.models import Service
from marketplace.papers.models import Receipt
from marketplace.parties.models import Role
from marketplace.payments import actions
from marketplace.payments.actions.refunds import carry_incoming_refund
from marketplace.payments.models import DonationOffer, IncomingPayment, IncomingRefund
from tests.given.people import a_person, an_organisation
from tests.given.stripe import a_gift, a_stripe_account, stripe
from tests.stripe_server import StripeServer

pytestmark = pytest.mark.django_db
__all__ = ["stripe"]


def hear(client, event) -> None:
    body, signature = StripeServer.signed(event)
    answer = client.post(
        "/payments/stripe/webhook/", body, content_type="application/json", headers={"Stripe-Signature": signature}
    )
    assert answer.status_code == 200
    actions.handle_events_left()


def test_off_by_default_there_is_no_page_for_gifts(client):
    organisation = an_organisation()
    owner = a_person(Role.OWNER, of=organisation)
    DonationOffer.objects.create(
        organisation=organisation,
        is_open=True,
        purpose="助餐",
        certificate="1",
        changed_by=owner,
        changed_at="2026-01-01T00:00Z",
    )
    assert client.get(f"/providers/{organisation.uscc}/donate/").status_code == 404
    with pytest.raises(PermissionDenied):
        actions.offer_donations(organisation, is_open=True, purpose="助餐", certificate="1", by=owner)
    with pytest.raises(ValidationError) as refusal:
        actions.ask_own_part(organisation, 1_000, reference="r", key="k", by=a_person(Role.COUNTER, of=organisation))
    assert refusal.value.code == "channel_off"


def test_a_gift_from_the_public_page_to_the_receipt(client, stripe, settings):
    settings.DONATIONS = True
    account = a_stripe_account(stripe)
    organisation = account.organisation
    page = f"/providers/{organisation.uscc}/donate/"
    assert client.get(page).status_code == 404
    owner = a_person(Role.OWNER, of=organisation)
    client.force_login(owner)
    assert client.post("/payments/incoming/gifts/", {"is_open": "on", "purpose": ""}).status_code == 422
    offer = {"is_open": "on", "purpose": "困难老人助餐", "certificate": "慈募〔2026〕1号"}
    assert client.post("/payments/incoming/gifts/", offer).status_code == 302
    client.logout()

    assert "困难老人助餐" in client.get(page).text
    assert client.get(f"/en{page}").status_code == 200
    assert client.post(page, {"amount": "0.5"}).status_code == 422
    assert client.post(page, {"amount": "100", "key": "x"}).status_code == 302
    form = {"amount": "88.80", "payer_name": "王女士", "key": "0190d9a2-0000-7000-8000-000000000001"}
    answer = client.post(page, form)
    again = client.post(page, form)
    assert answer.url == again.url
    payment = IncomingPayment.objects.get(amount=8_880)
    assert (payment.state, payment.kind) == ("open", "donation")
    assert "/pay/cs_test_" in client.get(answer.url).text
    assert client.get("/pay/nonsense/").status_code == 404

    stripe.pay(payment.session, "wechat_pay")
    hear(client, stripe.events[-1])
    thanks = client.get(answer.url)
    receipt = Receipt.objects.get()
    assert receipt.code in thanks.text
    assert '"donor":"王女士"' in receipt.body
    assert thanks["Cache-Control"] == "no-store"
    client.force_login(owner)
    assert payment.number in client.get("/payments/incoming/").text
    assert client.get("/payments/incoming/?format=csv").status_code == 200
    client.force_login(a_person(Role.OWNER, of=an_organisation()))
    assert payment.number not in client.get("/payments/incoming/").text
    assert client.get(f"/payments/incoming/{payment.pk}/refund/").status_code == 404


def test_the_link_stands_on_the_providers_page_while_gifts_are_open(client, stripe, settings):
    payment = a_gift(stripe)
    organisation = payment.organisation
    assert not Service.objects.exists()
    from marketplace.parties.links import public_links  # noqa: PLC0415

    assert [link.url for link in public_links(organisation)] == [f"/providers/{organisation.uscc}/donate/"]
    settings.DONATIONS = False
    assert public_links(organisation) == []


def test_the_own_part_at_the_counter_is_shown_as_a_code_and_confirmed_by_stripe_alone(client, stripe):
    organisation = a_stripe_account(stripe).organisation
    counter = a_person(Role.COUNTER, of=organisation)
    with pytest.raises(PermissionDenied):
        actions.ask_own_part(
            organisation, 1_250, reference="HX1", key="k", by=a_person(Role.COUNTER, of=an_organisation())
        )
    asked = actions.ask_own_part(organisation, 1_250, reference="HX1", key="k", by=counter)
    assert actions.ask_own_part(organisation, 1_250, reference="HX1", key="k", by=counter) == asked
    with pytest.raises(ValidationError) as refusal:
        actions.ask_own_part(organisation, 1_251, reference="HX1", key="k", by=counter)
    assert refusal.value.code == "key_conflict"
    opened = actions.open_at_stripe(asked)
    assert opened.pay_url.startswith("weixin://")
    assert actions.open_at_stripe(opened).intent == opened.intent
    assert IncomingPayment.objects.for_reference("HX1").get().state == "open"

    events = stripe.scan(opened.intent)
    hear(client, events[0])
    payment = IncomingPayment.objects.for_reference("HX1").get()
    assert (payment.state, payment.method, payment.receipt) == ("paid", "wechat_pay", None)


def test_a_page_at_stripe_is_made_once_though_its_answer_was_lost(stripe):
    organisation = a_stripe_account(stripe).organisation
    by = a_person(Role.COUNTER, of=organisation)
    payment = actions.ask_own_part(organisation, 1_250, reference="HX1", key="k", way="checkout", by=by)
    stripe.behave("POST", "/v1/checkout/sessions", "drop", "after")
    stripe.behave("POST", "/v1/checkout/sessions", "break", "before", even_known=True)
    with pytest.raises(ValidationError) as refusal:
        actions.open_at_stripe(payment)
    assert refusal.value.code == "stripe"
    assert actions.open_at_stripe(payment).state == "open"
    assert len(stripe.of("checkout.session")) == 1


def test_an_expired_page_takes_nothing(client, stripe):
    payment = a_gift(stripe)
    hear(client, stripe.expire(payment.session))
    assert IncomingPayment.objects.get().state == "expired"


def test_a_refund_goes_out_once_and_never_more_than_came(client, stripe):
    payment = a_gift(stripe, 10_000)
    owner = payment.organisation.memberships.filter(role=Role.OWNER).first().user
    with pytest.raises(ValidationError) as refusal:
        actions.refund_incoming(payment, 100, reason="x", by=owner)
    assert refusal.value.code == "not_paid"
    stripe.pay(payment.session)
    hear(client, stripe.events[-1])
    with pytest.raises(PermissionDenied):
        actions.refund_incoming(payment, 100, reason="x", by=a_person(Role.COUNTER, of=payment.organisation))
    refund = actions.refund_incoming(payment, 6_000, reason="重复", by=owner)
    for amount, code in ((4_001, "too_much"), (0, "amount")):
        with pytest.raises(ValidationError) as refusal:
            actions.refund_incoming(payment, amount, reason="x", by=owner)
        assert refusal.value.error_dict["amount"][0].code == code
    stripe.behave("POST", "/v1/refunds", "drop", "after")
    for _time in range(2):
        carry_incoming_refund.call(str(refund.pk))
    assert len(stripe.of("refund")) == 1
    assert IncomingRefund.objects.get().state == "done"
    assert IncomingPayment.objects.get().net == 4_000
