"""What was cancelled or came back is ordered again; the invoice is given again until the money is on its way."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from contracts import actions, queries
from contracts.verification import faults
from marketplace.ledger.queries import payable_to
from marketplace.parties.models import Role
from marketplace.payments.actions import approve_payment, cancel_payment, refund_payment
from marketplace.payments.models import PaymentOrder
from tests.given.contracts import PDF, a_contract_in_force, a_paid_delivery, again, an_accepted_delivery, at
from tests.given.people import a_person, an_organisation

pytestmark = pytest.mark.django_db


def the_order(deliverable) -> PaymentOrder:
    return PaymentOrder.objects.for_reference(deliverable.reference).order_by("-ordered_at").first()


def test_a_cancelled_order_is_made_out_again_and_only_then():
    contract = a_contract_in_force()
    deliverable = an_accepted_delivery(contract)
    with at(contract, 33):
        with pytest.raises(ValidationError) as refusal:
            actions.order_again(deliverable, by=contract.cast.officer)
        assert refusal.value.code == "state"
        cancel_payment(the_order(deliverable), reason="户名有误", by=contract.cast.finance)
        with pytest.raises(PermissionDenied):
            actions.order_again(deliverable, by=contract.cast.provider)
        order = actions.order_again(deliverable, by=contract.cast.officer)
        with pytest.raises(ValidationError):
            actions.order_again(deliverable, by=contract.cast.officer)
    assert (order.amount, order.state) == (deliverable.amount, "draft")
    assert PaymentOrder.objects.count() == 2 and payable_to(contract.supplier) == deliverable.amount
    with at(contract, 33), pytest.raises(ValidationError):
        actions.order_again(contract.deliverables.get(position=2), by=contract.cast.officer)


def test_what_came_back_and_is_owed_is_ordered_again_the_rest_never():
    contract = a_contract_in_force()
    order = a_paid_delivery(contract)
    deliverable = contract.deliverables.get(position=1)
    back = {"reason": "核减", "bank_reference": "B1", "by": contract.cast.finance}
    with at(contract, 40):
        refund_payment(order, 10_000, key="r1", **back)
        with pytest.raises(ValidationError):
            actions.order_again(deliverable, by=contract.cast.officer)
        refund_payment(order, 20_000, key="r2", is_still_owed=True, **back)
        money = queries.money_of(contract)
        assert (money.taken_back, money.owed, money.paid) == (10_000, 20_000, order.amount - 30_000)
        again_ordered = actions.order_again(deliverable, by=contract.cast.officer)
    assert again_ordered.amount == 20_000
    assert list(faults(contract)) == []


def test_an_instalment_that_is_owed_again_keeps_the_contract_open(client):
    contract = a_contract_in_force()
    order = a_paid_delivery(contract)
    with at(contract, 40):
        refund_payment(
            order, 5_000, key="r", reason="x", bank_reference="B", is_still_owed=True, by=contract.cast.finance
        )
        client.force_login(contract.cast.officer)
        page = client.get(contract.get_absolute_url()).content.decode()
    assert reverse("contracts:order_again", args=[contract.deliverables.get(position=1).pk]) in page


def test_the_invoice_is_given_again_until_the_money_is_on_its_way(client):
    contract = a_contract_in_force()
    deliverable = an_accepted_delivery(contract, deduction=10_000, reason="缺勤")
    report = deliverable.reports.get()
    url = reverse("contracts:invoice", args=[deliverable.pk])
    client.force_login(contract.cast.provider)

    def sent(file: SimpleUploadedFile, number: str = "25320585009999") -> int:
        with at(contract, 33):
            return client.post(url, {"number": number, "file": file}).status_code

    assert sent(SimpleUploadedFile("发票.pdf", b"MZ\x90\x00 not a pdf")) == 422, "it is none"
    assert sent(SimpleUploadedFile("发票.exe", PDF)) == 422, "by its name it is none"
    assert sent(SimpleUploadedFile("发票.pdf", PDF + b" " * (10 * 1024 * 1024))) == 422, "too large"
    assert sent(SimpleUploadedFile("发票.pdf", PDF), number="") == 422
    report.refresh_from_db()
    assert not report.invoice_file
    assert sent(SimpleUploadedFile("发票.pdf", PDF)) == 302
    report.refresh_from_db()
    assert (report.invoice_number, report.invoice_name) == ("25320585009999", "发票.pdf")
    file = reverse("contracts:invoice_file", args=[report.pk])
    assert client.get(file).status_code == 200
    client.force_login(a_person(Role.OWNER, Role.FINANCE, of=an_organisation()))
    assert client.get(url).status_code == client.get(file).status_code == 404


def test_the_invoice_stands_once_the_money_is_on_its_way():
    contract = a_contract_in_force()
    a_paid_delivery(contract)
    report = contract.deliverables.get(position=1).reports.get()
    with at(contract, 40):
        with pytest.raises(ValidationError) as refusal:
            actions.attach_invoice(report, number="新号", by=contract.cast.provider)
        assert refusal.value.code == "paid"
        with pytest.raises(PermissionDenied):
            actions.attach_invoice(report, number="新号", by=contract.cast.officer)


def test_one_invoice_number_for_one_instalment():
    contract = a_contract_in_force()
    first, second = an_accepted_delivery(contract, 1), an_accepted_delivery(contract, 2)
    with at(contract, 40), pytest.raises(ValidationError) as refusal:
        actions.attach_invoice(
            second.reports.get(), number=first.reports.get().invoice_number, by=contract.cast.provider
        )
    assert refusal.value.error_dict["invoice_number"][0].code == "invoice_twice"
    assert approve_payment(the_order(again(contract).deliverables.get(position=2)), by=contract.cast.finance)
