import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from marketplace.ledger import queries as ledger
from marketplace.parties.actions import service_user
from marketplace.parties.models import Role
from marketplace.payments import actions, queries
from marketplace.payments.models import PaymentOrder
from tests.given.money import a_batch, a_debt, an_account, an_order, bank_csv
from tests.given.people import a_bureau, a_person, an_organisation

pytestmark = pytest.mark.django_db


def order_for(debt, amount, **more):
    _line, payee, reference = debt
    content = {"purpose": "服务费", "reference": reference, "key": "k", "by": service_user("tests")}
    return actions.order_payment(payee, amount, **(content | more))


def test_an_order_pays_what_is_owed_and_no_more():
    debt = a_debt(50_000)
    order = order_for(debt, 30_000)

    assert order.state == PaymentOrder.State.DRAFT
    assert order.line == debt[0] and order.bureau == debt[0].bureau
    assert list(PaymentOrder.objects.for_reference(debt[2])) == [order]
    with pytest.raises(ValidationError) as refusal:
        order_for(debt, 20_001, key="k2")
    assert refusal.value.code == "more_than_owed"
    assert order_for(debt, 20_000, key="k2") != order
    assert PaymentOrder.objects.count() == 2


def test_the_same_key_orders_once():
    debt = a_debt(50_000)
    first = order_for(debt, 50_000)
    assert order_for(debt, 50_000) == first
    with pytest.raises(ValidationError) as refusal:
        order_for(debt, 49_999)
    assert refusal.value.code == "key_conflict"
    assert PaymentOrder.objects.count() == 1


def test_nothing_is_ordered_that_is_not_owed():
    with pytest.raises(ValidationError) as refusal:
        order_for((None, an_organisation(), "contract/none"), 1)
    assert refusal.value.code == "nothing_owed"


def test_a_second_officer_approves():
    debt = a_debt(50_000)
    both = a_person(Role.OFFICER, Role.FINANCE, of=debt[0].bureau)
    order = order_for(debt, 50_000, by=both)

    stranger = a_person(Role.FINANCE, of=a_bureau())
    officer = a_person(Role.OFFICER, of=debt[0].bureau)
    for person in (both, stranger, officer, service_user("tests"), a_person(Role.FINANCE, of=debt[1])):
        with pytest.raises(PermissionDenied):
            actions.approve_payment(order, by=person)

    second = a_person(Role.FINANCE, of=debt[0].bureau)
    assert actions.approve_payment(order, by=second).state == PaymentOrder.State.APPROVED
    with pytest.raises(ValidationError) as refusal:
        actions.approve_payment(order, by=second)
    assert refusal.value.code == "not_waiting"


def test_what_a_job_ordered_is_looked_at_by_two_officers_too(client):
    order = order_for(a_debt(50_000), 50_000, by=service_user("clock"))
    an_account(order.bureau)
    an_account(order.payee)
    first, second = (a_person(Role.FINANCE, of=order.bureau) for _officer in range(2))
    officer = a_person(Role.OFFICER, of=order.bureau)
    assert queries.waiting_for(officer, order.bureau), "it waits on an officer's desk as well"
    actions.approve_payment(order, by=first)
    with pytest.raises(ValidationError) as refusal:
        actions.send_payments(order.bureau, [order], by=first)
    assert refusal.value.code == "alone" and order.number in refusal.value.messages[0]
    client.force_login(first)
    assert " checked" not in client.get("/payments/send/").text
    client.force_login(second)
    assert " checked" in client.get("/payments/send/").text
    assert actions.send_payments(order.bureau, [order], by=second).count == 1


def test_a_cancelled_order_frees_the_debt():
    debt = a_debt(50_000)
    order = order_for(debt, 50_000)
    officer = a_person(Role.FINANCE, of=debt[0].bureau)
    actions.cancel_payment(order, reason="发票有误", by=officer)
    assert order_for(debt, 50_000, key="again").state == PaymentOrder.State.DRAFT
    assert ledger.payable_to(debt[1]) == 50_000


def test_what_is_at_the_bank_cannot_be_cancelled():
    batch = a_batch(50_000)
    attempt = batch.attempts.get()
    with pytest.raises(ValidationError) as refusal:
        actions.cancel_payment(attempt.order, reason="晚了", by=batch.made_by)
    assert refusal.value.code == "at_bank"


def test_only_the_two_sides_see_an_order():
    order = an_order()
    visible = PaymentOrder.objects.visible_to
    assert order in visible(a_person(Role.OFFICER, of=order.bureau))
    assert order in visible(a_person(Role.FINANCE, of=order.payee))
    assert order not in visible(a_person(Role.COUNTER, of=order.payee))
    assert order not in visible(a_person(Role.FINANCE, of=an_organisation()))
    assert order in visible(a_person(Role.AUDITOR, of=an_organisation()))


def test_a_failed_payment_returns_to_the_queue_and_is_paid_once():
    batch = a_batch(50_000)
    first = batch.attempts.get()
    finance = batch.made_by
    actions.import_bank_answer(batch.bureau, bank_csv((first, 50_000, "失败", "账号户名不符")), by=finance)

    order = PaymentOrder.objects.get()
    assert (order.state, order.cause) == (PaymentOrder.State.FAILED, "账号户名不符")
    assert ledger.payable_to(order.payee) == 50_000

    actions.requeue_payment(order, by=finance)
    second = actions.send_payments(batch.bureau, [order], by=finance).attempts.get()
    assert second.end_to_end_id != first.end_to_end_id
    actions.import_bank_answer(batch.bureau, bank_csv((second, 50_000, "成功", "")), by=finance)

    order = PaymentOrder.objects.get()
    assert order.state == PaymentOrder.State.PAID
    assert ledger.payable_to(order.payee) == 0
