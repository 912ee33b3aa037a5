"""A bond is lost for a breach, in part or whole: the ledger, the notice, the way to the treasury, and who may."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from contracts import actions, queries
from contracts.models import Bond, Contract, Forfeiture
from contracts.verification import faults
from marketplace.ledger import resumming
from marketplace.ledger.models import Account, Transfer
from marketplace.ledger.queries import balance
from marketplace.messages.models import Message
from marketplace.parties.models import Role
from marketplace.payments.queries.bonds import bonds
from tests.given.contracts import a_bond, a_contract_in_force, a_draft_contract, again, at
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
    assert refusal.value.code == "state"


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
