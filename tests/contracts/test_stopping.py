"""What runs under a contract stops with it by itself, and goes on with it: vouchers, orders under a framework."""

import datetime

import pytest
from django.core.exceptions import ValidationError

from contracts import actions
from contracts.actions.clock import run_due_contracts
from contracts.models import Contract
from marketplace.audit.models import Entry
from marketplace.directory.actions import suspend_accreditation
from marketplace.directory.models import Accreditation
from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.tenders.actions import lodge_challenge
from marketplace.tenders.actions.ordering import end_call_off, order_from
from marketplace.tenders.models import CallOff
from marketplace.tenders.queries.framework import framework_of
from tests.given.call_offs import a_call_off, a_contract_from
from tests.given.contracts import a_signed_contract, again, an_accepted_delivery, an_agreement, at

pytestmark = pytest.mark.django_db


def an_agreement_in_force() -> Contract:
    contract = a_signed_contract(an_agreement())
    with at(contract, 2):
        run_due_contracts()
    assert Accreditation.objects.get().state == "active"
    return again(contract)


def an_order_in_force() -> tuple[CallOff, Contract]:
    """Ten units under a framework; the contract has begun."""
    call_off = a_call_off()
    contract = a_signed_contract(a_contract_from(call_off))
    with at(contract, 10):
        run_due_contracts()
    assert again(contract).state == Contract.State.IN_FORCE
    return call_off, again(contract)


def test_a_suspended_agreement_takes_no_vouchers_until_it_is_resumed():
    contract = an_agreement_in_force()
    with at(contract, 3):
        actions.suspend_contract(contract, reason="停业整顿", by=contract.cast.officer)
        assert Accreditation.objects.get().state == "suspended"
        assert Entry.objects.get(event="accreditation.suspended").detail["reason"] == "停业整顿"
        actions.resume_contract(contract, by=contract.cast.officer)
    assert Accreditation.objects.get().state == "active"


def test_what_was_suspended_for_its_own_cause_stays_so():
    contract = an_agreement_in_force()
    suspend_accreditation(Accreditation.objects.get(), reason="绩效评价不合格", by=service_user("tests"))
    with at(contract, 3):
        actions.suspend_contract(contract, reason="停业整顿", by=contract.cast.officer)
        actions.resume_contract(contract, by=contract.cast.officer)
    assert Accreditation.objects.get().state == "suspended"


def test_an_agreement_ended_while_suspended_takes_none_any_more():
    contract = an_agreement_in_force()
    with at(contract, 3):
        actions.suspend_contract(contract, reason="停业整顿", by=contract.cast.officer)
        actions.terminate_contract(contract, reason="未按期整改", by=contract.cast.officer)
    assert Accreditation.objects.get().state == "ended"


def test_an_order_that_runs_stops_by_itself_while_its_framework_is_challenged():
    call_off, contract = an_order_in_force()
    cast = call_off.cast
    third = next(one for one in cast.suppliers if not call_off.lot.admissions.filter(supplier=one).exists())
    with clock.pretend(call_off.moment + datetime.timedelta(hours=2)):
        challenge = lodge_challenge(
            call_off.lot.tender, third, step="result", matters=["评分错误"], facts="评分与文件不符",
            basis="政府采购法第五十二条", wanted="重新评审", by=cast.bidders[cast.suppliers.index(third)],
        )  # fmt: skip
    with at(contract, 11):
        run_due_contracts()
        run_due_contracts()
    stopped = again(contract)
    assert stopped.state == Contract.State.SUSPENDED and challenge.number in stopped.reason
    assert Entry.objects.filter(event="contract.suspended").count() == 1
    with at(contract, 12), pytest.raises(ValidationError) as refusal:
        actions.resume_contract(contract, by=contract.cast.officer)
    assert refusal.value.code == "challenged"


def test_an_order_whose_contract_ended_early_frees_what_it_did_not_deliver():
    call_off, contract = an_order_in_force()
    unit = call_off.amount // 10

    def left() -> int:
        return framework_of(call_off.lot.tender)[0]["left"]

    before = left()
    with at(contract, 20):
        actions.terminate_contract(contract, reason="服务对象迁出", delivered={1: 4}, by=contract.cast.officer)
    ended = CallOff.objects.get()
    assert (ended.state, ended.given_up, ended.reason) == ("ended", 6 * unit, "服务对象迁出")
    assert left() == before + 6 * unit
    with at(contract, 21), pytest.raises(ValidationError) as refusal:
        end_call_off(ended, given_up=0, reason="再次", by=contract.cast.officer)
    assert refusal.value.code == "state" and CallOff.objects.get().given_up == 6 * unit
    with at(contract, 21), pytest.raises(ValidationError) as refusal:
        actions.draft_from_call_off(ended, by=contract.cast.officer)
    assert refusal.value.code == "not_accepted"
    with at(contract, 21):
        again_ordered = order_from(
            ended.admission, need="陪诊", quantity=1, starts_on=clock.today(), ends_on=clock.today(), reason="近",
            by=contract.cast.officer,
        )  # fmt: skip
    assert left() == before + 6 * unit - again_ordered.amount


def test_an_order_delivered_in_full_gives_nothing_up():
    _order, contract = an_order_in_force()
    an_accepted_delivery(contract)
    with at(contract, 40):
        actions.terminate_contract(contract, reason="协商终止", by=contract.cast.officer)
    assert (CallOff.objects.get().state, CallOff.objects.get().given_up) == ("ended", 0)
