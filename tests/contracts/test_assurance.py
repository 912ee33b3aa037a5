"""Bond, suspension, deemed acceptance, filing, reminders, premises, records, notice: each holds, each refuses."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile

from contracts import actions
from contracts.actions.clock import deem_due_deliveries, file_signed_contracts, remind_signers
from contracts.models import Acceptance, Bond, Contract, Premises, RecordImport
from contracts.verification import faults
from marketplace.ledger.models import Account
from marketplace.ledger.queries import balance, payable_to
from marketplace.messages.models import Message
from marketplace.papers import documents as paper_documents
from marketplace.papers.models import Paper, Receipt
from marketplace.parties.actions import service_user
from marketplace.parties.models import Organisation
from tests.given.contracts import (
    a_bond,
    a_contract_in_force,
    a_delivery,
    a_draft_contract,
    a_sent_contract,
    a_signed_contract,
    a_yearly_contract,
    again,
    at,
)
from tests.given.people import a_person, an_organisation
from tests.given.refusals import refused

pytestmark = pytest.mark.django_db


def held(contract: Contract) -> int:
    return balance(Account.of(Account.Kind.BOND, holder=contract.buyer, organisation=contract.supplier))


def test_a_bond_is_ten_percent_at_most():
    contract = a_draft_contract()
    with at(contract), pytest.raises(ValidationError) as refusal:
        actions.change_conditions(contract, bond_amount=contract.amount // 10 + 1, by=contract.cast.officer)
    assert refusal.value.error_dict["bond_amount"][0].code == "bond_too_large"
    assert "第四十八条" in refusal.value.messages[0]
    assert again(contract).bond_amount == 0


def test_a_bond_is_held_and_goes_back_when_the_contract_has_ended():
    contract = a_yearly_contract(bond=True)
    bond = a_bond(contract)
    assert held(contract) == contract.bond_amount == bond.amount
    assert list(faults(contract)) == []
    with at(contract, 7), pytest.raises(ValidationError) as refusal:
        a_bond(contract)
    assert refusal.value.error_dict["amount"][0].code == "bond_too_large"
    with at(contract, 8), pytest.raises(ValidationError) as refusal:
        actions.return_bond(bond, by=contract.cast.finance)
    assert refusal.value.code == "state"
    with at(contract, 40):
        actions.terminate_contract(contract, reason="场地收回", by=contract.cast.officer)
        actions.return_bond(bond, by=contract.cast.finance)
    assert (held(contract), Bond.objects.get().state) == (0, Bond.State.RELEASED)
    assert list(faults(contract)) == []


def test_a_guarantee_letter_moves_no_money():
    contract = a_yearly_contract(bond=True)
    a_bond(contract, "guarantee")
    assert held(contract) == 0
    assert list(faults(contract)) == []


def test_the_paper_is_the_same_file_when_it_is_printed_again():
    contract = a_sent_contract()
    paper = Paper.objects.get(pk=contract.paper_id)
    Organisation.objects.filter(pk=contract.supplier_id).update(name="改了名字的机构")
    with at(contract, 2):
        actions.sign_contract(contract, by=contract.cast.provider)
    again_printed = paper_documents.render_again(Paper.objects.get(pk=paper.pk))
    import hashlib  # noqa: PLC0415

    assert hashlib.sha256(again_printed).hexdigest() == paper.printed_sha256


def test_nothing_happens_while_a_contract_is_suspended():
    contract = a_contract_in_force()
    deliverable = a_delivery(contract)
    with at(contract, 31):
        with pytest.raises(ValidationError):
            actions.suspend_contract(contract, reason=" ", by=contract.cast.officer)
        actions.suspend_contract(contract, reason="收到质疑", by=contract.cast.officer)
        with pytest.raises(ValidationError) as refusal:
            actions.accept_delivery(deliverable, residents_heard=3, by=contract.cast.officer)
        assert refusal.value.code == "suspended"
        actions.resume_contract(contract, by=contract.cast.officer)
        actions.accept_delivery(deliverable, residents_heard=3, by=contract.cast.officer)
    assert again(contract).state == Contract.State.IN_FORCE


def test_silence_counts_as_acceptance_after_the_days_of_the_contract():
    contract = a_contract_in_force()
    deliverable = a_delivery(contract)
    deemed_on = deliverable.reports.get().deemed_on
    clock_user = service_user("clock")
    days = (deemed_on - contract.awarded_on).days
    with at(contract, days):
        assert deem_due_deliveries(by=clock_user) == 0
    with at(contract, days + 1):
        assert deem_due_deliveries(by=clock_user) == 1
        assert deem_due_deliveries(by=clock_user) == 0
    acceptance = Acceptance.objects.get()
    assert acceptance.is_deemed and acceptance.accepted_amount == deliverable.amount
    assert payable_to(contract.supplier) == deliverable.amount
    assert list(faults(contract)) == []


def test_the_formula_takes_off_what_is_missing_and_dissatisfaction():
    contract = a_yearly_contract()
    deliverable = a_delivery(contract)
    with at(contract, 32):
        acceptance = actions.accept_delivery(
            deliverable, residents_heard=9, quantity=1080, satisfaction=87, opinion="饭菜热。", reason="护理员少一人",
            deduction=100, by=contract.cast.officer,
        )  # fmt: skip
    shortfall, dissatisfied = deliverable.amount * 120 // 1200, deliverable.amount * 3 // 100
    assert [line["code"] for line in acceptance.lines] == ["shortfall", "satisfaction", "finding"]
    assert acceptance.deduction == shortfall + dissatisfied + 100
    assert payable_to(contract.supplier) == deliverable.amount - acceptance.deduction
    assert list(faults(contract)) == []


def test_the_final_part_waits_for_the_published_evaluation():
    contract = a_draft_contract()
    with at(contract):
        actions.lay_out_instalments(
            contract, every=6, quantity=10, unit="场", advance=20, final=10, by=contract.cast.officer
        )
    contract = a_contract_in_force(again(contract))
    rows = list(contract.deliverables.all())
    assert [row.kind for row in rows] == ["advance", "volume", "volume", "final"]
    assert sum(row.amount for row in rows) == contract.amount
    ask = {"quantity": 1, "note": "申请支付", "file": None, "by": contract.cast.provider}
    with at(contract, 30):
        actions.report_delivery(rows[0], invoice_number="A1", **ask)
        actions.accept_delivery(rows[0], by=contract.cast.officer)
        with pytest.raises(ValidationError) as refusal:
            actions.report_delivery(rows[3], invoice_number="A2", **ask)
        assert refusal.value.code == "not_evaluated"
        actions.note_evaluation(contract, reference="PJ-9", grade="fair", score=72, by=contract.cast.officer)
        actions.report_delivery(rows[3], invoice_number="A2", **ask)
        acceptance = actions.accept_delivery(rows[3], by=contract.cast.officer)
    assert acceptance.accepted_amount == rows[3].amount - rows[3].amount * 20 // 100
    assert list(faults(contract)) == []


def test_what_is_signed_is_filed_by_the_clock_once():
    contract = a_signed_contract()
    with at(contract, 2):
        assert file_signed_contracts(by=service_user("clock")) == 1
        assert file_signed_contracts(by=service_user("clock")) == 0
    receipt = Receipt.objects.of(contract).get(kind="filing")
    assert contract.number in receipt.body and again(contract).filed_at is not None


def test_signatories_are_reminded_and_only_once_a_day():
    contract = a_sent_contract()
    with at(contract, 5):
        assert remind_signers() == 0
    for day, count in ((20, 1), (20, 0), (30, 1), (31, 1)):
        before = Message.objects.filter(to=contract.cast.provider).count()
        with at(contract, day):
            remind_signers()
        assert Message.objects.filter(to=contract.cast.provider).count() == before + count, day


def test_premises_go_out_and_come_back_by_the_inventory():
    contract = a_yearly_contract(premises=True)
    premises, cast = Premises.objects.get(), contract.cast
    with at(contract, 6):
        with pytest.raises(PermissionDenied):
            actions.hand_over_premises(premises, by=cast.provider)
        actions.hand_over_premises(premises, by=cast.officer)
        with pytest.raises(ValidationError) as refusal:
            actions.give_back_premises(premises, by=cast.provider)
        assert refusal.value.code == "state"
        actions.take_over_premises(premises, note="一张床轮子松动", by=cast.provider)
        with pytest.raises(ValidationError) as refusal:
            actions.give_back_premises(premises, returned={1: (21, "")}, by=cast.provider)
        assert refusal.value.code == "quantity"
        actions.give_back_premises(premises, returned={1: (19, "完好")}, by=cast.provider)
        actions.take_back_premises(premises, by=cast.officer)
    premises = Premises.objects.get()
    assert premises.state == Premises.State.RETURNED
    assert [item.missing for item in premises.items.all()] == [1, 0]


def records(text: str) -> ContentFile:
    return ContentFile(text.encode("utf-8-sig"), name="服务记录.csv")


def test_records_come_by_file_whole_or_not_at_all():
    contract = a_contract_in_force()
    deliverable = contract.deliverables.first()
    day = contract.starts_on.isoformat()
    head = "日期,服务内容,服务地点,数量,服务人数,备注\n"
    with at(contract, 20):
        source = actions.read_records(
            deliverable, records(head + f"{day},助餐,一站,40,38,\n{day},助餐,一站,40,38,\n昨天,助浴,,0,,\n"),
            by=contract.cast.provider,
        )  # fmt: skip
        assert [row["problems"] for row in source.rows] == [[], ["twice"], ["day", "quantity"]]
        with pytest.raises(ValidationError) as refusal:
            actions.apply_records(source, by=contract.cast.provider)
        assert refusal.value.code == "faulty_rows" and not deliverable.records.exists()
        good = head + f"{day},助餐,一站,40,38,\n{day},助浴,二站,6,6,\n"
        source = actions.read_records(deliverable, records(good), by=contract.cast.provider)
        actions.apply_records(source, by=contract.cast.provider)
        with pytest.raises(ValidationError) as refusal:
            actions.read_records(deliverable, records(good), by=contract.cast.provider)
        assert refusal.value.error_dict["file"][0].code == "applied"
        with pytest.raises(ValidationError) as refusal:
            actions.read_records(deliverable, records("甲,乙\n1,2\n"), by=contract.cast.provider)
        assert refusal.value.error_dict["file"][0].code == "columns"
    assert sum(deliverable.records.values_list("quantity", flat=True)) == 46
    assert RecordImport.objects.filter(state="applied").count() == 1


def test_a_month_is_reported_once_and_only_one_that_has_come():
    contract = a_contract_in_force()
    told = {"people": 40, "visits": 860, "summary": "一切正常。", "by": contract.cast.provider}
    with at(contract, 30):
        actions.report_month(contract, contract.starts_on, **told)
        for month, code in ((contract.starts_on, "twice"), (contract.ends_on, "month")):
            with pytest.raises(ValidationError) as refusal:
                actions.report_month(contract, month, **told)
            assert refusal.value.error_dict["month"][0].code == code
    assert contract.monthly_reports.count() == 1


def test_a_part_may_be_subcontracted_with_consent_the_whole_never():
    contract = a_contract_in_force()
    asked = {"name": "洁净保洁社", "uscc": "52320585MJ00000001", "part": "保洁", "by": contract.cast.provider}
    with at(contract, 10):
        with pytest.raises(ValidationError) as refusal:
            actions.ask_subcontract(contract, amount=contract.amount, **asked)
        assert refusal.value.error_dict["amount"][0].code == "assignment"
        assert "第七十二条" in refusal.value.messages[0]
        subcontract = actions.ask_subcontract(contract, amount=1_000_00, **asked)
        with pytest.raises(PermissionDenied):
            actions.decide_subcontract(subcontract, consent=True, by=contract.cast.provider)
        with pytest.raises(ValidationError):
            actions.decide_subcontract(subcontract, consent=False, answer="", by=contract.cast.officer)
        subcontract = actions.decide_subcontract(subcontract, consent=True, by=contract.cast.officer)
    assert subcontract.state == "consented"


def test_parts_together_are_never_the_whole():
    contract = a_contract_in_force()
    asked = {"uscc": "52320585MJ00000001", "part": "保洁", "amount": contract.amount * 6 // 10}
    with at(contract, 10):
        first, second = (
            actions.ask_subcontract(contract, name=name, by=contract.cast.provider, **asked)
            for name in ("甲社", "乙社")
        )
        actions.decide_subcontract(first, consent=True, by=contract.cast.officer)
        with refused("assignment"):
            actions.decide_subcontract(second, consent=True, by=contract.cast.officer)
        second = actions.decide_subcontract(second, consent=False, answer="合计超过整个合同", by=contract.cast.officer)
    assert second.state == "refused"


def test_nobody_consents_once_the_contract_is_over():
    contract = a_contract_in_force()
    with at(contract, 10):
        asked = actions.ask_subcontract(
            contract, name="甲社", uscc="52320585MJ00000001", part="保洁", amount=1_000, by=contract.cast.provider
        )
        actions.terminate_contract(contract, reason="政策调整", by=contract.cast.officer)
        with refused("ended"):
            actions.decide_subcontract(asked, consent=True, by=contract.cast.officer)


def test_a_consortium_signs_member_by_member():
    contract = a_draft_contract()
    partner = an_organisation(name="太仓市和乐社工服务社")
    signatory = a_person("signatory", of=partner)
    with at(contract):
        actions.name_members(contract, [(partner, "社工服务")], by=contract.cast.officer)
    contract = a_sent_contract(contract)
    with at(contract):
        actions.sign_contract(contract, by=contract.cast.provider)
        assert again(contract).state == Contract.State.SENT, "the member has not signed"
        with pytest.raises(PermissionDenied):
            actions.sign_contract(contract, by=contract.cast.signatory)
        actions.sign_contract(contract, by=signatory)
        assert again(contract).state == Contract.State.HALF_SIGNED
        actions.sign_contract(contract, by=contract.cast.signatory)
    assert again(contract).paper.signatures.count() == 3
