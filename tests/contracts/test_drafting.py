"""From an award to a text that can be sent: what it is filled with, what is refused."""

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from contracts import actions, checks
from contracts.differences import differences
from contracts.figures import article_number
from contracts.models import Clause, Contract
from marketplace.pages import clock
from marketplace.pages.amounts import amount_in_words
from marketplace.pages.money import format_yuan
from marketplace.parties.models import Role
from marketplace.tenders.actions.framework import admit_bidders
from marketplace.tenders.actions.premises import provide_premises
from tests.given.call_offs import a_call_off, a_contract_from
from tests.given.contracts import a_draft_contract, a_sent_contract, again, an_agreement, at
from tests.given.directory import a_service
from tests.given.money import a_budget_line
from tests.given.people import a_person
from tests.given.refusals import refused
from tests.given.tenders import a_draft, a_ranked_tender, after_deadline, an_award, publish
from tests.given.vouchers import a_programme

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (1, "零元壹分"),
        (10, "零元壹角"),
        (100, "壹元整"),
        (8000, "捌拾元整"),
        (108_050, "壹仟零捌拾元伍角"),
        (100_005, "壹仟元零伍分"),
        (1_000_000, "壹万元整"),
        (1_050_000, "壹万零伍佰元整"),
        (10_010_000, "壹拾万零壹佰元整"),
        (123_456_789, "壹佰贰拾叁万肆仟伍佰陆拾柒元捌角玖分"),
        (100_000_000_00, "壹亿元整"),
        (100_000_001_00, "壹亿零壹元整"),
    ],
)
def test_amounts_in_financial_characters(fen, words):
    assert amount_in_words(fen) == words


@pytest.mark.parametrize(
    ("position", "words"), [(1, "第一条"), (10, "第十条"), (12, "第十二条"), (20, "第二十条"), (21, "第二十一条")]
)
def test_articles_are_counted_in_chinese(position, words):
    assert article_number(position) == words


def test_a_draft_is_filled_from_tender_and_bid():
    award = an_award(ceiling=100_000_03)
    contract = a_draft_contract(award)

    assert (contract.buyer, contract.supplier, contract.amount) == (
        award.lot.tender.bureau,
        award.supplier,
        award.amount,
    )
    assert contract.budget_line == award.lot.tender.budget_line
    assert contract.number.endswith("-0001")
    assert contract.sign_by == contract.awarded_on + datetime.timedelta(days=30)
    text = "".join(clause.text for clause in contract.clauses.all())
    assert award.lot.tender.number in text and amount_in_words(award.amount) in text and award.bid.plan in text
    assert "{" not in text
    assert [d.quantity for d in contract.deliverables.all()] == [3, 3, 3, 3]
    assert sum(d.amount for d in contract.deliverables.all()) == contract.amount
    assert contract.deliverables.last().due_on == contract.ends_on


def test_what_the_tender_promised_to_hand_over_is_in_the_draft_and_what_differs_is_shown():
    tender = a_draft()
    provide_premises(
        tender.lots.get(), address="府南街 12 号", area=Decimal("158.5"), terms="水电费由乙方承担。",
        rooms=[("活动室", Decimal(120), "文体活动")], inventory=[("护理床", 12, "八成新")], by=tender.cast.officer,
    )  # fmt: skip
    award = an_award(tender=publish(tender))
    contract = a_draft_contract(award)

    place = contract.premises.get()
    assert (place.name, place.address, place.area) == (award.lot.title, "府南街 12 号", 159)
    items = [(item.name, item.quantity, item.unit, item.condition) for item in place.items.all()]
    assert items == [("活动室", 1, "间", "120 平方米，文体活动"), ("护理床", 12, "件", "八成新")]
    duties = contract.clauses.get(subject=Clause.Subject.DUTIES)
    assert "按清单返还" in duties.text and "水电费由乙方承担。" in duties.text
    assert differences(contract) == []

    with at(contract):
        actions.set_premises(
            contract, name=place.name, address=place.address, area=place.area, position=1,
            items=[{"name": "护理床", "quantity": 10, "unit": "件", "condition": "八成新"}], by=contract.cast.officer,
        )  # fmt: skip
    (difference,) = differences(again(contract))
    assert "护理床 12 件" in difference.before and "护理床 10 件" in difference.now


