"""What no verb lets happen between the opening and the award, and while a complaint is examined."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied

from marketplace.pages import clock
from marketplace.tenders import actions
from marketplace.tenders.actions.framework import admit_bidders
from marketplace.tenders.actions.ordering import order_in_turn
from marketplace.tenders.forms.evaluation import ReportForm
from marketplace.tenders.models import (
    Award,
    Bid,
    CallOff,
    Complaint,
    Criterion,
    ExpertTie,
    Lot,
    Panellist,
    Query,
    QuoteRound,
)
from tests.given.challenges import a_complaint
from tests.given.people import a_bureau, a_person, an_organisation
from tests.given.refusals import refused
from tests.given.tenders import (
    a_draft,
    a_filled_sheet,
    a_published_tender,
    a_ranked_tender,
    a_scoring_tender,
    a_supplier,
    after_deadline,
    an_award,
    an_expert_pool,
    an_opened_tender,
    qualify_all,
    rank,
    seats_of,
)

pytestmark = pytest.mark.django_db


def test_a_final_quote_is_called_once_and_only_where_the_method_has_one():
    tender = an_opened_tender()
    lot = tender.lots.get()
    due = tender.bids_due_at + datetime.timedelta(hours=2)
    with after_deadline(tender, minutes=20):
        qualify_all(lot, by=tender.cast.officer)
        actions.call_for_quotes(lot, due_at=due, by=tender.cast.officer)
        with refused("round_running"):
            actions.call_for_quotes(lot, due_at=due, by=tender.cast.officer)
    assert QuoteRound.objects.count() == 1
    public = an_opened_tender(method="open")
    with after_deadline(public, minutes=20):
        qualify_all(public.lots.get(), by=public.cast.officer)
        with refused("not_with_this_method", "Order 87, Article 51"):
            actions.call_for_quotes(public.lots.get(), due_at=due, by=public.cast.officer)
    scoring = a_scoring_tender()  # the final quotes are open
    with after_deadline(scoring, minutes=80), refused("final_done", "Order 74, Article 33"):
        actions.call_for_quotes(
            scoring.lots.get(), due_at=clock.now() + datetime.timedelta(hours=1), by=scoring.cast.officer
        )


def test_who_has_left_the_procedure_quotes_no_more():
    tender = an_opened_tender(bids=4)
    lot = tender.lots.get()
    with after_deadline(tender, minutes=20):
        bid = lot.bids.order_by("envelope__submitted_at").select_related("supplier").first()
        qualify_all(lot, by=tender.cast.officer, failing=(bid.supplier,))
        round = actions.call_for_quotes(
            lot, due_at=tender.bids_due_at + datetime.timedelta(hours=2), by=tender.cast.officer
        )
        with refused("not_in_procedure", "Order 74, Article 33"):
            actions.quote_price(round, bid, 30_000_000, by=tender.cast.bidders[0])
    assert not round.quotes.exists()


def test_an_expert_scores_what_is_there_to_score_and_hands_in_everything_once():
    tender = a_scoring_tender()
    seat, *others = seats_of(tender)
    bids = list(tender.lots.get().bids.valid())
    price = tender.criteria.get(part=Criterion.Part.PRICE)
    with after_deadline(tender, minutes=90):
        with refused("foreign_criterion"):
            actions.score_bid(seat, bids[0], {price: (20, "")}, by=seat.user)
        a_filled_sheet(seat, bids[0])
        with refused("scores_missing"):
            actions.hand_in_scores(seat, by=seat.user)
        for bid in bids[1:]:
            a_filled_sheet(seat, bid)
        actions.hand_in_scores(seat, by=seat.user)
        with refused("handed_in"):
            a_filled_sheet(seat, bids[0])
        with refused("not_ranked"):
            actions.confirm_report(seat, by=seat.user)
        with refused("scored_already"):
            actions.exclude_bid(bids[0], reason="资格不符", by=tender.cast.officer)
        with refused("declared_already"):
            actions.declare_no_conflict(others[0], by=others[0].user)
        with pytest.raises(PermissionDenied):  # not before the ranking
            actions.award_bid(bids[0], reason="第一名", by=tender.cast.approver)
    assert Panellist.objects.filter(state=Panellist.State.SUBMITTED).get() == seat
    assert not Award.objects.exists()
    assert Bid.objects.get(pk=bids[0].pk).state == Bid.State.OPENED


def test_what_was_ruled_out_is_never_awarded():
    tender = a_scoring_tender(bids=4)
    lot = tender.lots.get()
    out = lot.bids.order_by("envelope__submitted_at").first()
    with after_deadline(tender, minutes=85):
        actions.exclude_bid(out, reason="未按要求盖章", by=tender.cast.officer)
    tender = rank(tender)
    with after_deadline(tender, minutes=120), refused("unranked"):
        actions.award_bid(Bid.objects.get(pk=out.pk), reason="价格合适", by=tender.cast.approver)
    assert not Award.objects.exists()


def test_a_price_is_asked_about_before_the_ranking_only():
    tender = a_ranked_tender()
    bid = tender.lots.get().bids.get(rank=1)
    seat = seats_of(tender)[0]
    with after_deadline(tender, minutes=200), pytest.raises(PermissionDenied):
        actions.question_price(bid, words="请说明成本", by=seat.user)
    assert not bid.price_reviews.exists()


def test_an_expert_declares_each_tie_once_and_none_in_the_future():
    (expert,) = an_expert_pool(1)
    other = an_organisation()
    tomorrow = clock.today() + datetime.timedelta(days=1)
    with refused("future"):
        actions.declare_tie(other, ExpertTie.Kind.choices[0][0], ended_on=tomorrow, by=expert)
    actions.declare_tie(other, ExpertTie.Kind.choices[0][0], by=expert)
    with refused("declared_already"):
        actions.declare_tie(other, ExpertTie.Kind.choices[0][0], by=expert)
    assert ExpertTie.objects.count() == 1


def test_nobody_is_admitted_where_one_bid_is_all_there_is_nor_ordered_from_afterwards():
    tender = a_ranked_tender(method="framework", facts={"second_stage": "rotation"})
    lot = tender.lots.get()
    with after_deadline(tender, minutes=180):
        admit_bidders(lot, by=tender.cast.approver)
        today = clock.today()
        after_its_end = today + datetime.timedelta(days=366 * 4)
        with refused("need_missing"):
            order_in_turn(lot, need=" ", quantity=1, starts_on=today, ends_on=today, by=tender.cast.officer)
        with refused("nobody_admitted"):
            order_in_turn(lot, need="陪诊", quantity=1, starts_on=today, ends_on=after_its_end, by=tender.cast.officer)
    assert not CallOff.objects.exists()


def test_the_buyer_begins_again_only_after_a_refusal():
    award = an_award()
    with after_deadline(award.lot.tender, minutes=200), pytest.raises(PermissionDenied):
        actions.begin_again(award.lot, reason="重新采购", by=award.cast.approver)
    assert Lot.objects.get(pk=award.lot_id).state == Lot.State.AWARDED


def test_a_query_is_of_something_published_and_says_something():
    tender = a_published_tender()
    supplier, bidder = a_supplier()
    with refused("words_missing"):
        actions.ask_query(tender, supplier, words=" ", by=bidder)
    with refused("not_public"):
        actions.ask_query(a_draft(), supplier, words="何时开启？", by=bidder)
    assert not Query.objects.exists()


def test_a_suspension_has_its_longest_and_a_decision_its_words():
    award = an_award()
    complaint = a_complaint(award)
    by = complaint.officer
    with clock.pretend(complaint.filed_at + datetime.timedelta(days=1)):
        with refused("suspension_too_long", "Art. 57"):
            actions.accept_complaint(complaint, suspend_days=31, by=by)
        actions.accept_complaint(complaint, suspend_days=30, by=by)
        with refused("not_paused"):
            actions.resume_complaint(complaint, by=by)
        actions.pause_complaint(complaint, by=by)
        with refused("paused"):
            actions.pause_complaint(complaint, by=by)
        with refused("paused"):
            actions.decide_complaint(complaint, is_upheld=False, decision="驳回", by=by)
        actions.resume_complaint(complaint, by=by)
        with refused("words_missing"):
            actions.decide_complaint(complaint, is_upheld=False, decision=" ", by=by)
        with refused("effect_missing", "Order 94"):
            actions.decide_complaint(complaint, is_upheld=True, decision="成立", effect="", by=by)
        with refused("false_upheld"):
            actions.decide_complaint(complaint, is_upheld=True, is_false=True, ban_years=1, decision="成立", by=by)
    assert Complaint.objects.get().state == Complaint.State.ACCEPTED


def test_the_report_is_contradicted_with_words_only():
    form = ReportForm({"agrees": "no", "dissent": " "})
    assert not form.is_valid()
    assert form.errors.as_data()["dissent"][0].code == "dissent_missing"


def test_two_bureaus_never_number_alike():
    operator = a_person(is_superuser=True)
    actions.set_number_prefix(a_bureau(), "TC", by=operator)
    with refused("prefix_taken"):
        actions.set_number_prefix(a_bureau(), "TC", by=operator)


def test_a_prefix_that_numbered_a_tender_is_never_given_to_another():
    operator = a_person(is_superuser=True)
    first = a_published_tender()
    old, _year, _count = first.number.split("-")
    actions.set_number_prefix(first.bureau, "TCMZ", by=operator)
    with clock.pretend(first.published_at):
        second = a_published_tender()
    assert second.bureau != first.bureau and second.number == f"{old}.2-{_year}-0001"
    with refused("prefix_taken"):
        actions.set_number_prefix(a_bureau(), old, by=operator)
    assert actions.set_number_prefix(first.bureau, old, by=operator).prefix == old
