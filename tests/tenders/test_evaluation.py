"""From the opened envelopes to the signed report: qualification, final quotes, low prices, outliers, ties, refusals."""

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from marketplace.pages import clock
from marketplace.parties.models import Role
from marketplace.tenders import actions
from marketplace.tenders.drawing import draw
from marketplace.tenders.models import (
    Bid,
    Lot,
    Moderation,
    Panel,
    Panellist,
    PriceReview,
    QuoteRound,
    Score,
)
from tests.given.particular_tenders import a_low_price
from tests.given.people import a_person
from tests.given.refusals import code_of
from tests.given.tenders import (
    PASSPHRASE,
    a_filled_sheet,
    a_scoring_tender,
    after_deadline,
    an_expert_pool,
    an_opened_tender,
    fill_and_hand_in,
    qualify_all,
    seats_of,
)

pytestmark = pytest.mark.django_db


# Qualification


def test_nothing_is_scored_before_the_qualifications_are_checked():
    tender = an_opened_tender()
    an_expert_pool()
    with after_deadline(tender, minutes=30):
        panel = actions.draw_panel(tender, by=tender.cast.officer)
        seat = panel.members.select_related("user").first()
        actions.declare_no_conflict(seat, by=seat.user)
        bid = Bid.objects.filter(lot__tender=tender).first()
        with pytest.raises(ValidationError) as refusal:
            a_filled_sheet(seat, bid)
    assert code_of(refusal) == "not_qualified_yet"
    assert "87" in str(refusal.value)
    assert not Score.objects.exists()


def test_a_bid_that_misses_a_condition_leaves_with_the_condition_named():
    tender = an_opened_tender(bids=4)
    lot, failing = tender.lots.get(), tender.cast.suppliers[0]
    with after_deadline(tender, minutes=20):
        qualify_all(lot, by=tender.cast.officer, failing=(failing,))
        with pytest.raises(ValidationError) as refusal:
            qualify_all(lot, by=tender.cast.officer)
    assert code_of(refusal) == "checked_already"
    out = Bid.objects.get(supplier=failing)
    assert out.state == Bid.State.EXCLUDED
    assert "符合政府采购法第二十二条：未提供证书" in out.exclude_reason


def test_the_check_needs_a_word_on_everything():
    tender = an_opened_tender()
    lot = tender.lots.get()
    condition = tender.criteria.qualification().get()
    bids = list(lot.bids.all())
    with after_deadline(tender):
        with pytest.raises(ValidationError) as missing:
            actions.check_qualifications(lot, {bids[0]: {condition: (True, "")}}, by=tender.cast.officer)
        with pytest.raises(ValidationError) as silent:
            verdicts = {bid: {condition: (False, " ")} for bid in bids}
            actions.check_qualifications(lot, verdicts, by=tender.cast.officer)
    assert (code_of(missing), code_of(silent)) == ("check_missing", "note_missing")
    assert Lot.objects.get(pk=lot.pk).qualified_at is None


# Final quotes


def test_a_final_quote_is_sealed_until_two_custodians_open_and_then_counts():
    tender = an_opened_tender()
    lot = tender.lots.get()
    due = tender.bids_due_at + datetime.timedelta(hours=2)
    with after_deadline(tender, minutes=20):
        qualify_all(lot, by=tender.cast.officer)
        round = actions.call_for_quotes(lot, due_at=due, by=tender.cast.officer)
        bids = list(lot.bids.order_by("envelope__submitted_at").select_related("supplier"))
        first = actions.quote_price(round, bids[0], 40_000_000, by=tender.cast.bidders[0])
        actions.quote_price(round, bids[0], 39_000_000, by=tender.cast.bidders[0])
        actions.quote_price(round, bids[1], 41_000_000, by=tender.cast.bidders[1])
        assert b"39000000" not in bytes(first.sealed)
        with pytest.raises(ValidationError) as early:
            actions.open_quotes(tender, PASSPHRASE, by=tender.cast.custodians[0])
        with pytest.raises(ValidationError) as above:
            actions.quote_price(round, bids[2], lot.ceiling + 1, by=tender.cast.bidders[2])
        with pytest.raises(PermissionDenied):
            actions.quote_price(round, bids[2], 1_000_000, by=tender.cast.bidders[0])
    assert (code_of(early), code_of(above)) == ("too_early", "above_ceiling")
    assert "第三十六条" in str(above.value)
    with clock.pretend(due + datetime.timedelta(seconds=1)):
        with pytest.raises(ValidationError) as late:
            actions.quote_price(round, bids[2], 30_000_000, by=tender.cast.bidders[2])
        assert code_of(late) == "too_late"
        actions.run_due_events()
        assert QuoteRound.objects.get().state == QuoteRound.State.CLOSED
        assert actions.open_quotes(tender, PASSPHRASE, by=tender.cast.custodians[0]) == []
        assert Bid.objects.get(pk=bids[0].pk).amount == bids[0].amount, "one share opens nothing"
        actions.open_quotes(tender, PASSPHRASE, by=tender.cast.custodians[2])
    opened = {bid.supplier_id: bid for bid in Bid.objects.all()}
    assert opened[bids[0].supplier_id].amount == 39_000_000
    assert opened[bids[0].supplier_id].first_amount == bids[0].amount
    assert opened[bids[2].supplier_id].exclude_code == "no_final_quote", "silence leaves the procedure"
    assert Lot.objects.get(pk=lot.pk).state == Lot.State.EVALUATING, "a consultation for services goes on with two"


