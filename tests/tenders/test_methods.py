"""Each method as data; what each refuses, with its article; invitations, single source, frameworks."""

from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from marketplace.parties.models import Organisation
from marketplace.tenders import actions, checks
from marketplace.tenders.actions import inviting
from marketplace.tenders.actions.framework import left_out
from marketplace.tenders.checks import Level, ScoredRow
from marketplace.tenders.invitations import commitment, draw
from marketplace.tenders.methods import METHODS, Ending, PriceFormula, Rounds, WhoMayBid
from marketplace.tenders.models import (
    Bid,
    Criterion,
    Envelope,
    Invitation,
    Lot,
    Tender,
)
from tests.given.refusals import code_of, refusal_of
from tests.given.tenders import (
    PASSPHRASE,
    a_bid,
    a_draft,
    a_published_tender,
    a_ranked_tender,
    a_scored_row,
    a_supplier,
    after_deadline,
    the_invited,
)

pytestmark = pytest.mark.django_db


def codes(tender: Tender) -> set[str]:
    return {one.code for one in checks.faults(tender)}


# The methods as data


def test_every_method_of_the_law_is_one_entry():
    assert set(METHODS) == set(Tender.Method.values)
    assert METHODS["invited"].who_may_bid == WhoMayBid.INVITED
    assert METHODS["single_source"].rounds == Rounds.AGREEMENT
    assert METHODS["negotiation"].price_formula == PriceFormula.LOWEST_PRICE
    assert METHODS["consultation"].allows_two
    assert METHODS["framework"].ending == Ending.ADMISSION


def test_an_rfq_is_refused_quoting_the_article():
    tender = a_draft()
    refusal = refusal_of(actions.describe_tender, tender, by=tender.cast.officer, method="rfq")
    assert code_of(refusal) == "rfq_for_services"
    assert "第三十二条" in refusal.messages[0]


@pytest.mark.parametrize("method", [code for code, method in METHODS.items() if method.is_offered])
def test_each_offered_method_is_published(method):
    panel = {"panel_size": 5} if method in ("open", "invited") else {}
    tender = a_published_tender(method=method, **panel)
    assert tender.state == "published"
    assert tender.method == method


@pytest.mark.parametrize("method", ["invited", "negotiation", "single_source", "framework"])
def test_a_ground_and_its_facts(method):
    panel = {"panel_size": 5} if method == "invited" else {}
    tender = a_draft(method=method, **panel)
    by = tender.cast.officer
    missing = refusal_of(actions.justify_method, tender, by=by, method_ground="")
    assert code_of(missing) == "ground_missing"
    assert "第二十六条至第三十二条" in missing.messages[0]
    foreign = refusal_of(actions.justify_method, tender, by=by, method_ground="standard_goods")
    assert code_of(foreign) == "ground_missing"
    silent = refusal_of(actions.justify_method, tender, by=by, method_reason=" ")
    assert code_of(silent) == "ground_reason_missing"


def test_negotiation_after_a_failed_tender_needs_one():
    tender = a_draft(method="negotiation")
    refusal = refusal_of(actions.justify_method, tender, by=tender.cast.officer, method_ground="failed_tender")
    assert code_of(refusal) == "no_failed_tender"
    assert "第三十条" in refusal.messages[0]


def test_in_a_negotiation_the_price_alone_decides():
    tender = a_draft(method="negotiation")
    rows = [(Criterion.Part.PRICE, "价格", "", Decimal(60)), a_scored_row(Criterion.Part.TECHNICAL, "方案", 40)]
    refusal = refusal_of(actions.set_scored_criteria, tender, rows, by=tender.cast.officer)
    assert refusal.code == "price_alone"
    assert "第三十八条" in refusal.messages[0]


def test_the_panel_grows_with_the_money():
    ten_million = 1_000_000_000
    tender = a_draft(method="open", panel_size=5, ceiling=ten_million - 1)
    assert "panel_too_small" not in codes(tender)
    tender = a_draft(method="open", panel_size=7, ceiling=ten_million)
    small = refusal_of(actions.describe_tender, tender, by=tender.cast.officer, panel_size=5)
    assert code_of(small) == "panel_too_small"
    assert "87号" in small.messages[0]


