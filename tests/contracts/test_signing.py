"""Supplier, then buyer; the buyer's signature commits the money, or nothing is done."""

import datetime
import shutil
import subprocess

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from contracts import actions
from contracts.models import Contract, Signing
from marketplace.audit.models import Entry
from marketplace.directory.models import Accreditation, PublicContract
from marketplace.ledger.actions import commit_budget
from marketplace.ledger.models import BudgetLine, Transfer
from marketplace.opendata.models import Release
from marketplace.parties.actions import end_membership, service_user
from marketplace.parties.models import Role
from marketplace.search.queries import matching_ids
from marketplace.tenders.actions import decline_award
from marketplace.tenders.models import Award
from tests.given.contracts import (
    a_draft_contract,
    a_half_signed_contract,
    a_sent_contract,
    a_signed_contract,
    again,
    an_agreement,
    at,
)
from tests.given.people import a_person, an_organisation

pytestmark = pytest.mark.django_db


def test_the_supplier_signs_first():
    contract = a_sent_contract()
    with at(contract), pytest.raises(PermissionDenied):
        actions.sign_contract(contract, by=contract.cast.signatory)
    assert not Signing.objects.exists()


def test_only_a_named_signatory_signs():
    contract = a_sent_contract()
    with at(contract), pytest.raises(PermissionDenied):
        actions.sign_contract(contract, by=a_person(Role.BIDDER, of=contract.supplier))
    assert again(contract).state == Contract.State.SENT


def test_both_signatures_commit_the_budget_and_publish():
    contract = a_signed_contract()
    line = BudgetLine.objects.get(pk=contract.budget_line_id)

    assert contract.state == Contract.State.SIGNED
    assert line.committed == contract.amount
    assert list(contract.signings.values_list("side", flat=True)) == ["supplier", "buyer"]
    assert contract.paper.signatures.count() == 2
    assert PublicContract.objects.get(number=contract.number).amount == contract.amount
    assert contract.pk in set(matching_ids(contract.title, "contract").values_list("object_uuid", flat=True))
    release = Release.objects.get(tags=["contract"])
    assert contract.number in bytes(release.body).decode()


def test_the_contract_is_in_the_same_open_process_as_its_award():
    a_signed_contract()
    releases = Release.objects.filter(ocid=Release.objects.get(tags=["contract"]).ocid)
    assert any("award" in release.tags for release in releases)


def test_a_short_budget_leaves_nothing_half_done():
    contract = a_half_signed_contract()
    line = BudgetLine.objects.get(pk=contract.budget_line_id)
    commit_budget(line, line.available - contract.amount + 1, key="other", reference="other", by=service_user("t"))
    before = Transfer.objects.count()

    with at(contract), pytest.raises(ValidationError) as refusal:
        actions.sign_contract(contract, by=contract.cast.signatory)

    assert refusal.value.code == "budget_short"
    assert again(contract).state == Contract.State.HALF_SIGNED
    assert Transfer.objects.count() == before
    assert again(contract).paper.signatures.count() == 1
    assert not Release.objects.filter(tags=["contract"]).exists()


def test_a_late_signature_binds_and_is_recorded_as_late():
    contract = a_sent_contract()
    with at(contract, 33):
        actions.sign_contract(contract, by=contract.cast.provider)
    assert again(contract).state == Contract.State.HALF_SIGNED
    assert Entry.objects.get(event="contract.signed").detail["days_late"] == 3


def test_a_draft_or_a_signed_contract_can_t_be_signed():
    contract = a_draft_contract()
    with pytest.raises(ValidationError) as refusal:
        actions.sign_contract(contract, by=contract.cast.signatory)
    assert refusal.value.code == "not_for_signature"


def test_either_side_refuses_with_a_reason():
    contract = a_half_signed_contract()
    with at(contract), pytest.raises(ValidationError) as refusal:
        actions.refuse_contract(contract, reason=" ", by=contract.cast.signatory)
    assert refusal.value.error_dict["reason"][0].code == "no_reason"
    with at(contract):
        contract = actions.refuse_contract(contract, reason="预算调整", by=contract.cast.signatory)
    assert contract.state == Contract.State.REFUSED
    with at(contract), pytest.raises(ValidationError):
        actions.sign_contract(contract, by=a_person(Role.SIGNATORY, of=contract.buyer))