def test_scores_wait_for_the_final_quote():
    tender = an_opened_tender()
    an_expert_pool()
    with after_deadline(tender, minutes=20):
        panel = actions.draw_panel(tender, by=tender.cast.officer)
        qualify_all(tender.lots.get(), by=tender.cast.officer)
        seat = panel.members.select_related("user").first()
        actions.declare_no_conflict(seat, by=seat.user)
        for bid in Bid.objects.all():
            a_filled_sheet(seat, bid)
        with pytest.raises(ValidationError) as refusal:
            actions.hand_in_scores(seat, by=seat.user)
    assert code_of(refusal) == "final_quote_missing"
    assert "214" in str(refusal.value)


# Abnormally low prices


def test_a_low_price_that_is_not_proven_makes_the_bid_invalid():
    tender, review = a_low_price()
    assert review.answer_due_at - review.asked_at >= datetime.timedelta(minutes=30)
    seats = seats_of(tender)
    with clock.pretend(review.asked_at + datetime.timedelta(minutes=5)), pytest.raises(ValidationError) as early:
        actions.vote_on_price(review, is_proven=False, reason="未说明", by=seats[0].user)
    assert code_of(early) == "not_answered"
    assert "财库〔2026〕2号" in str(early.value)
    with clock.pretend(review.answer_due_at + datetime.timedelta(seconds=1)):
        with pytest.raises(ValidationError) as late:
            actions.explain_price(review, words="成本低", by=tender.cast.bidders[2])
        assert code_of(late) == "too_late"
        actions.run_due_events()
        assert PriceReview.objects.get().state == PriceReview.State.SILENT
        actions.vote_on_price(review, is_proven=False, reason="未作说明", by=seats[0].user)
        with pytest.raises(ValidationError) as twice:
            actions.vote_on_price(review, is_proven=True, reason="改主意", by=seats[0].user)
        assert code_of(twice) == "voted_already"
        actions.vote_on_price(review, is_proven=False, reason="无证据", by=seats[1].user)
    bid = Bid.objects.get(pk=review.bid_id)
    assert (bid.state, bid.exclude_code) == (Bid.State.EXCLUDED, "price_unproven")
    assert "财库〔2026〕2号" in bid.why_excluded


def test_a_proven_price_stays_and_wins_its_points(client, settings):
    tender, review = a_low_price()
    with clock.pretend(review.asked_at + datetime.timedelta(minutes=10)):
        client.force_login(tender.cast.bidders[2])
        page = reverse("tenders:explain_price", args=[review.pk])
        assert client.get(page).status_code == 200
        assert client.post(page, {"words": " "}).status_code == 422
        assert client.post(page, {"words": "场地自有，志愿者参与，附测算表。"}).status_code == 302
        client.force_login(tender.cast.bidders[0])
        assert client.get(page).status_code == 404, "another bidder sees nothing"
        for seat in seats_of(tender)[:2]:
            client.force_login(seat.user)
            vote = reverse("tenders:price_review", args=[seat.pk, review.pk])
            assert "场地自有" in client.get(vote).content.decode()
            assert client.post(vote, {"is_proven": "yes", "reason": "测算合理"}).status_code == 302
    assert PriceReview.objects.get().state == PriceReview.State.ACCEPTED
    fill_and_hand_in(tender)
    assert Bid.objects.get(pk=review.bid_id).rank == 1


def test_ranking_waits_for_the_price_to_be_decided():
    tender, review = a_low_price()
    fill_and_hand_in(tender)
    assert Panel.objects.get().state == Panel.State.MODERATING
    assert Lot.objects.get(tender=tender).state == Lot.State.EVALUATING
    with clock.pretend(review.answer_due_at + datetime.timedelta(minutes=1)):
        actions.run_due_events()
        for seat in seats_of(tender)[:2]:
            actions.vote_on_price(review, is_proven=True, reason="认可", by=seat.user)
    assert Panel.objects.get().state == Panel.State.RANKED


# Moderation, report


