"""What a file says about comparing prices and about challenges: the page, the bounds, what it does to a tender."""

from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from marketplace.rules.actions import change_rule
from marketplace.rules.models import Rule
from marketplace.tenders import actions, checks
from marketplace.tenders.models import Bid, Criterion, Tender
from tests.given.people import a_person
from tests.given.refusals import refused
from tests.given.tenders import (
    PASSPHRASE,
    a_bid,
    a_cast,
    a_closed_tender,
    a_draft,
    a_published_tender,
    a_scored_row,
    after_deadline,
    again,
)

pytestmark = pytest.mark.django_db
TERMS = {"pricing": "", "small_discount": Decimal(10), "abnormal_percent": None, "challenges_once": True}


def codes(tender: Tender) -> set[str]:
    return {one.code for one in checks.faults(Tender.objects.get(pk=tender.pk))}


def quality_only(points: tuple[int, int] = (60, 40)) -> list:
    return [
        a_scored_row(Criterion.Part.TECHNICAL, "服务方案", points[0]),
        a_scored_row(Criterion.Part.BUSINESS, "人员与业绩", points[1]),
    ]


def test_a_new_draft_begins_with_the_least_preference():
    assert a_draft().small_discount == Decimal(10)


@pytest.mark.parametrize(
    ("terms", "code", "article"),
    [
        ({"small_discount": Decimal("9.99")}, "small_discount", "Caiku [2022] No. 19"),
        ({"small_discount": Decimal("20.01")}, "small_discount", "Caiku [2022] No. 19"),
        ({"small_discount": Decimal(0)}, "small_discount_missing", "Caiku [2020] No. 46, Art. 9"),
        ({"abnormal_percent": 49}, "abnormal_percent", "Caiku [2026] No. 2"),
        ({"abnormal_percent": 66}, "abnormal_percent", "Caiku [2026] No. 2"),
        ({"pricing": "lowest_price"}, "pricing", "Caiku [2014] No. 214, Arts. 23, 24"),
    ],
)
def test_each_term_keeps_to_its_rule(terms, code, article):
    tender = a_draft()
    with refused(code, article):
        actions.set_terms(tender, **(TERMS | terms), by=tender.cast.officer)
    assert Tender.objects.get(pk=tender.pk).small_discount == Decimal(10), "nothing changed"


@pytest.mark.parametrize(
    ("terms", "method"),
    [
        ({"small_discount": Decimal(20), "abnormal_percent": 65}, "consultation"),
        ({"small_discount": Decimal(10), "abnormal_percent": 50, "challenges_once": False}, "consultation"),
        ({"pricing": "fixed", "small_discount": Decimal(0)}, "consultation"),
        ({"pricing": "lowest_price"}, "open"),
        ({"pricing": "lowest_price"}, "negotiation"),
    ],
)
def test_what_lies_at_the_bounds_is_allowed(terms, method):
    tender = a_draft(method=method, **({"panel_size": 5} if method == "open" else {}))
    actions.set_terms(tender, **(TERMS | terms), by=tender.cast.officer)
    assert not codes(tender) & {"pricing", "small_discount", "small_discount_missing", "abnormal_percent"}


def test_no_preference_is_due_where_every_lot_is_for_social_organisations():
    tender = a_draft()
    by = tender.cast.officer
    actions.change_lot(tender.lots.get(), reserved_for="social", by=by)
    actions.set_terms(tender, **(TERMS | {"small_discount": Decimal(0)}), by=by)
    assert not codes(tender)
    actions.change_lot(tender.lots.get(), reserved_for="", by=by)
    assert "small_discount_missing" in codes(tender), "the lot is open to enterprises again"


def test_the_operator_can_change_the_bound(django_user_model):
    operator = a_person(is_superuser=True, is_staff=True)
    least = Rule.objects.get(key="tender.small_discount_min")
    tender = a_draft()
    change_rule(least, by=operator, reason="省里提高了下限", valid_from=tender.created_at.date(), value=12)
    with refused("small_discount", "12"):
        actions.set_terms(tender, **TERMS, by=tender.cast.officer)


def test_a_fixed_price_earns_no_points():
    tender = a_draft()
    by = tender.cast.officer
    with refused("price_weight"):
        actions.set_scored_criteria(tender, quality_only(), by=by)
    actions.set_terms(tender, **(TERMS | {"pricing": "fixed"}), by=by)
    assert "price_scored" in codes(tender), "the draft still scores its price"
    rows = [(Criterion.Part.PRICE, "价格", "", Decimal(20)), *quality_only((50, 30))]
    with refused("price_scored", "Art. 55"):
        actions.set_scored_criteria(tender, rows, by=by)
    actions.set_scored_criteria(tender, quality_only(), by=by)
    assert not codes(tender)


