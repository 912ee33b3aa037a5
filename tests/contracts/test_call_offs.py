"""The contract of an order under a framework."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from contracts import actions
from contracts.differences import differences
from contracts.models import Contract, Deliverable
from contracts.verification import faults
from marketplace.ledger.models import BudgetLine
from marketplace.opendata.models import Release
from marketplace.pages import clock
from marketplace.parties.models import Role
from marketplace.tenders.actions import judge_effect, lodge_challenge
from tests.given.call_offs import a_call_off, a_contract_from
from tests.given.contracts import a_sent_contract, again, at
from tests.given.people import a_bureau, a_person

pytestmark = pytest.mark.django_db


def test_an_accepted_order_becomes_a_contract_that_both_sign():
    call_off = a_call_off()
    contract = a_contract_from(call_off)
    assert (contract.amount, contract.supplier) == (call_off.amount, call_off.supplier)
    assert (contract.starts_on, contract.ends_on) == (call_off.starts_on, call_off.ends_on)
    plan = contract.deliverables.get()
    assert (plan.quantity, plan.amount, plan.kind) == (10, call_off.amount, Deliverable.Kind.VOLUME)
    words = "\n".join(contract.clauses.values_list("text", flat=True))
    assert "每周陪诊两次" in words and call_off.number in words

    contract = a_sent_contract(contract)
    with at(contract):
        actions.sign_contract(contract, by=contract.cast.provider)
        actions.sign_contract(contract, by=contract.cast.signatory)
    contract = again(contract)
    assert contract.is_public and BudgetLine.objects.get(pk=contract.budget_line_id).committed >= contract.amount
    assert list(faults(contract)) == []
    assert call_off.number in bytes(Release.objects.get(tags=["contract"]).body).decode()


def test_an_order_that_nobody_accepted_or_that_has_its_contract_is_refused():
    waiting = a_call_off(accepted=False)
    with pytest.raises(ValidationError) as refusal:
        a_contract_from(waiting)
    assert refusal.value.code == "not_accepted"
    assert not Contract.objects.exists()
    call_off = a_call_off()
    a_contract_from(call_off)
    with pytest.raises(ValidationError) as refusal:
        a_contract_from(call_off)
    assert refusal.value.code == "drafted"
    with pytest.raises(PermissionDenied):
        actions.draft_from_call_off(call_off, by=a_person(Role.OFFICER, of=a_bureau()))
    assert Contract.objects.count() == 1


def test_the_desk_offers_it_once_and_strangers_find_nothing(client):
    call_off = a_call_off()
    url = reverse("contracts:draft_call_off", args=[call_off.pk])
    client.force_login(a_person(Role.OFFICER, of=a_bureau()))
    assert client.get(url).status_code == 404
    client.force_login(a_person(Role.OFFICER, of=call_off.lot.tender.bureau))
    assert call_off.number in client.get(url).content.decode()
    answer = client.post(url)
    assert answer.status_code == 302 and Contract.objects.get().number in answer["Location"]
    assert client.get(url).status_code == 404


def test_the_draft_shows_where_it_departs_from_the_order():
    call_off = a_call_off()
    contract = a_contract_from(call_off)
    assert [row for row in differences(contract) if row.before != row.now] == []
    later = contract.ends_on + datetime.timedelta(days=9)
    with clock.pretend(call_off.moment):
        actions.change_terms(
            contract, title=contract.title, starts_on=contract.starts_on, ends_on=later, place=contract.place,
            by=contract.cast.officer,
        )  # fmt: skip
    shown = [(row.before, row.now) for row in differences(again(contract))]
    assert shown == [(call_off.ends_on.isoformat(), later.isoformat())]


def test_a_challenged_framework_stops_what_was_ordered_under_it():
    call_off = a_call_off()
    contract = a_sent_contract(a_contract_from(call_off))
    cast = call_off.cast
    with at(contract), clock.pretend(call_off.moment + datetime.timedelta(hours=1)):
        third = next(one for one in cast.suppliers if not call_off.lot.admissions.filter(bid__supplier=one).exists())
        challenge = lodge_challenge(
            call_off.lot.tender, third, step="result", matters=["评分错误"], facts="评分与文件不符",
            basis="政府采购法第五十二条", wanted="重新评审", by=cast.bidders[cast.suppliers.index(third)],
        )  # fmt: skip
        with pytest.raises(ValidationError) as refusal:
            actions.sign_contract(contract, by=contract.cast.provider)
        assert refusal.value.code == "challenged" and challenge.number in refusal.value.messages[0]
        judge_effect(challenge, affects_result=False, reason="质疑事项与结果无关", by=cast.officer)
        actions.sign_contract(contract, by=contract.cast.provider)