def test_an_award_gives_one_contract():
    contract = a_draft_contract()
    with pytest.raises(ValidationError) as refusal:
        actions.draft_contract(contract.award, by=contract.cast.officer)
    assert refusal.value.code == "drafted"
    assert Contract.objects.count() == 1


def test_only_an_officer_of_the_bureau_drafts():
    award = an_award()
    for person in (a_person(Role.OFFICER, of=award.supplier), a_person(Role.APPROVER, of=award.lot.tender.bureau)):
        with pytest.raises(PermissionDenied):
            actions.draft_contract(award, by=person)
    assert not Contract.objects.exists()


def test_what_the_award_settled_is_fixed():
    contract = a_draft_contract()
    price = contract.clauses.get(subject=Clause.Subject.PRICE)
    with pytest.raises(ValidationError) as refusal:
        actions.change_clause(price, heading="合同价款", text="免费", by=contract.cast.officer)
    assert refusal.value.code == "fixed"


def test_an_article_can_be_rewritten_until_it_is_sent():
    contract = a_draft_contract()
    breach = contract.clauses.get(subject=Clause.Subject.BREACH)
    actions.change_clause(breach, heading="违约", text="各自承担。", by=contract.cast.officer)
    assert contract.clauses.get(pk=breach.pk).text == "各自承担。"
    a_sent_contract(contract)
    with pytest.raises(ValidationError) as refusal:
        actions.change_clause(breach, heading="违约", text="无", by=contract.cast.officer)
    assert refusal.value.code == "not_draft"


@pytest.mark.parametrize("subject", ["content", "quantity", "quality", "price", "settlement", "breach"])
def test_what_order_102_requires_must_be_there(subject):
    contract = a_draft_contract()
    contract.clauses.filter(subject=subject).delete()
    with at(contract), pytest.raises(ValidationError) as refusal:
        actions.send_for_signature(contract, by=contract.cast.officer)
    assert [error.code for error in refusal.value.error_list] == ["content_missing"]
    assert Contract.objects.get(pk=contract.pk).state == Contract.State.DRAFT


@pytest.mark.parametrize("draft", [lambda: a_contract_from(a_call_off()), an_agreement], ids=["call-off", "agreement"])
def test_it_must_be_in_every_kind_of_contract(draft):
    contract = draft()
    for subject in ("content", "quantity", "quality", "price", "settlement", "breach"):
        contract.clauses.filter(subject=subject).update(text=" ")
    with at(contract), refused("content_missing"):
        actions.send_for_signature(contract, by=contract.cast.officer)
    (fault,) = checks.faults(contract)
    left_to_residents = 1 if contract.programme_id else 0
    assert fault.params["names"].count("、") + 1 == 6 - left_to_residents
    assert Contract.objects.get(pk=contract.pk).state == Contract.State.DRAFT


def test_two_bureaus_of_a_place_never_give_the_same_number():
    numbers = set()
    for ending in ("1", "2"):
        award = an_award()
        bureau = award.lot.tender.bureau
        type(bureau).objects.filter(pk=bureau.pk).update(uscc=f"11320585MB00000{ending}XX")
        with clock.pretend(award.awarded_at):
            contract = actions.draft_contract(award, by=award.cast.officer)
        assert contract.number.startswith("HT") and contract.number.endswith("-0001")
        assert contract.number.removeprefix("HT").startswith(award.lot.tender.number.rsplit("-", 2)[0])
        numbers.add(contract.number)
    assert len(numbers) == 2


def test_more_than_a_year_needs_its_condition_and_more_than_three_is_never_allowed():
    contract = a_draft_contract()
    terms = {"title": contract.title, "starts_on": contract.starts_on, "by": contract.cast.officer}
    two_years = contract.starts_on.replace(year=contract.starts_on.year + 2)
    contract = actions.change_terms(contract, ends_on=two_years, **terms)
    assert [fault.code for fault in checks.faults(contract)] == ["term_too_long"]
    contract = actions.change_terms(contract, ends_on=two_years, term_condition="内容、资金、价格稳定", **terms)
    assert checks.faults(contract) == []
    four_years = contract.starts_on.replace(year=contract.starts_on.year + 4)
    contract = actions.change_terms(contract, ends_on=four_years, term_condition="内容、资金、价格稳定", **terms)
    assert [fault.code for fault in checks.faults(contract)] == ["term_too_long"]