def test_a_member_of_the_consortium_refuses_too():
    contract, member = a_draft_contract(), an_organisation()
    with at(contract):
        actions.name_members(contract, [(member, "社工服务")], by=contract.cast.officer)
    contract = a_sent_contract(contract)
    with at(contract), pytest.raises(PermissionDenied):
        actions.refuse_contract(contract, reason="不参加", by=a_person(Role.OWNER, of=member))
    with at(contract):
        actions.refuse_contract(contract, reason="人手不足", by=a_person(Role.SIGNATORY, of=member))
    assert again(contract).state == Contract.State.REFUSED


def test_whose_naming_ended_signs_no_more():
    contract = a_sent_contract()
    member = contract.cast.provider.memberships.get(role=Role.SIGNATORY)
    end_membership(member, by=contract.cast.provider)
    with at(contract), pytest.raises(PermissionDenied):
        actions.sign_contract(contract, by=contract.cast.provider)
    assert not again(contract).signings.exists() and not again(contract).paper.signatures.exists()


def test_it_begins_on_its_first_day():
    contract = a_signed_contract()
    with at(contract, 1), pytest.raises(ValidationError) as refusal:
        actions.begin_contract(contract, by=contract.cast.officer)
    assert refusal.value.code == "too_early"
    with at(contract, 3):
        assert actions.begin_due_contracts(by=service_user("clock")) == 1
    assert again(contract).state == Contract.State.IN_FORCE


def test_a_signed_agreement_accredits_the_provider():
    contract = an_agreement()
    actions.send_for_signature(contract, by=contract.cast.officer)
    actions.sign_contract(contract, by=contract.cast.provider)
    actions.sign_contract(contract, by=contract.cast.signatory)

    accreditation = Accreditation.objects.get(organisation=contract.supplier)
    assert accreditation.programme_code == contract.programme.code
    assert (accreditation.valid_from, accreditation.valid_to) == (contract.starts_on, contract.ends_on)
    assert Contract.objects.get(pk=contract.pk).state == Contract.State.IN_FORCE
    assert not Transfer.objects.filter(reference=contract.number).exists()


def test_ending_an_agreement_ends_the_accreditation():
    contract = an_agreement()
    actions.send_for_signature(contract, by=contract.cast.officer)
    actions.sign_contract(contract, by=contract.cast.provider)
    actions.sign_contract(contract, by=contract.cast.signatory)
    actions.terminate_contract(contract, reason="虚假核销", by=contract.cast.officer)
    assert Accreditation.objects.get(organisation=contract.supplier).state == Accreditation.State.ENDED


def test_one_agreement_a_provider_and_programme():
    contract = an_agreement()
    with pytest.raises(ValidationError) as refusal:
        actions.draft_provider_agreement(contract.programme, contract.supplier, by=contract.cast.officer)
    assert refusal.value.error_dict["provider"][0].code == "agreed"


def test_the_public_can_verify_the_paper(client):
    contract = a_signed_contract()
    page = client.get(contract.paper.get_absolute_url())
    assert page.status_code == 200
    text = page.content.decode()
    assert contract.buyer.name in text and contract.supplier.name in text


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="pdftotext is not installed")
def test_the_pdf_has_chinese_text(tmp_path):
    contract = a_signed_contract()
    path = tmp_path / "contract.pdf"
    path.write_bytes(contract.paper.file.open("rb").read())
    text = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, text=True, check=True).stdout
    for words in ("合同编号", "第一条", "违约责任", "附件一", contract.supplier.name, contract.number):
        assert words in text


def test_no_signature_before_the_day_of_the_award():
    contract = a_sent_contract()
    assert contract.sign_by - contract.awarded_on == datetime.timedelta(days=30)


def test_a_supplier_who_has_signed_can_not_decline_the_award():
    contract = a_signed_contract()

    award = Award.objects.get(pk=contract.award_id)
    assert award.contracted_at is not None
    with pytest.raises(ValidationError):
        decline_award(award, reason="后悔了", by=contract.cast.provider)
    assert Award.objects.get(pk=award.pk).state == Award.State.STANDING
