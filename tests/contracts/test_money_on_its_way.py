"""A contract is suspended or ends while a payment is on its way: what was accepted is owed, and is paid once."""

import pytest
from django.urls import reverse

from contracts import actions, queries
from contracts.models import Contract, Deliverable
from contracts.verification import faults
from marketplace.ledger.models import Account, BudgetLine
from marketplace.ledger.queries import balance
from marketplace.payments.actions import (
    approve_payment,
    cancel_payment,
    import_bank_answer,
    requeue_payment,
    send_payments,
)
from marketplace.payments.models import PaymentAttempt, PaymentOrder
from tests.given.contracts import a_contract_in_force, again, an_accepted_delivery, at
from tests.given.money import an_account, bank_csv
from tests.given.refusals import refused

pytestmark = pytest.mark.django_db
WAY = ("draft", "approved", "sent", "failed")


def on_its_way(state: str) -> tuple[Contract, Deliverable]:
    """The first instalment is accepted, and its payment order has come so far."""
    contract = a_contract_in_force()
    deliverable = an_accepted_delivery(contract)
    for organisation in (contract.buyer, contract.supplier):
        an_account(organisation)
    with at(contract, 33):
        for step in (approve, send, fail)[: WAY.index(state)]:
            step(contract)
    assert the_order(deliverable).state == state
    return contract, deliverable


def the_order(deliverable: Deliverable) -> PaymentOrder:
    return PaymentOrder.objects.for_reference(deliverable.reference).exclude(state="cancelled").get()


def approve(contract: Contract) -> None:
    approve_payment(PaymentOrder.objects.get(state="draft"), by=contract.cast.finance)


def send(contract: Contract) -> None:
    send_payments(contract.buyer, PaymentOrder.objects.to_send(), by=contract.cast.finance)


def answered(contract: Contract, result: str) -> None:
    attempt = PaymentAttempt.objects.get(state="sent")
    row = bank_csv((attempt, attempt.order.amount, result, "" if result == "成功" else "户名不符"))
    import_bank_answer(contract.buyer, row, by=contract.cast.finance)


def fail(contract: Contract) -> None:
    answered(contract, "失败")


def pay_the_rest(contract: Contract, state: str) -> None:
    """Every step that the order still has to go."""
    with at(contract, 41):
        if state == "failed":
            requeue_payment(PaymentOrder.objects.get(state="failed"), by=contract.cast.finance)
        for waits, step in (("draft", approve), ("approved", send)):
            if PaymentOrder.objects.filter(state=waits).exists():
                step(contract)
        answered(contract, "成功")


def sums_to_nothing(contract: Contract) -> bool:
    contract = again(contract)
    line = BudgetLine.objects.get(pk=contract.budget_line_id)
    owed = balance(Account.of(Account.Kind.PAYABLE, line=line, organisation=contract.supplier))
    treasury = balance(Account.of(Account.Kind.TREASURY, fund=line.fund))
    assert owed == queries.money_of(contract).owed and list(faults(contract)) == []
    return treasury == line.available + line.committed + owed


@pytest.mark.parametrize("state", WAY)
@pytest.mark.parametrize("event", ["suspended", "terminated"])
def test_what_was_accepted_is_paid_once(event: str, state: str):
    contract, deliverable = on_its_way(state)
    with at(contract, 40):
        if event == "suspended":
            actions.suspend_contract(contract, reason="收到质疑", by=contract.cast.officer)
        else:
            actions.terminate_contract(contract, reason="场地被征收", by=contract.cast.officer)
    assert the_order(deliverable).state == state and sums_to_nothing(contract)

    pay_the_rest(contract, state)
    money = queries.money_of(again(contract))
    assert money.paid == money.accepted == the_order(deliverable).amount and money.owed == 0
    assert PaymentAttempt.objects.filter(state="paid").count() == 1 and sums_to_nothing(contract)


@pytest.mark.parametrize("state", ["draft", "approved", "failed"])
def test_an_order_that_is_stopped_leaves_the_debt_and_is_made_out_again(state: str):
    contract, deliverable = on_its_way(state)
    with at(contract, 40):
        actions.terminate_contract(contract, reason="场地被征收", by=contract.cast.officer)
        cancel_payment(the_order(deliverable), reason="账号有争议", by=contract.cast.finance)
        assert queries.money_of(again(contract)).owed > 0 and sums_to_nothing(contract)
        actions.order_again(deliverable, by=contract.cast.officer)
        with refused("state"):
            actions.order_again(deliverable, by=contract.cast.officer)
    pay_the_rest(contract, "draft")
    assert queries.money_of(again(contract)).owed == 0 and sums_to_nothing(contract)


def test_what_is_at_the_bank_is_not_stopped_by_anybody():
    contract, deliverable = on_its_way("sent")
    with at(contract, 40):
        actions.terminate_contract(contract, reason="场地被征收", by=contract.cast.officer)
        with refused("at_bank"):
            cancel_payment(the_order(deliverable), reason="合同已终止", by=contract.cast.finance)
        with refused("state"):
            actions.order_again(deliverable, by=contract.cast.officer)


def test_the_page_says_before_that_what_is_owed_is_still_paid(client):
    contract, _deliverable = on_its_way("approved")
    client.force_login(contract.cast.officer)
    with at(contract, 40):
        page = client.get(reverse("contracts:suspend", args=[contract.number])).text
    assert "已经应付的款项照常支付" in page