def test_the_article_on_the_term_follows_the_dates():
    contract = a_draft_contract()
    ends_on = contract.ends_on - datetime.timedelta(days=30)
    actions.change_terms(
        contract, title=contract.title, starts_on=contract.starts_on, ends_on=ends_on, by=contract.cast.officer
    )
    assert ends_on.isoformat() in contract.clauses.get(subject=Clause.Subject.TERM).text


def test_instalments_add_up_and_lie_within_the_term():
    contract = a_draft_contract()
    row = {"title": "全年服务", "quantity": 1200, "unit": "人次", "amount": contract.amount, "due_on": contract.ends_on}
    for changed, code in (
        ({"amount": contract.amount - 1}, "amounts"),
        ({"due_on": contract.ends_on + datetime.timedelta(days=1)}, "due_outside"),
    ):
        with pytest.raises(ValidationError) as refusal:
            actions.set_deliverables(contract, [row | changed], by=contract.cast.officer)
        assert refusal.value.code == code
        assert contract.deliverables.count() == 4
    actions.set_deliverables(contract, [row], by=contract.cast.officer)
    assert [d.quantity for d in contract.deliverables.all()] == [1200]


def test_sending_prints_a_paper_in_chinese():
    contract = a_sent_contract()
    assert contract.state == Contract.State.SENT
    assert contract.paper.pages >= 2
    assert {place[0] for place in contract.paper.seal_places} == {"seal-supplier", "seal-buyer"}


@pytest.mark.parametrize("is_bilingual", [True, False])
def test_the_english_reading_copy_stands_in_it_when_both_want_it(is_bilingual):
    contract = a_draft_contract()
    with at(contract):
        actions.change_conditions(contract, is_bilingual=is_bilingual, by=contract.cast.officer)
    with a_sent_contract(contract).paper.source.open() as source:
        page = source.read().decode()
    assert ("the Chinese text binds" in page) is is_bilingual
    assert ("undertaking: as set out in the Chinese text" in page) is is_bilingual, "what is Chinese is not repeated"


def test_an_agreement_shows_what_differs_from_its_programme_and_from_the_framework_behind_it(client):
    contract = an_agreement()
    assert differences(contract) == []
    with clock.pretend(clock.at_hour(contract.awarded_on, 10)):
        actions.change_terms(
            contract, title=contract.title, starts_on=contract.starts_on,
            ends_on=contract.ends_on - datetime.timedelta(days=3), place=contract.place, by=contract.cast.officer,
        )  # fmt: skip
        actions.change_conditions(contract, payment_days=45, by=contract.cast.officer)
    shown = {row.what: (row.before, row.now) for row in differences(again(contract))}
    assert len(shown) == 2 and any(now == "45" for _before, now in shown.values())

    tender = a_ranked_tender(method="framework", facts={"second_stage": "choice"})
    with after_deadline(tender, minutes=180):
        admitted = admit_bidders(tender.lots.get(), by=tender.cast.approver)[0]
    programme = a_programme(
        a_budget_line(bureau=tender.bureau), code="framed", categories=(tender.lots.get().category.code,)
    )
    service = a_service(admitted.supplier, category=tender.lots.get().category.code, price=admitted.unit_price + 100)
    officer = a_person(Role.OFFICER, of=tender.bureau)
    agreement = actions.draft_provider_agreement(programme, admitted.supplier, by=officer)
    shown = {row.what: (row.before, row.now) for row in differences(agreement)}
    (prices,) = [pair for what, pair in shown.items() if service.name in what and tender.number in what]
    assert format_yuan(admitted.unit_price) in prices[0] and format_yuan(service.price) in prices[1]
    client.force_login(officer)
    page = client.get(agreement.get_absolute_url()).content.decode()
    assert tender.get_absolute_url() in page and prices[0] in page