# Criteria


def test_a_qualification_may_not_be_scored():
    tender = a_draft()
    rows = [
        (Criterion.Part.PRICE, "价格", "", Decimal(20)),
        a_scored_row(Criterion.Part.TECHNICAL, "符合政府采购法第二十二条", 80),
    ]
    refusal = refusal_of(actions.set_scored_criteria, tender, rows, by=tender.cast.officer)
    assert refusal.code == "qualification_scored"
    assert "第五十五条" in refusal.messages[0]
    other = refusal_of(actions.set_qualifications, tender, [("服务方案", "")], by=tender.cast.officer)
    assert other.code == "qualification_scored"


@pytest.mark.parametrize(
    ("name", "guidance", "kind"),
    [
        ("社会组织评估等级", "5A得满分", "评估等级"),
        ("本地化服务", "注册地在本市", "地域"),
        ("经济实力", "注册资本一百万元以上", "规模"),
        ("机构资历", "成立满五年", "年限"),
    ],
)
def test_a_criterion_that_may_discriminate_needs_its_reason(name, guidance, kind):
    tender = a_draft()
    by = tender.cast.officer
    price = (Criterion.Part.PRICE, "价格", "", Decimal(20))
    row = a_scored_row(Criterion.Part.TECHNICAL, name, 80)._replace(guidance=guidance)
    refusal = refusal_of(actions.set_scored_criteria, tender, [price, row], by=by)
    assert refusal.code == "discriminates"
    assert "第二十条" in refusal.messages[0]
    assert kind in refusal.messages[0]
    assert tender.criteria.scored().count() == 3
    qualified = refusal_of(actions.set_qualifications, tender, [(name, guidance)], by=by)
    assert qualified.code == "discriminates"
    actions.set_scored_criteria(tender, [price, row._replace(bias_reason="服务点须在镇内才能半小时上门。")], by=by)
    assert tender.criteria.scored().count() == 2


@pytest.mark.parametrize(
    "levels",
    [
        (Level("优", Decimal(50), Decimal(90)),),  # above the points
        (Level("优", Decimal(40), Decimal(80)), Level("良", Decimal(30), Decimal(50))),  # overlapping
        (Level("优", Decimal(40), Decimal(70)),),  # the best is not whole
    ],
)
def test_levels_that_do_not_add_up(levels):
    tender = a_draft()
    rows = [
        (Criterion.Part.PRICE, "价格", "", Decimal(20)),
        ScoredRow(Criterion.Part.TECHNICAL, "方案", "", Decimal(80), levels=levels),
    ]
    assert refusal_of(actions.set_scored_criteria, tender, rows, by=tender.cast.officer).code == "levels"


def test_a_criterion_without_levels_is_not_handed_in():
    tender = a_draft()
    rows = [
        (Criterion.Part.PRICE, "价格", "", Decimal(20)),
        (Criterion.Part.TECHNICAL, "方案", "酌情打分", Decimal(80)),
    ]
    actions.set_scored_criteria(tender, rows, by=tender.cast.officer)
    assert "unquantified" in codes(tender)
    refusal = refusal_of(actions.submit_for_approval, tender, by=tender.cast.officer)
    assert "第三十四条" in " ".join(refusal.messages)


def test_a_tree_of_criteria_sums_its_leaves():
    tender = a_draft()
    rows = [
        (Criterion.Part.PRICE, "价格", "", Decimal(20)),
        a_scored_row(Criterion.Part.TECHNICAL, "入户评估", 30, group="服务方案"),
        a_scored_row(Criterion.Part.TECHNICAL, "应急预案", 20, group="服务方案"),
        a_scored_row(Criterion.Part.BUSINESS, "人员", 30),
    ]
    actions.set_scored_criteria(tender, rows, by=tender.cast.officer)
    group = tender.criteria.groups().get()
    assert (group.name, group.weight, group.children.count()) == ("服务方案", 50, 2)
    assert [c.name for c in tender.criteria.by_experts()] == ["入户评估", "应急预案", "人员"]
    assert sum(c.weight for c in tender.criteria.scored()) == 100


