"""While a challenge may change the result nothing is signed, and what runs stops by itself (REG 54)."""

import pytest
from django.core.exceptions import ValidationError

from contracts import actions
from contracts.actions.clock import run_due_contracts, suspend_challenged_contracts
from contracts.models import Contract
from marketplace.audit.models import Entry
from marketplace.ledger.models import Transfer
from marketplace.messages.models import Message
from marketplace.parties.actions import service_user
from marketplace.tenders.actions import answer_challenge, judge_effect
from tests.given.challenges import a_challenge
from tests.given.contracts import a_contract_in_force, a_delivery, a_draft_contract, a_half_signed_contract, again, at
from tests.given.tenders import an_award

pytestmark = pytest.mark.django_db


def test_nobody_signs_while_a_challenge_stands():
    award = an_award()
    contract = a_half_signed_contract(a_draft_contract(award))
    challenge = a_challenge(award)
    before = Transfer.objects.count()
    with at(contract, 3), pytest.raises(ValidationError) as refusal:
        actions.sign_contract(contract, by=contract.cast.signatory)
    assert refusal.value.code == "challenged"
    assert challenge.number in refusal.value.messages[0]
    assert again(contract).state == Contract.State.HALF_SIGNED and Transfer.objects.count() == before

    with at(contract, 4):
        judge_effect(challenge, affects_result=False, reason="质疑事项与结果无关", by=award.cast.officer)
        actions.sign_contract(contract, by=contract.cast.signatory)
    assert again(contract).is_public


def test_a_running_contract_stops_by_itself_until_the_challenge_is_answered(django_capture_on_commit_callbacks):
    award = an_award()
    contract = a_contract_in_force(a_draft_contract(award))
    with at(contract, 5):
        assert suspend_challenged_contracts(by=service_user("clock")) == 0
    challenge = a_challenge(award, days=6)
    with at(contract, 6), django_capture_on_commit_callbacks(execute=True):
        run_due_contracts()
        run_due_contracts()
    stopped = again(contract)
    assert stopped.state == Contract.State.SUSPENDED and challenge.number in stopped.reason
    assert Entry.objects.filter(event="contract.suspended").count() == 1
    assert Message.objects.filter(to=contract.cast.provider, subject__contains=contract.title).exists()
    with pytest.raises(ValidationError) as refusal:
        a_delivery(contract)
    assert refusal.value.code == "suspended"
    with at(contract, 7), pytest.raises(ValidationError) as refusal:
        actions.resume_contract(contract, by=contract.cast.officer)
    assert refusal.value.code == "challenged"
    with at(contract, 8):
        answer_challenge(challenge, is_upheld=False, reply="经复核，评分无误。", by=award.cast.officer)
        actions.resume_contract(contract, by=contract.cast.officer)
    assert again(contract).state == Contract.State.IN_FORCE
    with at(contract, 9):
        assert suspend_challenged_contracts(by=service_user("clock")) == 0
