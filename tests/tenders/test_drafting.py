"""What a draft refuses: on which field, with which article; and four eyes."""

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from marketplace.pages import clock
from marketplace.parties.actions import grant_role
from marketplace.parties.models import Role
from marketplace.tenders import actions
from marketplace.tenders.models import Criterion, Tender
from tests.given.refusals import refusal_of
from tests.given.tenders import a_cast, a_category, a_draft, a_published_tender, again

pytestmark = pytest.mark.django_db


def test_rfq_is_refused_for_services():
    tender = a_draft()
    refusal = refusal_of(actions.describe_tender, tender, by=tender.cast.officer, method="rfq")
    error = refusal.error_dict["method"][0]
    assert error.code == "rfq_for_services"
    assert "第三十二条" in error.messages[0] or "Article 32" in error.messages[0]
    assert Tender.objects.get(pk=tender.pk).method == "consultation"


@pytest.mark.parametrize(
    ("price", "plan", "code"), [(20, 79, "weights"), (40, 60, "price_weight"), (5, 95, "price_weight")]
)
def test_weights(price, plan, code):
    tender = a_draft()
    rows = [(Criterion.Part.PRICE, "价格", "", Decimal(price)), (Criterion.Part.TECHNICAL, "方案", "", Decimal(plan))]
    assert refusal_of(actions.set_scored_criteria, tender, rows, by=tender.cast.officer).code == code
    assert tender.criteria.scored().count() == 3


def test_a_deadline_in_the_past_or_too_near():
    tender = a_draft()
    now = clock.now()
    dates = {"documents_until": tender.documents_until, "questions_until": tender.questions_until}
    by = tender.cast.officer
    past = refusal_of(actions.set_schedule, tender, by=by, **dates, bids_due_at=now - datetime.timedelta(days=1))
    assert past.error_dict["bids_due_at"][0].code == "past"
    near = refusal_of(actions.set_schedule, tender, by=by, **dates, bids_due_at=now + datetime.timedelta(days=5))
    assert near.error_dict["bids_due_at"][0].code == "bid_period"


def test_lots_keep_to_the_budget_and_the_term():
    tender = a_draft(ceiling=10_000_000)
    lot = {
        "title": "第二包",
        "description": "",
        "category": a_category(),
        "place": tender.bureau.region,
        "term_months": 12,
    }
    by = tender.cast.officer
    short = refusal_of(actions.add_lot, tender, by=by, **lot, ceiling=31_000_000)
    assert short.error_dict["ceiling"][0].code == "budget_short"
    assert refusal_of(actions.add_lot, tender, by=by, **lot, ceiling=-1).error_dict["ceiling"][0].code == "negative"
    long = refusal_of(actions.add_lot, tender, by=by, **(lot | {"term_months": 37}), ceiling=1)
    assert long.error_dict["term_months"][0].code == "term"
    reasonless = refusal_of(actions.add_lot, tender, by=by, **(lot | {"term_months": 24}), ceiling=1)
    assert reasonless.error_dict["long_term_reason"][0].code == "term_reason"


def test_nobody_approves_what_they_drafted():
    tender = a_draft()
    officer = tender.cast.officer
    grant_role(officer, tender.bureau, Role.APPROVER, by=None)
    actions.submit_for_approval(tender, by=officer)
    with pytest.raises(PermissionDenied):
        actions.approve_tender(tender, by=officer)
    assert again(tender).state == Tender.State.PENDING_APPROVAL


def test_numbers_run_without_a_gap_and_no_key_is_stored():
    first = a_published_tender()
    second = a_published_tender(first.cast)
    assert first.number.rsplit("-", 1)[0] == second.number.rsplit("-", 1)[0]
    assert (first.number[-4:], second.number[-4:]) == ("0001", "0002")
    assert first.public_key != second.public_key
    assert all(custodian.sealed_share for custodian in first.custodians.all())


def test_a_refusal_stands_at_its_field_and_keeps_what_was_typed(client):
    tender = a_draft()
    client.force_login(tender.cast.officer)
    answer = client.post(
        reverse("tenders:new_lot", args=[tender.pk]),
        {
            "title": "很长的名字",
            "category": a_category().pk,
            "place": tender.region_id,
            "ceiling": "-5",
            "term_months": "12",
        },
    )
    assert answer.status_code == 422
    assert "很长的名字" in answer.content.decode()
    assert tender.lots.count() == 1


@pytest.mark.parametrize("page", ["list", "detail"])
def test_constant_queries(client, page):
    def count(args):

        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse(f"tenders:{page}", args=args)).status_code == 200
        return len(captured)

    one = a_published_tender()
    few = count([one.number] if page == "detail" else [])
    two = a_published_tender(lots=4)
    a_published_tender()
    assert count([two.number] if page == "detail" else []) <= few


def test_a_draft_with_nothing_but_a_title_shows_its_tasks(client):
    cast = a_cast()
    tender = actions.draft_tender(cast.bureau, "双凤镇老年助餐服务", by=cast.officer)
    client.force_login(cast.officer)
    assert client.get(reverse("tenders:manage", args=[tender.pk])).status_code == 200
    answer = client.post(reverse("tenders:submit", args=[tender.pk]))
    assert answer.status_code == 422
    assert again_state(tender) == Tender.State.DRAFT


def again_state(tender):
    return Tender.objects.get(pk=tender.pk).state
