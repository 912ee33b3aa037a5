"""Every page, in both languages, for the people it is for; and for nobody else."""

import pytest
from django.urls import reverse
from django.utils import translation

from marketplace.parties.models import Role
from marketplace.tenders import actions
from marketplace.tenders.models import Bid
from tests.given.people import a_bureau, a_person
from tests.given.tenders import (
    a_bid,
    a_closed_tender,
    a_draft,
    a_published_tender,
    a_ranked_tender,
    a_scoring_tender,
    after_deadline,
    an_awarded_tender,
    an_opened_tender,
    seats_of,
)

pytestmark = pytest.mark.django_db


def see(client, name, *args, status=200, user=None):
    """The page in both languages; the Chinese one is given back."""
    if user is not None:
        client.force_login(user)
    with translation.override("en"):
        english = client.get(reverse(f"tenders:{name}", args=args))
    assert english.status_code == status, (name, english.status_code)
    with translation.override("zh-hans"):
        chinese = client.get(reverse(f"tenders:{name}", args=args))
    assert chinese.status_code == status, (name, chinese.status_code)
    return "" if chinese.streaming else chinese.content.decode()


def test_draft_pages(client):
    tender = a_draft()
    client.force_login(tender.cast.officer)
    lot = tender.lots.get()
    for name in ("manage", "about", "lots", "new_lot", "qualifications", "criteria", "schedule", "documents"):
        see(client, name, tender.pk)
    for name in ("people", "preview", "submit", "cancel"):
        see(client, name, tender.pk)
    see(client, "lot", tender.pk, lot.pk)
    see(client, "remove_lot", tender.pk, lot.pk)
    see(client, "remove_document", tender.pk, tender.documents.get().pk)
    see(client, "procurement")
    see(client, "new")


def test_a_draft_is_nobody_elses(client):
    tender = a_draft()
    stranger = a_person(Role.OFFICER, Role.APPROVER, of=a_bureau())
    for name in ("manage", "about", "preview", "submit", "approve", "cancel"):
        see(client, name, tender.pk, status=404, user=stranger)
    see(client, "document", tender.documents.get().pk, status=404, user=stranger)


def test_approval_pages(client):
    tender = a_draft()
    actions.submit_for_approval(tender, by=tender.cast.officer)
    see(client, "manage", tender.pk, user=tender.cast.approver)
    see(client, "approve", tender.pk)
    see(client, "return", tender.pk)
    see(client, "approve", tender.pk, status=403, user=tender.cast.officer)


def test_public_pages_of_an_open_tender(client):
    tender = a_published_tender()
    a_bid(tender)
    assert tender.title in see(client, "list")
    page = see(client, "detail", tender.number)
    assert tender.title in page
    assert tender.cast.suppliers[0].name not in page
    assert tender.cast.suppliers[0].name not in see(client, "opening", tender.number)
    see(client, "result", tender.number, status=404)
    see(client, "document", tender.documents.get().pk)


def test_bidder_pages(client):
    tender = a_published_tender()
    a_bid(tender)
    client.force_login(tender.cast.bidders[0])
    for name in ("bid", "bid_eligibility", "bid_prices", "bid_plan", "bid_files", "bid_seal", "bid_withdraw"):
        see(client, name, tender.number)
    see(client, "opportunities")
    see(client, "my_bids")
    see(client, "bid", tender.number, status=403, user=tender.cast.officer)


def test_opening_pages(client):
    tender = a_closed_tender()
    with after_deadline(tender):
        assert 'name="passphrase"' in see(client, "opening", tender.number, user=tender.cast.custodians[0])
        assert 'name="passphrase"' not in see(client, "opening", tender.number, user=tender.cast.officer)
    see(client, "passphrase", user=tender.cast.custodians[0])


def test_evaluation_pages(client):
    tender = an_opened_tender()
    see(client, "manage", tender.pk, user=tender.cast.officer)
    see(client, "panel", tender.pk)
    see(client, "exclude", Bid.objects.filter(lot__tender=tender).first().pk)
    see(client, "opened_bid", Bid.objects.filter(lot__tender=tender).first().pk)
    see(client, "opening", tender.number)
    loser = tender.cast.bidders[0]
    others = Bid.objects.filter(lot__tender=tender).exclude(supplier=tender.cast.suppliers[0]).first()
    see(client, "opened_bid", others.pk, status=404, user=loser)


def test_expert_pages(client):
    tender = a_scoring_tender()
    seat = seats_of(tender)[0]
    bid = Bid.objects.filter(lot__tender=tender).first()
    client.force_login(seat.user)
    see(client, "assignments")
    see(client, "assignment", seat.pk)
    see(client, "scorecard", seat.pk, bid.pk)
    see(client, "hand_in", seat.pk)
    see(client, "assignment", seat.pk, status=404, user=tender.cast.officer)


def test_award_pages(client):
    tender = a_ranked_tender()
    see(client, "manage", tender.pk, user=tender.cast.approver)
    see(client, "award", Bid.objects.get(lot__tender=tender, rank=1).pk)


def test_result_is_public(client):
    tender = an_awarded_tender()
    page = see(client, "result", tender.number)
    for seat in seats_of(tender):
        assert seat.user.name in page
    assert "综合得分第一" in page
    page = see(client, "bid", tender.number, user=tender.cast.bidders[1])
    assert "方案可行" in page
