"""Supplements within GPL 49, renewals after the evaluation: signed by both, then the ledger follows."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from contracts import actions, queries
from contracts.models import Amendment, Contract, Deliverable
from contracts.verification import faults
from marketplace.ledger.models import BudgetLine
from marketplace.papers.queries import check_paper
from tests.given.contracts import (
    a_contract_in_force,
    a_draft_amendment,
    a_signed_amendment,
    a_signed_contract,
    a_yearly_contract,
    again,
    an_accepted_delivery,
    at,
    some_evidence,
)
from tests.given.money import a_budget_line
from tests.given.refusals import refused

pytestmark = pytest.mark.django_db


def test_a_supplement_commits_more_when_both_have_signed():
    contract = a_contract_in_force()
    second = contract.deliverables.get(position=2)
    committed = BudgetLine.objects.get(pk=contract.budget_line_id).committed
    amendment = a_draft_amendment(contract, quantities=[(second, 1)])
    assert amendment.change == second.amount // 3
    assert again(contract).amount == contract.amount, "nothing changes before both have signed"

    amendment = a_signed_amendment(contract, amendment)

    contract = again(contract)
    assert amendment.state == Amendment.State.SIGNED
    assert contract.amount == contract.signed_amount + amendment.change
    assert contract.deliverables.get(position=2).quantity == 4
    assert BudgetLine.objects.get(pk=contract.budget_line_id).committed == committed + amendment.change
    assert list(faults(contract)) == []
    assert len(check_paper(amendment.paper).seals) == 2 and check_paper(amendment.paper).is_genuine


def test_supplements_together_are_ten_percent_at_most():
    contract = a_contract_in_force()
    due_on = contract.ends_on
    most = contract.signed_amount // 10
    row = {"title": "增加服务", "quantity": 10, "unit": "人次", "due_on": due_on}
    with at(contract, 10), pytest.raises(ValidationError) as refusal:
        actions.draft_amendment(
            contract, reason_code="demand", reason="人数增加", added=[row | {"amount": most + 1}],
            by=contract.cast.officer,
        )  # fmt: skip
    assert refusal.value.code == "over_supplement"
    assert "第四十九条" in refusal.value.messages[0]
    a_signed_amendment(contract, a_draft_amendment(contract, added=[row | {"amount": most - 100}]))
    with at(contract, 12), pytest.raises(ValidationError) as refusal:
        actions.draft_amendment(
            contract, reason_code="demand", reason="再增加", added=[row | {"amount": 101}], by=contract.cast.officer
        )
    assert refusal.value.code == "over_supplement"
    assert contract.amendments.count() == 1


def test_fewer_units_give_money_back():
    contract = a_contract_in_force()
    last = contract.deliverables.get(position=4)
    available = BudgetLine.objects.get(pk=contract.budget_line_id).available
    amendment = a_signed_amendment(contract, a_draft_amendment(contract, quantities=[(last, -1)]))
    assert amendment.change < 0
    assert BudgetLine.objects.get(pk=contract.budget_line_id).available == available - amendment.change
    assert list(faults(contract)) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "no_change"),
        ({"reason": " "}, "no_reason"),
        ({"added": [{"title": "x", "quantity": 1, "unit": "项", "amount": 1, "due_on": datetime.date(2050, 1, 1)}]},
         "due_outside"),
        ({"ends_on": datetime.date(2050, 1, 1)}, "term_too_long"),
    ],
)  # fmt: skip
def test_a_supplement_is_refused(changes, code):
    contract = a_contract_in_force()
    amendment = {"reason_code": "policy", "reason": "调整"} | changes
    with at(contract, 10), pytest.raises(ValidationError) as refusal:
        actions.draft_amendment(contract, **amendment, by=contract.cast.officer)
    assert code in {error.code for error in _errors(refusal.value)}
    assert not contract.amendments.exists()


def test_the_term_is_not_shortened_under_what_is_still_due():
    contract = a_signed_contract()
    last = contract.deliverables.order_by("due_on").last()
    change = {"reason_code": "schedule", "reason": "提前结束", "by": contract.cast.officer}
    for day in (contract.starts_on - datetime.timedelta(days=1), last.due_on - datetime.timedelta(days=1)):
        with at(contract), refused("shorter"):
            actions.draft_amendment(contract, ends_on=day, **change)
    with at(contract), refused("past"):
        actions.draft_amendment(contract, ends_on=contract.awarded_on, **change)
    assert not contract.amendments.exists()


def _errors(refusal):
    if hasattr(refusal, "error_dict"):
        return [error for errors in refusal.error_dict.values() for error in errors]
    return refusal.error_list


def test_what_was_delivered_is_not_changed():
    contract = a_contract_in_force()
    amendment = a_draft_amendment(contract, quantities=[(contract.deliverables.get(position=1), 1)])
    with at(contract, 11):
        actions.send_amendment(amendment, by=contract.cast.officer)
        actions.sign_amendment(amendment, by=contract.cast.provider)
    an_accepted_delivery(contract, 1)
    with at(contract, 33), pytest.raises(ValidationError) as refusal:
        actions.sign_amendment(amendment, by=contract.cast.signatory)
    assert refusal.value.code == "decided"
    assert Amendment.objects.get().state == Amendment.State.HALF_SIGNED
    assert Amendment.objects.get().paper.signatures.count() == 1


def test_one_change_at_a_time_and_only_the_right_people():
    contract = a_contract_in_force()
    amendment = a_draft_amendment(contract, text="服务时间调整为八点到十八点。")
    with at(contract, 10), pytest.raises(ValidationError) as refusal:
        a_draft_amendment(contract, text="另一项")
    assert refusal.value.code == "pending"
    with at(contract, 10):
        with pytest.raises(PermissionDenied):
            actions.draft_amendment(contract, reason_code="policy", reason="x", text="y", by=contract.cast.provider)
        actions.send_amendment(amendment, by=contract.cast.officer)
        with pytest.raises(PermissionDenied):
            actions.sign_amendment(amendment, by=contract.cast.signatory)
        actions.refuse_amendment(amendment, reason="不同意", by=contract.cast.provider)
    assert Amendment.objects.get().state == Amendment.State.REFUSED
    a_draft_amendment(contract, text="第二次")


def test_a_contract_of_three_years_commits_a_year_and_goes_on_by_renewal():
    contract = a_yearly_contract()
    line = BudgetLine.objects.get(pk=contract.budget_line_id)
    first_year = [row for row in contract.deliverables.all() if row.due_on <= contract.assured_until]
    assert len(first_year) == 12 and contract.deliverables.count() == 36
    assert line.committed == sum(row.amount for row in first_year)
    assert queries.money_of(contract).unassured == contract.amount - line.committed

    later = contract.deliverables.get(position=13)
    with at(contract, 30), pytest.raises(ValidationError) as refusal:
        actions.report_delivery(
            later, quantity=1, note="做了", invoice_number="1", file=None, by=contract.cast.provider
        )
    assert refusal.value.code == "not_assured"

    next_line = a_budget_line(contract.amount, bureau=contract.buyer, fund=line.fund)
    with at(contract, 300), pytest.raises(ValidationError) as refusal:
        actions.draft_renewal(contract, next_line, by=contract.cast.officer)
    assert refusal.value.code == "not_evaluated"
    with at(contract, 310):
        actions.note_evaluation(contract, reference="PJ-1", grade="fair", score=70, by=contract.cast.officer)
    with at(contract, 311), pytest.raises(ValidationError) as refusal:
        actions.draft_renewal(contract, next_line, by=contract.cast.officer)
    assert refusal.value.code == "grade_too_low"
    with at(contract, 320):
        actions.note_evaluation(contract, reference="PJ-2", grade="good", score=86, by=contract.cast.officer)
        actions.note_evaluation(contract, reference="PJ-2", grade="good", score=86, by=contract.cast.officer)
    assert contract.evaluation_notes.count() == 2
    with at(contract, 321):
        renewal = actions.draft_renewal(contract, next_line, by=contract.cast.officer)
    a_signed_amendment(contract, renewal, day=322)

    contract = again(contract)
    next_line.refresh_from_db()
    second_year = contract.deliverables.filter(line=next_line)
    assert second_year.count() == 12
    assert next_line.committed == sum(second_year.values_list("amount", flat=True))
    assert (contract.assured_until.year - contract.starts_on.year, contract.state) == (2, Contract.State.IN_FORCE)
    assert contract.deliverables.filter(is_committed=False).count() == 12
    assert list(faults(contract)) == []


def test_without_a_renewal_the_rest_lapses():
    contract = a_yearly_contract(months=24)
    for row in contract.deliverables.filter(is_committed=True):
        with at(contract, 360):
            actions.report_delivery(
                row, quantity=row.quantity, note="完成", invoice_number=f"FP{row.position}",
                file=None if not row.is_delivery else some_evidence(), by=contract.cast.provider,
            )  # fmt: skip
            actions.accept_delivery(row, residents_heard=3, by=contract.cast.officer)
    with at(contract, 400), pytest.raises(ValidationError) as refusal:
        actions.close_contract(contract, by=contract.cast.officer)
    assert refusal.value.code == "unpaid", "the unassured instalments don't stand in the way, the unpaid ones do"
    assert contract.deliverables.filter(state=Deliverable.State.PLANNED).count() == 12