def test_who_asks_another_price_than_the_fixed_one_is_out():
    tender = a_draft()
    cast = tender.cast
    actions.set_terms(tender, **(TERMS | {"pricing": "fixed"}), by=cast.officer)
    actions.set_scored_criteria(tender, quality_only(), by=cast.officer)
    actions.submit_for_approval(tender, by=cast.officer)
    tender = actions.approve_tender(tender, by=cast.approver)
    tender.cast = cast
    ceiling = tender.lots.get().ceiling
    for price in (ceiling, ceiling, ceiling, ceiling - 1):
        a_bid(tender, price=price)
    with after_deadline(tender):
        actions.run_due_events()
        for custodian in cast.custodians[:2]:
            actions.unlock_bids(tender, PASSPHRASE, by=custodian)
    out = Bid.objects.get(lot__tender=tender, state=Bid.State.EXCLUDED)
    assert out.amount == ceiling - 1
    assert "第五十五条" in out.why_excluded


def test_the_page_asks_says_why_and_keeps_what_was_typed(client):
    tender = a_draft()
    address = reverse("tenders:terms", args=[tender.pk])
    client.force_login(tender.cast.officer)
    page = client.get(address).content.decode()
    for words in ("财库〔2022〕19号", "财库〔2026〕2号", "财政部令第94号第十条", "财库〔2014〕214号第二十三条"):
        assert words in page, words
    assert "lowest_price" not in page, "consultation knows only points"
    typed = {"pricing": "lowest_ratio", "small_discount": "25", "abnormal_percent": "70", "challenges_once": "on"}
    refused_page = client.post(address, typed)
    assert refused_page.status_code == 422
    assert 'value="25"' in refused_page.content.decode()
    kept = client.post(address, typed | {"autosave": "1"}, headers={"HX-Request": "true"})
    assert kept.status_code == 200
    assert 'value="25"' in client.get(address).content.decode(), "typed, not saved, not lost"
    good = client.post(address, {"pricing": "lowest_ratio", "small_discount": "15", "abnormal_percent": "60"})
    assert good.status_code == 302
    saved = Tender.objects.get(pk=tender.pk)
    assert (saved.pricing, saved.small_discount, saved.abnormal_percent) == ("", Decimal(15), 60)
    assert saved.challenges_once is False
    client.force_login(a_cast().officer)
    assert client.get(address).status_code == 404


def test_only_an_officer_while_it_is_a_draft():
    tender = a_published_tender()
    with pytest.raises(PermissionDenied):
        actions.set_terms(tender, **TERMS, by=tender.cast.officer)
    draft = a_draft()
    with pytest.raises(PermissionDenied):
        actions.set_terms(draft, **TERMS, by=draft.cast.approver)


def test_one_supplier_is_asked_only_about_challenges(client):
    tender = a_draft(method="single_source")
    client.force_login(tender.cast.officer)
    form = client.get(reverse("tenders:terms", args=[tender.pk])).context["form"]
    assert list(form.fields) == ["challenges_once"]
    assert "small_discount_missing" not in codes(tender)


def test_the_notice_says_it(client):
    tender = a_draft()
    actions.set_terms(
        tender, **(TERMS | {"small_discount": Decimal(15), "abnormal_percent": 60}), by=tender.cast.officer
    )
    cast = tender.cast
    actions.submit_for_approval(tender, by=cast.officer)
    tender = actions.approve_tender(tender, by=cast.approver)
    page = client.get(reverse("tenders:detail", args=[tender.number])).content.decode()
    assert "15%" in page
    assert "60%" in page
    assert "一次性提出" in page


def test_the_raised_percentage_asks_about_more_prices():
    """Bids of 90, 85 and 58: the lowest is 68% of the second and 74% of the mean; 58% of the ceiling is under 60."""
    for percent, asked in ((None, 0), (60, 1)):
        tender = a_draft(method="open", panel_size=5)
        cast = tender.cast
        actions.set_terms(tender, **(TERMS | {"abnormal_percent": percent}), by=cast.officer)
        actions.submit_for_approval(tender, by=cast.officer)
        tender = actions.approve_tender(tender, by=cast.approver)
        tender.cast = cast
        lot = tender.lots.get()
        for share in (90, 85, 58):
            a_bid(tender, price=lot.ceiling * share // 100)
        tender = a_closed_tender(bids=0, tender=tender)
        with after_deadline(tender):
            for custodian in cast.custodians[:2]:
                actions.unlock_bids(tender, PASSPHRASE, by=custodian)
            lot = again(tender).lots.get()
            conditions = list(tender.criteria.qualification())
            verdicts = {bid: dict.fromkeys(conditions, (True, "")) for bid in lot.bids.all()}
            actions.check_qualifications(lot, verdicts, by=cast.officer)
        assert lot.bids.filter(price_reviews__isnull=False).count() == asked
