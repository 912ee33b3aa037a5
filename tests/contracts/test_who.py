"""Every working page: 404 for strangers, 403 for the side whose verb it is not, and the door for whoever may."""

import pytest
from django.urls import reverse

from contracts import actions
from contracts.models import Contract, Subcontract
from marketplace.parties.models import Role
from tests.given.contracts import (
    a_bond,
    a_contract_in_force,
    a_delivery,
    a_draft_contract,
    a_half_signed_contract,
    a_yearly_contract,
    again,
    at,
)
from tests.given.people import a_person, an_organisation

pytestmark = pytest.mark.django_db

DRAFT = ("terms", "conditions", "instalments", "lay_out", "prices", "premises_new", "send")
BUYERS = ("close", "end", "suspend", "amend", "bond")
SUPPLIERS = ("month", "subcontract")


def stranger():
    return a_person(Role.OFFICER, Role.OWNER, Role.SIGNATORY, Role.FINANCE, Role.APPROVER, of=an_organisation())


def page(contract: Contract, name: str, *more: object) -> str:
    return reverse(f"contracts:{name}", args=[contract.number, *more])


def answers(client, person, addresses) -> dict[str, int]:
    client.force_login(person)
    return {name: client.get(address).status_code for name, address in addresses.items()}


def test_a_draft_is_the_buyer_s_officer_s(client):
    contract = a_draft_contract()
    addresses = {name: page(contract, name) for name in DRAFT} | {"clause": page(contract, "clause", 1)}
    assert set(answers(client, stranger(), addresses).values()) == {404}
    assert set(answers(client, contract.cast.provider, addresses).values()) == {404}, "the supplier sees none yet"
    forbidden = answers(client, contract.cast.finance, addresses)
    assert set(forbidden.values()) <= {403, 404} and 403 in forbidden.values()
    assert {answers(client, contract.cast.officer, addresses)[name] for name in DRAFT} == {200}


def test_each_side_signs_in_its_turn(client):
    contract = a_half_signed_contract()
    addresses = {"sign": page(contract, "sign"), "refuse": page(contract, "refuse")}
    with at(contract):
        assert answers(client, stranger(), addresses) == {"sign": 404, "refuse": 404}
        assert answers(client, contract.cast.provider, addresses) == {"sign": 403, "refuse": 200}
        assert answers(client, contract.cast.officer, addresses) == {"sign": 403, "refuse": 403}
        assert answers(client, contract.cast.signatory, addresses) == {"sign": 200, "refuse": 200}


def test_each_side_of_a_running_contract_has_its_own_verbs(client):
    contract = a_contract_in_force()
    deliverable = a_delivery(contract)
    buyers = {name: page(contract, name) for name in BUYERS}
    buyers |= {name: reverse(f"contracts:{name}", args=[deliverable.pk]) for name in ("accept", "reject")}
    suppliers = {name: page(contract, name) for name in SUPPLIERS}
    suppliers |= {
        name: reverse(f"contracts:{name}", args=[deliverable.pk]) for name in ("report", "records", "invoice")
    }
    both = {"notice": page(contract, "notice")}
    with at(contract, 31):
        assert set(answers(client, stranger(), buyers | suppliers | both).values()) == {404}
        assert set(answers(client, contract.cast.provider, buyers).values()) == {403}
        assert set(answers(client, contract.cast.provider, suppliers | both).values()) == {200}
        assert set(answers(client, contract.cast.officer, suppliers).values()) == {403}
        assert set(answers(client, contract.cast.officer, buyers | both).values()) == {200}
        client.logout()
        assert {client.get(address).status_code for address in (buyers | suppliers).values()} == {302}


def test_premises_bond_subcontract_and_notice_are_of_whoever_may(client):
    contract = a_yearly_contract(bond=True, premises=True)
    bond, cast = a_bond(contract), contract.cast
    with at(contract, 8):
        asked = actions.ask_subcontract(
            contract, name="某餐饮公司", uscc="91320585MA1XXXXX0X", part="午餐配送", amount=10_000, by=cast.provider
        )
        notice = actions.give_notice(contract, ground="agreement", reason="协商", by=cast.provider)
        steps = {
            "hand_over": page(contract, "hand_over", 1),
            "bond_return": page(contract, "bond_return", bond.pk),
            "consent": page(contract, "consent", asked.pk),
            "notice_answer": page(contract, "notice_answer"),
        }
        mine = {"take_over": page(contract, "take_over", 1), "notice_withdraw": page(contract, "notice_withdraw")}
        assert set(answers(client, stranger(), steps | mine).values()) == {404}
        assert set(answers(client, cast.provider, steps).values()) == {403}
        assert set(answers(client, cast.provider, mine).values()) == {200}
        assert set(answers(client, cast.officer, steps).values()) == {200}
        assert set(answers(client, cast.officer, mine).values()) == {403}
    assert Subcontract.objects.get().state == "asked" and notice.state == "noticed"


def test_a_change_is_seen_by_both_sides_and_by_all_once_signed(client):
    contract = a_contract_in_force()
    with at(contract, 10):
        amendment = actions.draft_amendment(
            contract, reason_code="demand", reason="人数增加", text="增加夜间值守", by=contract.cast.officer
        )
        own = amendment.get_absolute_url()
        steps = {name: page(contract, name, 1) for name in ("amendment_send", "amendment_sign", "amendment_refuse")}
        assert answers(client, stranger(), steps | {"own": own}) == dict.fromkeys([*steps, "own"], 404)
        assert answers(client, contract.cast.provider, steps)["amendment_send"] == 403
        assert answers(client, contract.cast.officer, steps)["amendment_send"] == 200
        actions.send_amendment(amendment, by=contract.cast.officer)
        assert answers(client, contract.cast.signatory, steps)["amendment_sign"] == 403, "the supplier signs first"
        assert answers(client, contract.cast.provider, steps)["amendment_sign"] == 200
    client.logout()
    assert client.get(own).status_code == 404
    with at(contract, 11):
        actions.sign_amendment(amendment, by=contract.cast.provider)
        actions.sign_amendment(amendment, by=contract.cast.signatory)
    assert client.get(own).status_code == 200 and again(contract).amendments.get().state == "signed"


def test_a_plan_of_years_is_folded_and_what_is_on_comes_first(client):
    contract = a_yearly_contract()
    client.force_login(contract.cast.provider)
    with at(contract, 40):
        html = client.get(contract.get_absolute_url()).content.decode()
    report = reverse("contracts:report", args=[contract.deliverables.get(position=1).pk])
    assert html.count('class="instalment-year"') == 3
    assert html.count(f'href="{report}"') == 1
    assert html.index(f'href="{report}"') < html.index('class="instalment-year"')
