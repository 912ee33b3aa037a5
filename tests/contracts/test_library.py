"""The words of contracts: versions by the operator, drafts filled from the one in use, departures shown."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from contracts import actions
from contracts.differences import differences
from contracts.models import Clause, Contract, Template
from marketplace.parties.models import Role
from marketplace.tenders.models import Award
from tests.given.contracts import a_draft_contract, a_sent_contract, again, at
from tests.given.people import a_person, an_organisation
from tests.given.site import an_operator
from tests.given.tenders import an_award, an_awarded_tender

pytestmark = pytest.mark.django_db


def in_use() -> Template:
    return Template.objects.in_use().get(kind="service")


def test_a_new_version_is_written_put_in_use_and_drafted_from():
    operator, first = an_operator(), in_use()
    version = actions.write_template_version(first, note="增加值班要求", by=operator)
    clause = version.clauses.get(subject=Clause.Subject.DUTIES)
    actions.change_template_clause(
        clause, heading="权利义务", text="乙方安排值班。{bond_terms}", text_en="The Supplier is on call.", by=operator
    )
    before = a_draft_contract()
    actions.put_template_in_use(version, by=operator)
    after = a_draft_contract()

    assert Template.objects.get(pk=first.pk).state == Template.State.RETIRED
    assert "值班" not in before.clauses.get(subject="duties").text
    assert after.clauses.get(subject="duties").text == "乙方安排值班。"
    assert after.clauses.get(subject="duties").text_en == "The Supplier is on call."


def test_what_is_in_use_is_never_edited():
    operator, template = an_operator(), in_use()
    clause = template.clauses.first()
    with pytest.raises(ValidationError) as refusal:
        actions.change_template_clause(clause, heading="x", text="y", by=operator)
    assert refusal.value.code == "template_in_use"
    version = actions.write_template_version(template, note="x", by=operator)
    with pytest.raises(ValidationError) as refusal:
        actions.write_template_version(template, note="x", by=operator)
    assert refusal.value.code == "being_written"
    with pytest.raises(ValidationError) as refusal:
        actions.change_template_clause(version.clauses.first(), heading="x", text="{secret_key}", by=operator)
    assert refusal.value.error_dict["text"][0].code == "unknown_field"


def test_the_library_is_the_operator_s(client):
    officer = a_person(Role.OFFICER, of=a_draft_contract().buyer)
    with pytest.raises(PermissionDenied):
        actions.write_template_version(in_use(), note="x", by=officer)
    client.force_login(officer)
    assert client.get(reverse("contracts:library")).status_code == 403
    operator = an_operator()
    client.force_login(operator)
    for url in (reverse("contracts:library"), in_use().get_absolute_url()):
        assert client.get(url).status_code == 200
    answer = client.post(reverse("contracts:template_new", args=[in_use().pk]), {"note": "修订"}, follow=True)
    version = Template.objects.get(state="draft")
    assert answer.redirect_chain[-1][0] == version.get_absolute_url()
    page = client.get(reverse("contracts:template_clause", args=[version.pk, 1]))
    assert page.status_code == 200 and "{tender_number}" in page.content.decode()


def test_what_differs_from_award_and_library_is_shown():
    contract = a_draft_contract()
    assert differences(contract) == []
    breach = contract.clauses.get(subject="breach")
    actions.change_clause(breach, heading=breach.heading, text="各自承担。", by=contract.cast.officer)
    actions.change_terms(
        contract, title=contract.title, starts_on=contract.starts_on, ends_on=contract.starts_on, place="别处",
        by=contract.cast.officer,
    )  # fmt: skip
    found = differences(again(contract))
    assert len(found) == 3
    assert any(row.now == "各自承担。" and row.before == breach.standard_text for row in found)
    assert any(row.now == "别处" for row in found)


def test_members_who_did_not_bid_are_shown_as_a_difference():
    contract, member = a_draft_contract(), an_organisation()
    actions.name_members(contract, [(member, "社工服务")], by=contract.cast.officer)
    (found,) = differences(again(contract))
    assert found.before == "" and found.now == f"{member.name}：社工服务"


def test_several_lots_of_one_tender_make_one_contract():
    tender = an_awarded_tender(lots=2)
    awards = sorted(Award.objects.filter(lot__tender=tender),
                    key=lambda award: award.lot.position)  # fmt: skip
    if len({award.supplier_id for award in awards}) != 1 or len(awards) < 2:
        pytest.skip("this tender's lots went to different suppliers")
    contract = actions.draft_contract(*awards, by=tender.cast.officer)
    assert contract.amount == sum(award.amount for award in awards)
    assert contract.awards.count() == 2
    with pytest.raises(ValidationError) as refusal:
        actions.draft_contract(awards[1], by=tender.cast.officer)
    assert refusal.value.code == "drafted"


def test_awards_of_two_tenders_make_no_contract():
    one, other = an_award(), an_award()
    with pytest.raises((PermissionDenied, ValidationError)):
        actions.draft_contract(one, other, by=one.cast.officer)
    assert not Contract.objects.exists()


def test_after_a_refusal_the_award_may_be_drafted_from_again():
    contract = a_sent_contract()
    with at(contract):
        actions.refuse_contract(contract, reason="条款有误", by=contract.cast.provider)
        second = actions.draft_contract(contract.award, by=contract.cast.officer)
    assert second.number != contract.number
