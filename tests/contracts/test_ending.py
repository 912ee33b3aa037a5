"""How a contract ends: closed when all is paid, or early by notice; its last paper is the statement."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import translation

from contracts import actions, queries
from contracts.models import Contract, Deliverable, Termination
from contracts.verification import faults
from marketplace.ledger.models import Account, BudgetLine
from marketplace.ledger.queries import balance
from marketplace.pages import clock
from tests.given.contracts import (
    a_bond,
    a_contract_in_force,
    a_draft_contract,
    a_paid_delivery,
    again,
    an_accepted_delivery,
    at,
)
from tests.given.refusals import refused

pytestmark = pytest.mark.django_db


def held(contract: Contract) -> int:
    return balance(Account.of(Account.Kind.BOND, holder=contract.buyer, organisation=contract.supplier))


def test_closing_gives_the_bond_back_with_a_statement_and_an_archive():
    contract = a_draft_contract()
    with at(contract):
        actions.change_conditions(contract, bond_amount=contract.amount // 10, by=contract.cast.officer)
        row = {"title": "全年服务", "quantity": 4, "unit": "次", "amount": contract.amount, "due_on": contract.ends_on}
        actions.set_deliverables(contract, [row], by=contract.cast.officer)
    contract = a_contract_in_force(again(contract))
    a_bond(contract)
    a_paid_delivery(contract, 1)
    with at(contract, 40):
        actions.close_contract(contract, by=contract.cast.officer)
    contract = again(contract)
    assert contract.state == Contract.State.CLOSED
    assert held(contract) == 0
    assert contract.statement.kind == "final-statement"
    assert contract.archive_until.year - (contract.awarded_on + datetime.timedelta(days=40)).year == 15
    assert list(faults(contract)) == []


def test_the_statement_is_chinese_whoever_ends_the_contract():
    contract = a_contract_in_force()
    an_accepted_delivery(contract, 1, quantity=1, satisfaction=90)
    with at(contract, 40), translation.override("en"):
        actions.terminate_contract(contract, reason="场地被征收", delivered={2: 1}, by=contract.cast.officer)
    with again(contract).statement.source.open() as source:
        page = source.read().decode()
    assert "单价" in page and "missing" not in page and "not delivered" not in page


def test_an_early_end_is_settled_when_its_day_has_come(client):
    contract = a_contract_in_force()
    with at(contract, 40):
        last_day = clock.today() + datetime.timedelta(days=20)
        actions.give_notice(
            contract, ground="policy", reason="预算压减", effective_on=last_day, by=contract.cast.officer
        )
        with refused("too_early", last_day.isoformat()):
            actions.terminate_contract(contract, by=contract.cast.officer)
        desk = queries.waiting_for(contract.cast.officer, contract.buyer)
        assert [item.due for item in desk if item.url == contract.get_absolute_url()] == [last_day]
        for person, step in ((contract.cast.officer, "notice_withdraw"), (contract.cast.provider, "notice_answer")):
            client.force_login(person)
            page = client.get(contract.get_absolute_url()).text
            offered = {name for name in ("notice_withdraw", "notice_answer")
                       if reverse(f"contracts:{name}", args=[contract.number]) in page}  # fmt: skip
            assert offered == {step}, "each side finds its own step"
    with at(contract, 60):
        assert actions.terminate_contract(contract, by=contract.cast.officer).state == Contract.State.TERMINATED
        assert not [item for item in queries.waiting_for(contract.cast.officer, contract.buyer) if item.due == last_day]


def test_nothing_is_closed_while_notice_of_an_early_end_stands():
    contract = a_contract_in_force()
    for row in contract.deliverables.all():
        a_paid_delivery(contract, row.position)
    with at(contract, 40):
        notice = actions.give_notice(contract, ground="agreement", reason="协商一致", by=contract.cast.provider)
        with refused("noticed"):
            actions.close_contract(contract, by=contract.cast.officer)
        actions.withdraw_notice(notice, by=contract.cast.provider)
        assert actions.close_contract(contract, by=contract.cast.officer).state == Contract.State.CLOSED


def test_the_supplier_gives_notice_and_the_buyer_settles():
    contract = a_contract_in_force()
    an_accepted_delivery(contract, 1)
    second = contract.deliverables.get(position=2)
    available = BudgetLine.objects.get(pk=contract.budget_line_id).available
    with at(contract, 40):
        notice = actions.give_notice(contract, ground="force_majeure", reason="场地被征用", by=contract.cast.provider)
        assert notice.side == "supplier"
        with pytest.raises(ValidationError) as refusal:
            actions.give_notice(contract, ground="policy", reason="也要终止", by=contract.cast.officer)
        assert refusal.value.code == "noticed"
        with pytest.raises(PermissionDenied):
            actions.answer_notice(notice, answer="同意", by=contract.cast.provider)
        actions.answer_notice(notice, answer="同意，按实结算。", by=contract.cast.officer)
        with pytest.raises(PermissionDenied):
            actions.terminate_contract(contract, by=contract.cast.provider)
        actions.terminate_contract(contract, delivered={2: 1}, by=contract.cast.officer)
    contract = again(contract)
    assert (contract.state, contract.reason) == (Contract.State.TERMINATED, "场地被征用")
    assert Termination.objects.get().state == Termination.State.SETTLED
    assert contract.deliverables.get(position=2).state == Deliverable.State.ACCEPTED
    paid_part = second.amount - second.amount * 2 // 3
    line = BudgetLine.objects.get(pk=contract.budget_line_id)
    assert line.committed == 0
    first = contract.deliverables.get(position=1)
    assert line.available == available + contract.amount - first.amount - paid_part
    money = queries.money_of(contract)
    assert money.deducted == 0, "what an early end leaves undelivered is nobody's fault"
    assert money.released == contract.amount - first.amount - paid_part and money.left == 0
    assert contract.statement is not None
    assert list(faults(contract)) == []


def test_notice_is_taken_back():
    contract = a_contract_in_force()
    with at(contract, 40):
        notice = actions.give_notice(contract, ground="policy", reason="预算压减", by=contract.cast.officer)
        with pytest.raises(PermissionDenied):
            actions.withdraw_notice(notice, by=contract.cast.provider)
        actions.withdraw_notice(notice, by=contract.cast.officer)
        actions.give_notice(contract, ground="policy", reason="预算压减", by=contract.cast.officer)
    assert Termination.objects.count() == 2