def test_an_outlying_sheet_waits_for_the_chair_and_keeps_its_original():
    tender = a_scoring_tender()
    fill_and_hand_in(tender, {(1, 0): Decimal("0.55")})
    moderation = Moderation.objects.get()
    assert Panel.objects.get().state == Panel.State.MODERATING
    first, second, third = seats_of(tender)
    assert moderation.scorecard.panellist == second
    points = {
        score.criterion: Decimal(30) for score in moderation.scorecard.scores.all() if score.criterion.weight > 40
    }
    with after_deadline(tender, minutes=100):
        with pytest.raises(PermissionDenied):
            actions.moderate_sheet(moderation, points, reason="更正", by=third.user)
        with pytest.raises(ValidationError) as silent:
            actions.moderate_sheet(moderation, points, reason="", by=first.user)
        assert code_of(silent) == "reason_missing"
        actions.moderate_sheet(moderation, points, reason="与评审标准第一档描述不符，本人确认笔误", by=first.user)
    moderation = Moderation.objects.get()
    assert list(moderation.originals.values()) == ["27.50"]
    assert moderation.scorecard.scores.get(criterion__weight=50).points == 30
    assert Panel.objects.get().state == Panel.State.RANKED


def test_the_chair_is_elected_and_never_decides_on_its_own_sheet():
    tender = a_scoring_tender()
    first, second, third = seats_of(tender)
    with after_deadline(tender, minutes=60):
        for seat in (first, third):
            actions.vote_for_chair(seat, second, by=seat.user)
    fill_and_hand_in(tender, {(1, 0): Decimal("0.55")})
    moderation = Moderation.objects.get()
    with after_deadline(tender, minutes=100):
        with pytest.raises(PermissionDenied):
            actions.moderate_sheet(moderation, {}, reason="维持", by=second.user)
        actions.moderate_sheet(moderation, {}, reason="维持：该方案缺应急预案", by=first.user)
    assert Moderation.objects.get().originals == {}


def test_no_award_before_the_panel_has_signed():
    tender = a_scoring_tender()
    fill_and_hand_in(tender)
    bid = Bid.objects.get(rank=1)
    with after_deadline(tender, minutes=120):
        with pytest.raises(ValidationError) as refusal:
            actions.award_bid(bid, by=tender.cast.approver, reason="第一")
        assert code_of(refusal) == "not_reported"
        assert "第四十三条" in str(refusal.value)
        first = seats_of(tender)[0]
        actions.confirm_report(first, dissent="第二名方案更优，评分偏低。", by=first.user)
        with pytest.raises(ValidationError) as twice:
            actions.confirm_report(first, by=first.user)
        assert code_of(twice) == "confirmed_already"
        for seat in seats_of(tender)[1:]:
            actions.confirm_report(seat, by=seat.user)
        actions.award_bid(bid, by=tender.cast.approver, reason="第一")
    assert Panel.objects.get().state == Panel.State.REPORTED


# The draw


def test_the_draw_can_be_done_again_by_anyone(client):
    tender = a_scoring_tender()
    panel = Panel.objects.get()
    page = client.get(reverse("tenders:draw_check", args=[tender.number])).content.decode()
    assert panel.seed in page
    assert all(pk in page for pk in panel.pool)
    seated = [str(pk) for pk in panel.members.values_list("user_id", flat=True)]
    assert draw(panel.seed, panel.pool)[:3] == seated
    assert seats_of(tender)[0].user.name not in page, "who sits is confidential before the result"


def test_a_declared_tie_and_a_seat_at_a_bidder_keep_an_expert_out():
    tender = an_opened_tender()
    experts = an_expert_pool(6)
    supplier = tender.cast.suppliers[0]
    with after_deadline(tender):
        actions.declare_tie(supplier, "collateral_three_generations", by=experts[0])
        long_ago = clock.today().replace(year=clock.today().year - 4)
        actions.declare_tie(supplier, "employed", ended_on=long_ago, by=experts[1])
        panel = actions.draw_panel(tender, by=tender.cast.officer)
    assert str(experts[0].pk) not in panel.pool
    assert [str(experts[0].pk), "collateral_three_generations"] in panel.excluded
    assert str(experts[1].pk) in panel.pool, "over three years ago"


def test_two_thirds_of_the_panel_are_experts():
    tender = an_opened_tender()
    an_expert_pool()
    people = [a_person(Role.FINANCE, of=tender.bureau) for _ in range(2)]
    with after_deadline(tender):
        with pytest.raises(ValidationError) as refusal:
            actions.draw_panel(tender, representatives=people, by=tender.cast.officer)
        assert code_of(refusal) == "too_few_experts"
        assert "214" in str(refusal.value)
        with pytest.raises(ValidationError) as drafter:
            actions.draw_panel(tender, representatives=[tender.cast.officer], by=tender.cast.officer)
        assert code_of(drafter) == "not_of_buyer"
        panel = actions.draw_panel(tender, representatives=people[:1], by=tender.cast.officer)
    assert panel.members.filter(kind=Panellist.Kind.EXPERT).count() == 2
