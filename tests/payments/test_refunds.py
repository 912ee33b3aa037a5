"""Public money that a payee gives back, and the nightly comparison with Stripe."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from marketplace.ledger import queries as ledger
from marketplace.ledger import resumming
from marketplace.ledger.actions import hold_bond, release_bond
from marketplace.ledger.models import BudgetLine, Transfer
from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.parties.models import Organisation, Role
from marketplace.payments import actions
from marketplace.payments.actions.refunds import carry_refund
from marketplace.payments.models import PaymentAttempt, PaymentOrder, Refund, StripeReconciliation
from tests.given.money import a_batch, bank_csv
from tests.given.people import a_bureau, a_person, an_organisation
from tests.given.stripe import a_gift, a_stripe_batch, stripe

pytestmark = pytest.mark.django_db
__all__ = ["stripe"]


def paid_by_bank(amount: int = 50_000):
    batch = a_batch(amount)
    actions.import_bank_answer(batch.bureau, bank_csv((batch.attempts.get(), amount, "成功", "")), by=batch.made_by)
    return PaymentOrder.objects.get(), batch.made_by


def test_what_came_back_by_bank_is_posted_at_once():
    order, finance = paid_by_bank()
    more = {"reason": "核减三月服务量", "by": finance, "bank_reference": "B77"}
    refund = actions.refund_payment(order, 20_000, key="r1", **more)
    assert actions.refund_payment(order, 20_000, key="r1", **more) == refund

    order = PaymentOrder.objects.get()
    assert (order.state, order.refunded, order.net) == ("paid", 20_000, 30_000)
    assert ledger.payable_to(order.payee) == 0
    line = BudgetLine.objects.get()
    assert (line.spent, line.committed) == (30_000, 0), "what came back is available again"
    actions.refund_payment(order, 30_000, key="r2", is_still_owed=True, **more)
    assert ledger.payable_to(order.payee) == 30_000
    assert resumming.verify().is_sound
    assert list(Transfer.objects.filter(key__startswith="refund/").order_by("pk").values_list("code", flat=True)) == [
        "returned",
        "accrual_reversed",
        "released",
        "returned",
    ]


@pytest.mark.parametrize(
    ("amount", "more", "field", "code"),
    [
        (50_001, {}, "amount", "too_much"),
        (0, {}, "amount", "amount"),
        (1, {"reason": " "}, "reason", "required"),
        (1, {"bank_reference": ""}, "bank_reference", "required"),
    ],
)
def test_a_wrong_refund_changes_nothing(amount, more, field, code):
    order, finance = paid_by_bank()
    with pytest.raises(ValidationError) as refusal:
        actions.refund_payment(
            order, amount, **({"reason": "核减", "bank_reference": "B", "key": "r", "by": finance} | more)
        )
    assert refusal.value.error_dict[field][0].code == code
    assert not Refund.objects.exists()


def test_who_may_not_and_what_was_not_paid():
    batch = a_batch(50_000)
    order = PaymentOrder.objects.get()
    with pytest.raises(ValidationError) as refusal:
        actions.refund_payment(order, 1, reason="x", bank_reference="B", key="r", by=batch.made_by)
    assert refusal.value.code == "not_paid"
    for person in (a_person(Role.OFFICER, of=batch.bureau), a_person(Role.FINANCE, of=order.payee)):
        with pytest.raises(PermissionDenied):
            actions.refund_payment(order, 1, reason="x", bank_reference="B", key="r", by=person)


def test_stripe_takes_a_transfer_back_once(stripe):
    batch = a_stripe_batch(stripe, 50_000)
    actions.carry_out_batch(batch)
    order = PaymentOrder.objects.get()
    refund = actions.refund_payment(order, 20_000, reason="核减", key="r", by=batch.made_by)
    stripe.behave("POST", "/v1/transfers", "drop", "after")
    stripe.behave("POST", "/v1/transfers", "break", "before", even_known=True)
    carry_refund.call(str(refund.pk))
    assert Refund.objects.get().state == "asked"
    with clock.pretend(clock.now() + datetime.timedelta(minutes=5)):
        actions.run_due_payments()
        actions.run_due_payments()
    assert len(stripe.of("transfer_reversal")) == 1
    assert (Refund.objects.get().state, PaymentOrder.objects.get().refunded) == ("done", 20_000)
    assert resumming.verify().is_sound


def test_stripe_can_not_take_back_what_is_gone(stripe):
    batch = a_stripe_batch(stripe, 50_000)
    actions.carry_out_batch(batch)
    refund = actions.refund_payment(PaymentOrder.objects.get(), 20_000, reason="核减", key="r", by=batch.made_by)
    stripe.behave("POST", "/v1/transfers", "refuse")
    carry_refund.call(str(refund.pk))
    assert (Refund.objects.get().state, PaymentOrder.objects.get().refunded) == ("failed", 0)


def test_every_night_the_two_books_are_compared(stripe, client):
    batch = a_stripe_batch(stripe, 50_000, 70_000)
    actions.carry_out_batch(batch)
    gift = a_gift(stripe)
    stripe.pay(gift.session)
    actions.confirm_incoming(
        gift,
        amount=10_000,
        intent=stripe.of("payment_intent")[0]["id"],
        charge=stripe.of("charge")[0]["id"],
        method="alipay",
    )
    today = clock.now().astimezone(clock.SHANGHAI).date()
    with clock.pretend(clock.at_hour(today + datetime.timedelta(days=1), 1)):
        assert actions.reconcile_last_night() is None
    with clock.pretend(clock.at_hour(today + datetime.timedelta(days=1), 3)):
        made = actions.reconcile_last_night()
        assert actions.reconcile_last_night() is None
    assert (made.differences, made.compared) == ([], 3)
    assert made.sum_theirs == made.sum_ours == -110_000

    attempt = PaymentAttempt.objects.order_by("pk").first()
    stripe._transfer({"amount": "123", "destination": attempt.account.number, "transfer_group": "by hand"})
    del stripe.objects["balance_transaction"][stripe.of("balance_transaction")[0]["id"]]
    made = actions.reconcile_stripe(today)
    assert [(one["side"], one["kind"], one["amount"]) for one in made.differences] == [
        ("stripe", "transfer", -123),
        ("minfu", "transfer", -50_000),
    ]
    auditor = a_person(Role.AUDITOR, of=an_organisation(Organisation.Kind.AUDIT))
    client.force_login(auditor)
    for address in ("/payments/stripe/books/", "/en/payments/stripe/books/", "/payments/stripe/events/"):
        assert client.get(address).status_code == 200
    explain = f"/payments/stripe/books/{made.pk}/"
    assert client.post(explain, {"reason": ""}).status_code == 422
    assert client.post(explain, {"reason": "人工转账，已核实"}).status_code == 302
    assert StripeReconciliation.objects.get().note == "人工转账，已核实"
    client.force_login(batch.made_by)
    assert client.get("/payments/stripe/books/").status_code == 403


def test_the_register_of_bonds(client, django_assert_max_num_queries):
    holder, payer, job = a_bureau(), an_organisation(name="怡安"), service_user("tests")
    hold_bond(payer, 20_000, holder=holder, key="h1", reference="HT1", by=job)
    officer = a_person(Role.OFFICER, of=holder)
    client.force_login(officer)
    client.get("/payments/bonds/")
    with django_assert_max_num_queries(60) as few:
        client.get("/payments/bonds/")
    for number in range(2, 6):
        hold_bond(payer, 20_000, holder=holder, key=f"h{number}", reference=f"HT{number}", by=job)
    release_bond(payer, 5_000, holder=holder, key="r1", reference="HT1", by=job)
    with django_assert_max_num_queries(len(few)):
        page = client.get("/payments/bonds/").text
    assert "怡安" in page and "150.00" in page
    assert "HT1" not in client.get("/payments/bonds/?state=released").text
    assert client.get("/payments/bonds/?format=xlsx").status_code == 200
    client.force_login(a_person(Role.OWNER, of=an_organisation()))
    assert "HT1" not in client.get("/en/payments/bonds/").text


def test_recording_a_refund_through_the_page(client):
    order, finance = paid_by_bank()
    client.force_login(finance)
    assert f"/payments/orders/{order.pk}/refund/" in client.get(order.get_absolute_url()).text
    form = {"amount": "100", "reason": "核减", "bank_reference": "B1"}
    assert client.post(f"/payments/orders/{order.pk}/refund/", form | {"amount": "501"}).status_code == 422
    assert client.post(f"/payments/orders/{order.pk}/refund/", form).status_code == 302
    assert PaymentOrder.objects.get().refunded == 10_000
    assert client.get(order.get_absolute_url()).status_code == 200
    client.force_login(a_person(Role.FINANCE, of=an_organisation()))
    assert client.get(f"/payments/orders/{order.pk}/refund/").status_code == 404