# Invitations


def test_invited_suppliers_are_drawn_so_that_anyone_can_draw_again():
    tender = a_published_tender(method="invited", panel_size=5)
    held = tender.invitation_draw
    drawn = list(Invitation.objects.filter(tender=tender).values_list("supplier__uscc", flat=True))
    assert drawn == draw(held.seed, held.pool)[:3]
    assert held.pool == sorted(supplier.uscc for supplier, _user in tender.cast.invitable)


def test_the_draw_keeps_to_the_numbers():
    tender = a_draft(method="invited", panel_size=5)
    by = tender.cast.officer
    assert code_of(refusal_of(inviting.draw_invitations, tender, 3, by=by)) == "drawn_already"
    refused = refusal_of(inviting.qualify_suppliers, tender, [], by=by)
    assert code_of(refused) == "drawn_already"
    fresh = actions.draft_tender(tender.bureau, "另一个邀请招标", by=by, method="invited", panel_size=5)
    inviting.qualify_suppliers(fresh, [a_supplier()[0] for _ in range(5)], by=by)
    few = refusal_of(inviting.draw_invitations, fresh, 2, by=by)
    assert code_of(few) == "too_few_invited"
    assert "第三十四条" in few.messages[0]
    short = refusal_of(inviting.draw_invitations, fresh, 3, by=by)
    assert code_of(short) == "list_too_short"
    assert "第十四条" in short.messages[0]
    assert not fresh.invitations.exists()
    assert "invitations_missing" in codes(fresh)


def test_only_the_invited_bid():
    tender = a_published_tender(method="invited", panel_size=5)
    refusal = refusal_of(a_bid, tender)
    assert refusal.code == "not_invited"
    assert "第三十四条" in refusal.messages[0]
    supplier, user = the_invited(tender)[0]
    a_bid(tender, supplier=supplier, by=user)
    assert Envelope.objects.get().supplier == supplier


def test_who_is_invited_stays_shut_until_the_opening(client):
    tender = a_published_tender(method="invited", panel_size=5)
    address = reverse("tenders:detail", args=[tender.number])
    page = client.get(address).content.decode()
    assert commitment(tender.invitation_draw.seed) in page
    assert tender.invitation_draw.seed not in page
    assert not any(supplier.name in page for supplier, _user in tender.cast.invitable)
    for supplier, user in the_invited(tender):
        a_bid(tender, supplier=supplier, by=user)
    with after_deadline(tender):
        actions.run_due_events()
        for custodian in tender.cast.custodians[:2]:
            actions.unlock_bids(tender, PASSPHRASE, by=custodian)
        page = client.get(address).content.decode()
    assert tender.invitation_draw.seed in page
    assert all(supplier.name in page for supplier, _user in the_invited(tender))


def test_reserved_lots_are_for_social_organisations():
    tender = a_draft()
    actions.change_lot(tender.lots.get(), by=tender.cast.officer, reserved_for="social")
    actions.submit_for_approval(tender, by=tender.cast.officer)
    cast = tender.cast
    tender = actions.approve_tender(tender, by=cast.approver)
    tender.cast = cast
    company, by = a_supplier(kind=Organisation.Kind.ENTERPRISE)
    refusal = refusal_of(a_bid, tender, supplier=company, by=by)
    assert refusal.code == "reserved"
    assert "财综〔2016〕54号" in refusal.messages[0]
    a_bid(tender)


# Awarding


def test_only_an_approving_officer_awards():
    tender = a_ranked_tender()
    with after_deadline(tender, minutes=120), pytest.raises(PermissionDenied):
        actions.award_bid(Bid.objects.get(rank=1), by=tender.cast.officer, reason="综合得分第一")
    assert Lot.objects.get(tender=tender).state == "ranked"


@pytest.mark.parametrize(("bidders", "out"), [(1, 1), (2, 1), (3, 1), (5, 1), (6, 2), (10, 2), (11, 3)])
def test_a_framework_leaves_out_a_fifth_and_one(bidders, out):
    assert left_out(bidders, Decimal(20), 1) == out
