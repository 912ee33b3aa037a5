"""Report, accept or send back, owe, order, pay, publish: the ledger agrees at every step."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from contracts import actions, queries
from contracts.models import Contract, Deliverable
from marketplace.ledger.models import BudgetLine
from marketplace.ledger.queries import payable_to
from marketplace.ledger.references import url_of
from marketplace.opendata.models import Release
from marketplace.parties.actions import service_user
from marketplace.parties.models import Role
from marketplace.payments.models import PaymentOrder
from tests.given.contracts import (
    a_contract_in_force,
    a_delivery,
    a_paid_delivery,
    a_signed_contract,
    again,
    an_accepted_delivery,
    at,
    some_evidence,
)
from tests.given.people import a_person

pytestmark = pytest.mark.django_db


def line_of(contract: Contract) -> BudgetLine:
    return BudgetLine.objects.get(pk=contract.budget_line_id)


def test_nothing_is_delivered_before_the_contract_begins():
    contract = a_signed_contract()
    with at(contract), pytest.raises(ValidationError) as refusal:
        actions.report_delivery(
            contract.deliverables.first(), quantity=1, note="做了", invoice_number="1", file=some_evidence(),
            by=contract.cast.provider,
        )  # fmt: skip
    assert refusal.value.code == "not_in_force"


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"note": " "}, "note", "no_note"),
        ({"invoice_number": ""}, "invoice_number", "no_invoice"),
        ({"quantity": 0}, "quantity", "quantity"),
        ({"file": None}, "file", "no_file"),
    ],
)
def test_a_report_says_what_with_evidence_and_invoice(changes, field, code):
    contract = a_contract_in_force()
    deliverable = contract.deliverables.first()
    report = {"quantity": 3, "note": "做了", "invoice_number": "123", "file": some_evidence()} | changes
    with at(contract, 30), pytest.raises(ValidationError) as refusal:
        actions.report_delivery(deliverable, **report, by=contract.cast.provider)
    assert refusal.value.error_dict[field][0].code == code
    assert contract.deliverables.first().state == Deliverable.State.PLANNED


def test_an_invoice_is_used_once():
    contract = a_contract_in_force()
    used = a_delivery(contract, 1).reports.get().invoice_number
    with at(contract, 30), pytest.raises(ValidationError) as refusal:
        actions.report_delivery(
            contract.deliverables.get(position=2), quantity=3, note="做了", invoice_number=used, file=some_evidence(),
            by=contract.cast.provider,
        )  # fmt: skip
    assert refusal.value.error_dict["invoice_number"][0].code == "invoice_twice"


def test_acceptance_owes_and_orders_the_payment():
    contract = a_contract_in_force()
    deliverable = an_accepted_delivery(contract)
    line = line_of(contract)

    assert deliverable.state == Deliverable.State.ACCEPTED
    assert payable_to(contract.supplier) == deliverable.amount
    assert (line.committed, line.spent) == (contract.amount - deliverable.amount, deliverable.amount)
    order = PaymentOrder.objects.for_reference(deliverable.reference).get()
    assert (order.amount, order.state, order.payee) == (deliverable.amount, "draft", contract.supplier)
    assert deliverable.reports.get().invoice_number in order.purpose


def test_a_deduction_goes_back_to_the_budget():
    contract = a_contract_in_force()
    available = line_of(contract).available
    deliverable = an_accepted_delivery(contract, deduction=1_000_00, reason="缺勤两天")
    line = line_of(contract)

    assert line.available == available + 1_000_00
    assert payable_to(contract.supplier) == deliverable.amount - 1_000_00
    money = queries.money_of(contract)
    assert (money.accepted, money.deducted, money.paid) == (deliverable.amount - 1_000_00, 1_000_00, 0)


@pytest.mark.parametrize(
    ("acceptance", "field", "code"),
    [
        ({"residents_heard": 0}, "residents_heard", "not_heard"),
        ({"residents_heard": 3, "deduction": 100}, "reason", "no_reason"),
        ({"residents_heard": 3, "deduction": 10**12, "reason": "没做"}, "deduction", "deduction"),
    ],
)
def test_acceptance_is_refused(acceptance, field, code):
    contract = a_contract_in_force()
    deliverable = a_delivery(contract)
    with at(contract, 32), pytest.raises(ValidationError) as refusal:
        actions.accept_delivery(deliverable, by=contract.cast.officer, **acceptance)
    assert refusal.value.error_dict[field][0].code == code
    assert payable_to(contract.supplier) == 0
    assert not PaymentOrder.objects.exists()


def test_accepted_once():
    contract = a_contract_in_force()
    deliverable = an_accepted_delivery(contract)
    with at(contract, 33), pytest.raises(ValidationError) as refusal:
        actions.accept_delivery(deliverable, residents_heard=1, by=contract.cast.officer)
    assert refusal.value.code == "state"
    assert PaymentOrder.objects.count() == 1


def test_the_supplier_can_t_accept_nor_the_buyer_report():
    contract = a_contract_in_force()
    deliverable = a_delivery(contract)
    with at(contract, 32), pytest.raises(PermissionDenied):
        actions.accept_delivery(deliverable, residents_heard=1, by=contract.cast.provider)
    with at(contract, 32), pytest.raises(PermissionDenied):
        actions.report_delivery(
            contract.deliverables.get(position=2), quantity=1, note="做了", invoice_number="9", file=some_evidence(),
            by=contract.cast.officer,
        )  # fmt: skip


def test_whoever_accepts_does_not_approve_the_payment():
    from_two = a_contract_in_force()
    officer = a_person(Role.OFFICER, Role.FINANCE, Role.APPROVER, of=from_two.buyer)
    from_two.cast.officer = officer
    deliverable = an_accepted_delivery(from_two)
    order = PaymentOrder.objects.for_reference(deliverable.reference).get()
    from marketplace.payments.actions import approve_payment  # noqa: PLC0415

    with pytest.raises((PermissionDenied, ValidationError)):
        approve_payment(order, by=officer)
    assert PaymentOrder.objects.get().state == "draft"


def test_what_was_sent_back_is_reported_again():
    contract = a_contract_in_force()
    deliverable = a_delivery(contract)
    with at(contract, 32):
        actions.reject_delivery(deliverable, reason="缺签到记录", by=contract.cast.officer)
    assert contract.deliverables.first().state == Deliverable.State.REJECTED
    deliverable = an_accepted_delivery(contract)
    assert deliverable.state == Deliverable.State.ACCEPTED
    assert deliverable.reports.count() == 2


def test_a_payment_reaches_the_page_and_open_data(client):
    contract = a_contract_in_force()
    order = a_paid_delivery(contract)
    assert queries.money_of(contract).paid == order.amount

    assert actions.publish_payments(by=service_user("clock")) == 1
    assert actions.publish_payments(by=service_user("clock")) == 0
    release = Release.objects.get(tags=["implementation"])
    assert '"transactions"' in bytes(release.body).decode()
    page = client.get(contract.get_absolute_url()).content.decode()
    assert "已支付" in page or "Paid" in page


def test_a_contract_closes_when_all_is_paid():
    contract = a_contract_in_force()
    with at(contract, 31), pytest.raises(ValidationError) as refusal:
        actions.close_contract(contract, by=contract.cast.officer)
    assert refusal.value.code == "undelivered"
    for position in (1, 2, 3):
        a_paid_delivery(contract, position)
    an_accepted_delivery(contract, 4)
    with at(contract, 31), pytest.raises(ValidationError) as refusal:
        actions.close_contract(contract, by=contract.cast.officer)
    assert refusal.value.code == "unpaid"


def test_an_early_end_releases_what_was_not_accepted():
    contract = a_contract_in_force()
    available = line_of(contract).available
    accepted = an_accepted_delivery(contract)
    a_delivery(contract, 2)
    with at(contract, 40), pytest.raises(ValidationError) as refusal:
        actions.terminate_contract(contract, reason="场地收回", by=contract.cast.officer)
    assert refusal.value.code == "undecided"
    with at(contract, 40):
        actions.reject_delivery(contract.deliverables.get(position=2), reason="未完成", by=contract.cast.officer)
        actions.terminate_contract(contract, reason="场地收回", by=contract.cast.officer)
    line = line_of(contract)
    assert again(contract).state == Contract.State.TERMINATED
    assert line.available == available + contract.amount - accepted.amount
    assert line.committed == 0


def test_the_trail_of_an_instalments_money_leads_to_its_contract(client):
    contract = a_contract_in_force()
    instalment = an_accepted_delivery(contract)
    client.force_login(contract.cast.officer)
    page = client.get(reverse("ledger:trail"), {"reference": instalment.reference})
    assert contract.get_absolute_url() in page.content.decode()
    assert url_of(contract.number) == contract.get_absolute_url()
    assert url_of("HT0000-2020-0001/1") == ""
