"""The platform was down while something other than bids was due: that moves too, for all alike, by one decision."""

import datetime

import pytest

from marketplace.messages.models import Message
from marketplace.pages import clock
from marketplace.parties.models import User
from marketplace.tenders import actions
from marketplace.tenders.actions.ordering import ask_for_quotes, quote
from marketplace.tenders.models import Outage, PriceReview, QuoteRound
from marketplace.tenders.queries.outages import Hit
from tests.given.call_offs import a_framework, an_order
from tests.given.particular_tenders import a_low_price, a_promised_bid
from tests.given.people import a_person
from tests.given.refusals import code_of, refusal_of
from tests.given.tenders import (
    PASSPHRASE,
    a_published_tender,
    after_deadline,
    again,
    an_opened_tender,
    qualify_all,
    seats_of,
)

pytestmark = pytest.mark.django_db
MINUTES = 300


def minutes(count: int) -> datetime.timedelta:
    return datetime.timedelta(minutes=count)


def an_outage(due: datetime.datetime) -> Outage:
    """From ten minutes before to ten minutes after."""
    operator = a_person(is_superuser=True)
    return actions.propose_outage(due - minutes(10), due + minutes(10), MINUTES, "机房断电", by=operator)


def down_around(due: datetime.datetime, approver: User) -> list[Hit]:
    """Back up, the clock runs at once; then two people decide."""
    with clock.pretend(due + minutes(12)):
        actions.run_due_events()
        return actions.decide_outage(an_outage(due), by=approver)


def test_a_round_of_quotes_takes_quotes_again(django_capture_on_commit_callbacks):
    tender = an_opened_tender()
    cast, lot = tender.cast, tender.lots.get()
    with after_deadline(tender):
        qualify_all(lot, by=cast.officer)
        round = actions.call_for_quotes(lot, due_at=tender.bids_due_at + minutes(60), by=cast.officer)
    with django_capture_on_commit_callbacks(execute=True):
        hits = down_around(round.due_at, cast.approver)
    assert [(hit.kind, hit.subject) for hit in hits] == [("quotes", round)]
    longer = QuoteRound.objects.get()
    assert (longer.state, longer.due_at) == ("open", round.due_at + minutes(MINUTES))
    letters = Message.objects.filter(key__startswith="extended-")
    for bid, by in zip(lot.bids.order_by("envelope__submitted_at"), cast.bidders, strict=True):
        letter = letters.get(to=by)
        assert tender.number in letter.subject and "机房断电" in letter.body
        with clock.pretend(round.due_at + minutes(20)):
            actions.quote_price(longer, bid, bid.amount, by=by)
            early = refusal_of(actions.open_quotes, tender, PASSPHRASE, by=cast.custodians[0])
            assert code_of(early) == "too_early"


def test_a_round_that_two_custodians_have_opened_stays_as_it_is():
    tender = an_opened_tender()
    cast, lot = tender.cast, tender.lots.get()
    with after_deadline(tender):
        qualify_all(lot, by=cast.officer)
        round = actions.call_for_quotes(lot, due_at=tender.bids_due_at + minutes(60), by=cast.officer)
        for bid, by in zip(lot.bids.order_by("envelope__submitted_at"), cast.bidders, strict=True):
            actions.quote_price(round, bid, bid.amount, by=by)
    with clock.pretend(round.due_at + minutes(11)):
        for custodian in cast.custodians[:2]:
            actions.open_quotes(tender, PASSPHRASE, by=custodian)
    assert down_around(round.due_at, cast.approver) == []
    assert QuoteRound.objects.get().due_at == round.due_at


def test_who_was_asked_about_a_low_price_has_time_again_until_the_panel_judges():
    tender, review = a_low_price()
    (hit,) = down_around(review.answer_due_at, tender.cast.approver)
    assert (hit.kind, hit.suppliers) == ("answer", (review.bid.supplier_id,))
    longer = PriceReview.objects.get()
    assert (longer.state, longer.answer_due_at) == ("asked", review.answer_due_at + minutes(MINUTES))
    with clock.pretend(review.answer_due_at + minutes(20)):
        actions.explain_price(longer, words="志愿者承担部分人工。", by=tender.cast.bidders[2])
    assert PriceReview.objects.get().state == "explained"


def test_a_price_that_the_panel_has_begun_to_judge_is_judged_on():
    tender, review = a_low_price()
    first, *_others = seats_of(tender)
    with clock.pretend(review.answer_due_at + minutes(1)):
        actions.run_due_events()
        actions.vote_on_price(review, is_proven=False, reason="未说明", by=first.user)
    assert down_around(review.answer_due_at, tender.cast.approver) == []
    assert PriceReview.objects.get().state == "silent"


def test_files_follow_their_fingerprints_for_longer():
    tender = a_published_tender()
    envelope = a_promised_bid(tender)
    for _another in range(2):
        a_promised_bid(tender)
    (hit,) = down_around(tender.bodies_due_at, tender.cast.approver)
    assert hit.kind == "files" and envelope.supplier_id in hit.suppliers
    longer = again(tender)
    assert longer.bids_due_at == tender.bids_due_at, "no new bid comes in"
    assert longer.bodies_due_at == tender.bodies_due_at + minutes(MINUTES)


def test_quotes_for_an_order_are_taken_for_longer():
    tender = a_framework("mini_bid")
    lot = tender.lots.get()
    first = lot.admissions.order_by("rank")[0]
    by = dict(zip(tender.cast.suppliers, tender.cast.bidders, strict=True))[first.supplier]
    due = clock.now() + datetime.timedelta(days=2)
    call_off = ask_for_quotes(lot, **an_order(), quotes_due_at=due, by=tender.cast.officer)
    (hit,) = down_around(due, tender.cast.approver)
    assert (hit.kind, hit.subject) == ("order", call_off)
    with clock.pretend(due + minutes(20)):
        quote(call_off, first.supplier, 300_000, by=by)
    assert call_off.quotes.get().amount == 300_000


def test_who_decides_sees_every_deadline_that_was_hit_and_nobodys_name(client):
    tender, review = a_low_price()
    due = review.answer_due_at
    with clock.pretend(due + minutes(12)):
        outage = an_outage(due)
        client.force_login(tender.cast.approver)
        page = client.get(f"/procurement/outages/{outage.pk}/").text
        assert tender.number in page and "异常低价说明" in page
        assert review.bid.supplier.name not in page
        client.post(f"/procurement/outages/{outage.pk}/", {"answer": "decide"})
    assert Outage.objects.get().state == "decided"
    assert PriceReview.objects.get().answer_due_at == due + minutes(MINUTES)
