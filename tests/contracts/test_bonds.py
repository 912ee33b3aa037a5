"""A bond is lost for a breach, in part or whole: the ledger, the notice, the way to the treasury, and who may."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from contracts import actions, queries
from contracts.actions.clock import remind_bond_holders
from contracts.models import Bond, Contract, Forfeiture
from contracts.verification import faults
from marketplace.ledger import resumming
from marketplace.ledger.models import Account, Transfer
from marketplace.ledger.queries import balance
from marketplace.messages.models import Message
from marketplace.pages.money import format_yuan as yuan
from marketplace.parties.models import Role
from marketplace.payments.queries.bonds import bonds
from tests.given.contracts import a_bond, a_contract_in_force, a_draft_contract, a_yearly_contract, again, at
from tests.given.people import a_person, an_organisation

pytestmark = pytest.mark.django_db


def a_bonded_contract(form: str = Bond.Form.TRANSFER) -> tuple[Contract, Bond]:
    contract = a_draft_contract()
    with at(contract):
        actions.change_conditions(contract, bond_amount=contract.amount // 20, by=contract.cast.officer)
    contract = a_contract_in_force(again(contract))
    return contract, a_bond(contract, form)


def on(contract: Contract, kind: str, **owner) -> int:
    return balance(Account.of(kind, holder=contract.buyer, **owner))


def test_a_part_is_forfeited_and_handed_over_the_rest_goes_back(django_capture_on_commit_callbacks):
    contract, bond = a_bonded_contract()
    kind, cast = Account.Kind, contract.cast
    with at(contract, 8), django_capture_on_commit_callbacks(execute=True):
        made = actions.forfeit(bond, amount=100_000, reason="第九条：擅自停止服务三日。", by=cast.approver)
    assert on(contract, kind.BOND, organisation=contract.supplier) == bond.amount - 100_000
    assert on(contract, kind.FORFEITS) == 100_000
    assert on(contract, kind.DEPOSITS) == bond.amount
    money = queries.money_of(contract)
    assert (money.bond, money.forfeited) == (bond.amount - 100_000, 100_000)
    told = Message.objects.get(to=cast.provider, key=f"forfeiture-{made.pk}")
    assert "1,000.00" in told.body and "擅自停止服务" in told.body and "<" not in told.body

    with at(contract, 9):
        actions.hand_over(made, document="缴款书 320585-0001", by=cast.finance)
        actions.terminate_contract(contract, reason="乙方违约", ground="breach", by=cast.officer)
        actions.return_bond(Bond.objects.get(), by=cast.finance)
    assert on(contract, kind.FORFEITS) == on(contract, kind.DEPOSITS) == 0
    assert list(faults(contract)) == [] and resumming.verify().is_sound
    row = bonds(cast.finance).get()
    assert (row.forfeited, row.released, row.left) == (100_000, bond.amount - 100_000, 0)


def test_all_of_it_is_forfeited_and_nothing_is_left_to_return():
    contract, bond = a_bonded_contract()
    with at(contract, 8):
        actions.forfeit(bond, amount=bond.amount, reason="违约", by=contract.cast.approver)
        assert Bond.objects.get().state == Bond.State.FORFEITED
        actions.terminate_contract(contract, reason="违约", by=contract.cast.officer)
        with pytest.raises(ValidationError) as refusal:
            actions.return_bond(bond, by=contract.cast.finance)
    assert refusal.value.code == "settled"


def test_a_guarantee_is_called_without_a_transfer():
    contract, bond = a_bonded_contract(Bond.Form.GUARANTEE)
    with at(contract, 8):
        made = actions.forfeit(bond, amount=bond.amount, reason="违约", by=contract.cast.approver)
        actions.hand_over(made, document="缴款书 2", by=contract.cast.finance)
    assert not Transfer.objects.filter(reference=bond.reference).exists()


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [({"amount": 0}, "amount", "too_much"), ({"amount": 10**12}, "amount", "too_much"),
     ({"reason": " "}, "reason", "no_reason")],
)  # fmt: skip
def test_a_wrong_forfeiture_changes_nothing(changes, field, code):
    contract, bond = a_bonded_contract()
    with at(contract, 8), pytest.raises(ValidationError) as refusal:
        actions.forfeit(bond, **({"amount": 1, "reason": "违约"} | changes), by=contract.cast.approver)
    assert refusal.value.error_dict[field][0].code == code
    assert not Forfeiture.objects.exists() and Bond.objects.get().kept == 0


def test_who_took_it_in_or_is_no_approver_does_not_decide():
    contract, bond = a_bonded_contract()  # finance, who also approves, took it in
    cast = contract.cast
    for person in (cast.finance, cast.officer, cast.provider, a_person(Role.APPROVER, of=an_organisation())):
        with at(contract, 8), pytest.raises(PermissionDenied):
            actions.forfeit(bond, amount=1, reason="违约", by=person)
    with at(contract, 8):
        made = actions.forfeit(bond, amount=1, reason="违约", by=cast.approver)
        with pytest.raises(PermissionDenied):
            actions.hand_over(made, document="1", by=cast.provider)
        with pytest.raises(ValidationError) as refusal:
            actions.hand_over(made, document=" ", by=cast.finance)
        assert refusal.value.error_dict["document"][0].code == "no_document"
        actions.hand_over(made, document="1", by=cast.finance)
        with pytest.raises(ValidationError) as refusal:
            actions.hand_over(made, document="1", by=cast.finance)
    assert refusal.value.code == "handed_over"


def test_by_page_sent_twice_it_is_forfeited_once(client):
    contract, bond = a_bonded_contract()
    url = reverse("contracts:bond_forfeit", args=[contract.number, bond.pk])
    client.force_login(a_person(Role.APPROVER, of=an_organisation()))
    with at(contract, 8):
        assert client.get(url).status_code == 404
        client.force_login(contract.cast.officer)
        assert client.get(url).status_code == 403
        client.force_login(contract.cast.approver)
        data = {"amount": "500", "reason": "违约", "submission_key": "01890000-0000-7000-8000-000000000007"}
        assert client.post(url, data | {"amount": "99999999"}).status_code == 422
        first, second = client.post(url, data), client.post(url, data)
        assert first.status_code == second.status_code == 302
        page = client.get(contract.get_absolute_url()).content.decode()
        made = Forfeiture.objects.get()
        assert made.amount == 50_000 and "500.00" in page
        client.force_login(contract.cast.finance)
        url = reverse("contracts:forfeit_hand_over", args=[contract.number, made.pk])
        assert url in client.get(contract.get_absolute_url()).content.decode()
        assert client.post(url, {"document": "缴款书 3"}).status_code == 302
    assert Forfeiture.objects.get().handed_over_at is not None


def test_an_early_end_settles_the_bond_too(client):
    contract, bond = a_bonded_contract()
    client.force_login(contract.cast.officer)
    url = reverse("contracts:end", args=[contract.number])
    data = {"ground": "agreement", "reason": "协商终止"}
    with at(contract, 8):
        page = client.get(url).content.decode()
        assert 'name="bond"' in page and yuan(bond.amount) in page
        refused = client.post(url, data)
        assert refused.status_code == 422 and again(contract).state == Contract.State.IN_FORCE, "it must be decided"
        assert client.post(url, data | {"bond": "return"}).status_code == 302
    contract = again(contract)
    assert (contract.state, Bond.objects.get().state) == ("terminated", "released")
    assert on(contract, Account.Kind.BOND, organisation=contract.supplier) == 0
    assert list(faults(contract)) == []


def test_a_bond_that_is_kept_is_the_next_step_and_reminded_of(client, django_capture_on_commit_callbacks):
    contract, bond = a_bonded_contract()
    cast = contract.cast
    with at(contract, 8):
        actions.terminate_contract(contract, reason="乙方违约", ground="breach", by=cast.officer)
        assert Bond.objects.get().state == "held"
        client.force_login(cast.approver)
        forfeit_url = reverse("contracts:bond_forfeit", args=[contract.number, bond.pk])
        page = client.get(contract.get_absolute_url()).content.decode()
        assert forfeit_url in page.split('id="bond"')[1][:1200]
        client.force_login(cast.officer)
        return_url = reverse("contracts:bond_return", args=[contract.number, bond.pk])
        assert return_url in client.get(contract.get_absolute_url()).content.decode().split('id="bond"')[1][:1200]
        for person in (cast.officer, cast.finance):
            assert any("#bond" in item.url for item in queries.waiting_for(person, contract.buyer))
        assert not any("#bond" in item.url for item in queries.waiting_for(cast.provider, contract.supplier))
    for days in (8, 9, 9, 10):
        with at(contract, days), django_capture_on_commit_callbacks(execute=True):
            remind_bond_holders()
    assert Message.objects.filter(to=cast.finance, url__endswith="#bond").count() == 1, "on the first day after"
    with at(contract, 12):
        assert client.post(return_url).status_code == 302
        assert 'id="bond"' not in client.get(contract.get_absolute_url()).content.decode()
        assert not any("#bond" in item.url for item in queries.waiting_for(cast.officer, contract.buyer))
    with at(contract, 15), django_capture_on_commit_callbacks(execute=True):
        assert remind_bond_holders() == 0


def test_it_does_not_go_back_while_the_supplier_has_the_premises():
    contract = a_yearly_contract(bond=True, premises=True)
    a_bond(contract)
    premises, cast = contract.premises.get(), contract.cast
    with at(contract, 8):
        actions.hand_over_premises(premises, by=cast.officer)
        actions.take_over_premises(premises, by=cast.provider)
        with pytest.raises(ValidationError) as refusal:
            actions.terminate_contract(contract, reason="协商", returns_bond=True, by=cast.officer)
        assert refusal.value.code == "premises_out" and again(contract).state == Contract.State.IN_FORCE
        actions.terminate_contract(contract, reason="协商", by=cast.officer)
    assert Bond.objects.get().state == "held"


def test_the_page_does_not_offer_what_the_premises_forbid(client):
    contract = a_yearly_contract(bond=True, premises=True)
    a_bond(contract)
    premises, cast = contract.premises.get(), contract.cast
    with at(contract, 8):
        actions.hand_over_premises(premises, by=cast.officer)
        actions.take_over_premises(premises, by=cast.provider)
        client.force_login(cast.officer)
        url = reverse("contracts:end", args=[contract.number])
        assert 'name="bond"' not in client.get(url).content.decode()
        assert client.post(url, {"ground": "agreement", "reason": "协商终止"}).status_code == 302
        page = client.get(contract.get_absolute_url()).content.decode()
        assert (
            reverse("contracts:bond_return", args=[contract.number, Bond.objects.get().pk])
            not in page.split('id="bond"')[1].split("</div>")[0]
        )
    assert Bond.objects.get().state == "held"
