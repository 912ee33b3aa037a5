"""Two at the same moment: one of them is first, the other is told so."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, connections

from contracts import actions
from contracts.models import Acceptance, DeliveryReport
from contracts.verification import faults
from marketplace.ledger.queries import payable_to
from marketplace.parties.models import Role
from marketplace.payments.models import PaymentOrder
from tests.given.contracts import a_contract_in_force, a_delivery, a_draft_contract, again, at, some_evidence
from tests.given.people import a_person
from tests.given.tenders import an_award

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time"),
]


def all_at_once(contract, *verbs: Callable[[], object]) -> list[str]:
    """What became of each: "done", or the code of the refusal."""
    start = threading.Barrier(len(verbs))

    def run(verb: Callable[[], object]) -> str:
        start.wait()
        try:
            with at(contract, 32):
                verb()
        except ValidationError as refusal:
            codes = getattr(refusal, "error_dict", {"": [refusal]})
            return next(error.code for errors in codes.values() for error in errors)
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(len(verbs)) as pool:
        return sorted(pool.map(run, verbs))


def test_six_officers_accept_and_it_is_owed_once():
    contract = a_contract_in_force()
    deliverable = a_delivery(contract)
    officers = [a_person(Role.OFFICER, of=contract.buyer) for _number in range(6)]
    results = all_at_once(
        contract,
        *(lambda by=by: actions.accept_delivery(deliverable, residents_heard=3, by=by) for by in officers),
    )
    assert results == ["done", *["state"] * 5]
    assert Acceptance.objects.count() == PaymentOrder.objects.count() == 1
    assert payable_to(contract.supplier) == deliverable.amount and list(faults(contract)) == []


def test_one_invoice_asks_for_two_contracts_money_once():
    first = a_contract_in_force()
    award = an_award()
    award.supplier = first.supplier
    award.save(update_fields=["supplier"])
    second = a_contract_in_force(a_draft_contract(award))

    def report(contract):
        return lambda: actions.report_delivery(
            contract.deliverables.get(position=1), quantity=1, note="完成", invoice_number="25320585000001",
            file=some_evidence(), by=contract.cast.provider,
        )  # fmt: skip

    assert all_at_once(first, report(first), report(second)) == ["done", "invoice_twice"]
    assert DeliveryReport.objects.count() == 1


def test_accepting_and_ending_meet_and_the_ledger_agrees():
    contract = a_contract_in_force()
    deliverable = a_delivery(contract)
    results = all_at_once(
        contract,
        lambda: actions.accept_delivery(deliverable, residents_heard=3, by=contract.cast.officer),
        lambda: actions.reject_delivery(deliverable, reason="不全", by=contract.cast.officer),
        lambda: actions.suspend_contract(contract, reason="质疑", by=contract.cast.approver),
    )
    assert "done" in results and list(faults(again(contract))) == []
    assert Acceptance.objects.count() <= 1
