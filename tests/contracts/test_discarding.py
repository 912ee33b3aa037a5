"""A draft that the buyer does not go on with: its award fell, or it was a mistake."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from contracts import actions
from contracts.models import Contract
from contracts.queries import awards_to_draft, call_offs_to_draft, waiting_for
from marketplace.audit.models import Entry
from marketplace.ledger.models import Transfer
from marketplace.parties.models import Role, User
from marketplace.tenders.actions import decline_award
from tests.given.call_offs import a_call_off, a_contract_from
from tests.given.contracts import a_draft_contract, a_sent_contract, again, an_agreement, at
from tests.given.people import a_bureau, a_person
from tests.given.refusals import refused

pytestmark = pytest.mark.django_db


def a_fallen_draft() -> Contract:
    """Drafted; then the winner declines."""
    contract = a_draft_contract()
    with at(contract):
        decline_award(contract.award, reason="场地租约到期", by=contract.cast.provider)
    return again(contract)


def desk_of(officer: User, contract: Contract) -> list[str]:
    return [item.text for item in waiting_for(officer, contract.buyer)]


def test_a_draft_whose_award_fell_says_so_and_is_discarded(client):
    contract = a_fallen_draft()
    officer, page = contract.cast.officer, contract.get_absolute_url()
    client.force_login(officer)
    shown = client.get(page).content.decode()
    assert shown.count("场地租约到期") == 2  # beside the button, and in what has happened
    assert reverse("contracts:discard", args=[contract.number]) in shown
    assert reverse("contracts:send", args=[contract.number]) not in shown
    assert desk_of(officer, contract) == [f"成交已失效，请作废合同草稿：{contract.title}"]

    answer = client.post(
        reverse("contracts:discard", args=[contract.number]), {"reason": "供应商放弃成交"}, follow=True
    )
    shown = answer.content.decode()
    assert answer.redirect_chain[-1][0] == page and "供应商放弃成交" in shown and "场地租约到期" in shown
    assert again(contract).state == Contract.State.DISCARDED and again(contract).clauses.exists()
    assert Entry.objects.filter(event="contract.discarded").count() == 1
    assert desk_of(officer, contract) == []
    assert not awards_to_draft(officer).exists()  # the lot's next award will be another

    for name in ("discard", "send"):
        assert reverse(f"contracts:{name}", args=[contract.number]) not in shown
    client.force_login(contract.cast.provider)
    assert client.get(page).status_code == 404 and not Contract.objects.of(contract.supplier).exists()


def test_a_draft_whose_award_fell_is_not_sent():
    contract = a_fallen_draft()
    with at(contract), refused("award_ended"):
        actions.send_for_signature(contract, by=contract.cast.officer)
    assert again(contract).state == Contract.State.DRAFT and again(contract).paper is None


def test_a_mistaken_draft_is_discarded_and_another_follows_from_the_same_award():
    contract = a_draft_contract()
    assert desk_of(contract.cast.officer, contract) == [f"发出签署：{contract.title}"]
    with at(contract):
        actions.discard_draft(contract, reason="分包选错", by=contract.cast.officer)
        assert list(awards_to_draft(contract.cast.officer)) == [contract.award]
        another = actions.draft_contract(contract.award, by=contract.cast.officer)
    assert another.number != contract.number and another.state == Contract.State.DRAFT


def test_an_order_and_a_programme_are_free_again():
    order, agreement = a_contract_from(call_off := a_call_off()), an_agreement()
    actions.discard_draft(order, reason="改签", by=order.cast.officer)
    assert list(call_offs_to_draft(order.cast.officer)) == [call_off]
    assert a_contract_from(call_off).number != order.number
    actions.discard_draft(agreement, reason="改签", by=agreement.cast.officer)
    again_agreed = actions.draft_provider_agreement(agreement.programme, agreement.supplier, by=agreement.cast.officer)
    assert again_agreed.number != agreement.number


def test_nothing_else_is_discarded_and_by_nobody_else(client):
    contract = a_draft_contract()
    with refused("no_reason"):
        actions.discard_draft(contract, reason=" ", by=contract.cast.officer)
    for person in (contract.cast.provider, contract.cast.approver, a_person(Role.OFFICER, of=a_bureau())):
        with pytest.raises(PermissionDenied):
            actions.discard_draft(contract, reason="不要了", by=person)
    address = reverse("contracts:discard", args=[contract.number])
    for person, status in ((contract.cast.approver, 403), (contract.cast.provider, 404)):
        client.force_login(person)
        assert client.post(address, {"reason": "不要了"}).status_code == status
    assert again(contract).state == Contract.State.DRAFT

    a_sent_contract(contract)
    with refused("not_draft"):
        actions.discard_draft(contract, reason="不要了", by=contract.cast.officer)
    assert again(contract).state == Contract.State.SENT
    assert (
        not Entry.objects.filter(event="contract.discarded").exists()
        and not Transfer.objects.filter(reference=contract.number).exists()
    )


def test_it_is_discarded_once():
    contract = a_draft_contract()
    actions.discard_draft(contract, reason="不要了", by=contract.cast.officer)
    with refused("not_draft"):
        actions.discard_draft(contract, reason="真的不要了", by=contract.cast.officer)
    assert again(contract).reason == "不要了"
