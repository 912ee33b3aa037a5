"""Query, challenge, complaint over HTTP, with their clocks; what they suspend and what they reopen."""

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from marketplace.pages import clock
from marketplace.rules.calendar import add_working_days, due_date
from marketplace.rules.queries import resolve
from marketplace.tenders import actions
from marketplace.tenders.challengerules import window_ends
from marketplace.tenders.events import get_events
from marketplace.tenders.models import Award, Bid, BidBan, Challenge, Complaint, Lot, Panel, Panellist, Query, Tender
from marketplace.tenders.queries import ban_of, signing_suspended
from tests.given.challenges import WORDS, a_challenge, a_complaint, a_finance_officer
from tests.given.refusals import code_of
from tests.given.tenders import (
    a_bid,
    a_filled_sheet,
    a_published_tender,
    a_supplier,
    again,
    an_award,
    an_expert_pool,
    sign_the_report,
)

pytestmark = pytest.mark.django_db


def on(day: datetime.date, hour: int = 10):
    return clock.pretend(clock.at_hour(day, hour))


# The clocks, across a National Day with moved weekends


def test_the_window_of_the_documents_across_the_national_day_of_2026():
    """Published on Wednesday 23 September 2026. Notice of five working days: 24, 28, 29, 30 September (the 25th is
    Mid-Autumn), 8 October. Then seven: 9, Saturday 10 (worked in exchange), 12, 13, 14, 15, 16 October."""
    with on(datetime.date(2026, 9, 23), 9):
        tender = a_published_tender()
    ends = window_ends(tender, "file", None)
    assert ends.astimezone(clock.SHANGHAI).date() == datetime.date(2026, 10, 16)


@pytest.mark.parametrize(
    ("key", "start", "end"),
    [
        # two working days: 30 September, 8 October
        ("tender.report_period", datetime.date(2026, 9, 29), datetime.date(2026, 10, 8)),
        # five: 8, 9, Saturday 10, 12, 13 October
        ("tender.decision_period", datetime.date(2026, 9, 30), datetime.date(2026, 10, 13)),
        # two: Saturday 10 (worked), Monday 12
        ("tender.award_notice_period", datetime.date(2026, 10, 9), datetime.date(2026, 10, 12)),
        # seven: 29, 30 September, 8, 9, 10, 12, 13 October
        ("challenge.reply", datetime.date(2026, 9, 28), datetime.date(2026, 10, 13)),
        # three: 30 September, 8, 9 October
        ("challenge.query_reply", datetime.date(2026, 9, 29), datetime.date(2026, 10, 9)),
    ],
)
def test_the_clocks_across_the_national_day(key, start, end):
    assert due_date(start, resolve(key, on=start)) == end


def test_the_window_of_the_result_counts_from_the_end_of_its_notice():
    award = an_award()
    day = award.awarded_at.astimezone(clock.SHANGHAI).date()
    ends = window_ends(award.lot.tender, "result", award.lot)
    assert ends.astimezone(clock.SHANGHAI).date() == add_working_days(day, 1 + 7)
    with clock.pretend(ends + datetime.timedelta(seconds=2)), pytest.raises(ValidationError) as late:
        actions.lodge_challenge(
            award.lot.tender,
            award.cast.suppliers[1],
            step="result",
            matters=["晚了"],
            **WORDS,
            by=award.cast.bidders[1],
        )
    assert code_of(late) == "too_late"
    assert "第五十二条" in str(late.value)
    with clock.pretend(ends):
        assert a_challenge(award, days=1).state == Challenge.State.LODGED


# Queries


def test_a_query_is_answered_and_suspends_when_it_may_affect_the_result(client):
    award = an_award()
    cast, tender = award.cast, award.lot.tender
    with clock.pretend(award.awarded_at + datetime.timedelta(hours=1)):
        client.force_login(cast.bidders[1])
        page = reverse("tenders:new_query", args=[tender.number])
        assert client.post(page, {"words": ""}).status_code == 422
        assert client.post(page, {"words": "评审依据？", "may_affect_result": "on"}).status_code == 302
        query = Query.objects.get()
        assert query.reply_due_at.astimezone(clock.SHANGHAI).hour == 23
        assert signing_suspended(award).code == "query"
        client.force_login(cast.officer)
        assert (
            client.post(reverse("tenders:answer_query", args=[query.pk]), {"reply": "见评审报告。"}).status_code == 302
        )
        assert signing_suspended(award) is None
    client.force_login(cast.bidders[0])
    assert client.get(reverse("tenders:answer_query", args=[query.pk])).status_code == 404


# Challenges


def test_refusals_of_a_challenge():
    tender = a_published_tender()
    stranger, person = a_supplier()

    def lodge(step="file", matters=("门槛过高",), **words):
        return actions.lodge_challenge(tender, stranger, step=step, matters=list(matters), **(WORDS | words), by=person)

    with clock.pretend(tender.published_at + datetime.timedelta(days=1)):
        with pytest.raises(ValidationError) as early:
            lodge("result")
        with pytest.raises(ValidationError) as empty:
            lodge(matters=(" ",))
        with pytest.raises(ValidationError) as bare:
            lodge(basis=" ")
        with pytest.raises(PermissionDenied):
            actions.lodge_challenge(tender, stranger, step="file", matters=["x"], **WORDS, by=tender.cast.officer)
        lodge()
        with pytest.raises(ValidationError) as again_:
            lodge()
    assert [code_of(r) for r in (early, empty, bare, again_)] == ["not_yet", "missing", "missing", "once"]
    assert "94" in str(again_.value)


def test_only_who_took_part_challenges_the_result():
    award = an_award()
    stranger, person = a_supplier()
    with clock.pretend(award.awarded_at + datetime.timedelta(days=1)), pytest.raises(ValidationError) as refusal:
        actions.lodge_challenge(award.lot.tender, stranger, step="result", matters=["不公"], **WORDS, by=person)
    assert code_of(refusal) == "not_a_bidder"


def test_a_challenge_suspends_signing_until_it_is_answered_withdrawn_or_judged_harmless(client):
    award = an_award()
    challenge = a_challenge(award)
    assert "第五十四条" in signing_suspended(award).text
    assert next(event.name for event in get_events(challenge)) == "challenge.reply_overdue"
    with clock.pretend(challenge.lodged_at + datetime.timedelta(hours=1)):
        with pytest.raises(ValidationError):
            actions.judge_effect(challenge, affects_result=False, reason="", by=award.cast.officer)
        actions.judge_effect(challenge, affects_result=False, reason="质疑事项与本包无关", by=award.cast.officer)
        assert signing_suspended(award) is None
        actions.judge_effect(challenge, affects_result=True, reason="复核后可能影响", by=award.cast.officer)
        assert signing_suspended(award).code == "challenge"
        actions.withdraw_challenge(challenge, by=award.cast.bidders[1])
    assert signing_suspended(award) is None


def test_the_whole_walk_from_a_challenge_to_a_decision_that_evaluates_again(client):
    award = an_award()
    cast, tender = award.cast, award.lot.tender
    finance, reviewer = a_finance_officer()
    an_expert_pool(6)
    with clock.pretend(award.awarded_at + datetime.timedelta(days=2)):
        client.force_login(cast.bidders[1])
        lodged = client.post(
            reverse("tenders:new_challenge", args=[tender.number]),
            {"step": "result", "matters": "评分错误\n业绩不实", **WORDS},
        )
        challenge = Challenge.objects.get()
        assert lodged.url == challenge.get_absolute_url()
        client.force_login(cast.bidders[2])
        assert client.get(challenge.get_absolute_url()).status_code == 404, "not decided: not everybody's"
    with clock.pretend(challenge.lodged_at + datetime.timedelta(days=3)):
        client.force_login(cast.bidders[1])
        too_soon = client.get(reverse("tenders:complain", args=[challenge.pk]))
        assert too_soon.status_code == 200
        client.force_login(cast.officer)
        answer = reverse("tenders:answer_challenge", args=[challenge.pk])
        assert client.post(answer, {"verdict": "upheld", "reply": "成立"}).status_code == 422, "what follows is missing"
        assert client.post(answer, {"verdict": "rejected", "reply": "评分依据充分。"}).status_code == 302
    client.force_login(cast.bidders[2])
    assert "评分依据充分" in client.get(challenge.get_absolute_url()).content.decode(), "decided: public"
    with clock.pretend(challenge.reply_due_at + datetime.timedelta(days=3)):
        client.force_login(cast.bidders[1])
        complain = reverse("tenders:complain", args=[challenge.pk])
        nothing = client.post(complain, {"reviewer": finance.pk, "words": "不服"})
        assert nothing.status_code == 422, "only what was challenged, and something of it"
        matter = challenge.matters.first()
        filed = client.post(complain, {"reviewer": finance.pk, "matters": [matter.pk], "words": "不服答复"})
        assert filed.status_code == 302
        client.force_login(reviewer)
        assert challenge.number in client.get(reverse("tenders:complaints")).content.decode()
        step = lambda name: reverse(f"tenders:{name}", args=[challenge.pk])  # noqa: E731
        assert client.post(step("accept_complaint"), {"suspend_days": "31"}).status_code == 422, "thirty at most"
        assert client.post(step("accept_complaint"), {"suspend_days": "30"}).status_code == 302
        assert signing_suspended(award).code == "complaint"
        client.force_login(cast.officer)
        assert client.post(step("answer_complaint"), {"answer": "评审合规。"}).status_code == 302
        assert client.post(step("decide_complaint"), {}).status_code == 403
        client.force_login(reviewer)
        assert client.post(step("pause_complaint"), {}).status_code == 302
        before = Complaint.objects.get().decision_due_at
    with clock.pretend(challenge.reply_due_at + datetime.timedelta(days=17)):
        assert client.post(step("resume_complaint"), {}).status_code == 302
        assert Complaint.objects.get().decision_due_at > before, "the experts' time is not counted"
        decided = client.post(
            step("decide_complaint"),
            {"verdict": "upheld", "effect": "evaluate", "decision": "评审标准适用错误，责令重新评审。"},
        )
        assert decided.status_code == 302, decided.content.decode()
    assert Award.objects.get(pk=award.pk).state == Award.State.ANNULLED
    assert Lot.objects.get().state == Lot.State.EVALUATING
    panel = Panel.objects.get()
    assert (panel.state, len(panel.earlier_draws)) == (Panel.State.SCORING, 1)
    old, new = (
        set(panel.members.filter(state=state).values_list("user_id", flat=True)) for state in ("dismissed", "appointed")
    )
    assert len(new) == 3
    assert not old & new, "nobody of the dismissed panel"
    with clock.pretend(challenge.reply_due_at + datetime.timedelta(days=18)):
        for seat in Panellist.objects.sitting().select_related("user", "panel__tender"):
            actions.declare_no_conflict(seat, by=seat.user)
            for place, bid in enumerate(Bid.objects.to_be_scored().order_by("-envelope__submitted_at")):
                a_filled_sheet(Panellist.objects.get(pk=seat.pk), bid, Decimal(90 - 10 * place) / 100)
            actions.hand_in_scores(seat, by=seat.user)
        sign_the_report(tender)
        second = actions.award_bid(Bid.objects.get(rank=1), by=cast.approver, reason="重新评审第一")
    assert second.supplier == cast.suppliers[2]
    assert signing_suspended(second) is None
    client.logout()
    assert "责令重新评审" in client.get(challenge.get_absolute_url()).content.decode(), "the decision is published"


def test_an_upheld_challenge_of_the_documents_opens_questions_again():
    tender = a_published_tender()
    supplier, person = a_supplier()
    near = tender.bids_due_at - datetime.timedelta(days=3)
    with clock.pretend(tender.published_at + datetime.timedelta(hours=2)):
        challenge = actions.lodge_challenge(tender, supplier, step="file", matters=["门槛"], **WORDS, by=person)
    with clock.pretend(near):
        actions.answer_challenge(
            challenge, is_upheld=True, reply="修改资格条件", effect="amend", by=tender.cast.officer
        )
        moved = Tender.objects.get(pk=tender.pk)
        assert moved.bids_due_at > tender.bids_due_at, "the rule of changes moves the deadline (REG 31)"
        assert moved.questions_until > near
        a_bid(again(tender))


def test_the_next_candidate_follows_when_the_winner_is_found_invalid():
    award = an_award()
    challenge = a_challenge(award)
    with clock.pretend(challenge.lodged_at + datetime.timedelta(days=1)):
        with pytest.raises(ValidationError) as impossible:
            actions.answer_challenge(challenge, is_upheld=True, reply="成立", effect="amend", by=award.cast.officer)
        assert code_of(impossible) == "effect_impossible"
        actions.answer_challenge(challenge, is_upheld=True, reply="业绩证明虚假", effect="next", by=award.cast.officer)
        assert Bid.objects.get(pk=award.bid_id).state == Bid.State.EXCLUDED
        actions.award_bid(Bid.objects.get(rank=2), by=award.cast.approver, reason="递补")
    assert Lot.objects.get().state == Lot.State.AWARDED


def test_annulled_and_tendered_again_and_a_signed_contract_stands_in_the_way():
    award = an_award()
    challenge = a_challenge(award)
    with clock.pretend(challenge.lodged_at + datetime.timedelta(days=1)):
        with pytest.raises(ValidationError) as contracted:
            actions.note_contract(award, by=award.cast.officer)
            actions.answer_challenge(challenge, is_upheld=True, reply="成立", effect="retender", by=award.cast.officer)
        assert code_of(contracted) == "contracted"
    other = an_award()
    challenge = a_challenge(other)
    with clock.pretend(challenge.lodged_at + datetime.timedelta(days=1)):
        actions.answer_challenge(challenge, is_upheld=True, reply="程序违法", effect="retender", by=other.cast.officer)
    tender = Tender.objects.get(pk=other.lot.tender_id)
    assert tender.state == Tender.State.FAILED
    assert actions.repeat_tender(tender, by=other.cast.officer).again == tender


# Complaints


def test_refusals_of_a_complaint():
    award = an_award()
    challenge = a_challenge(award)
    finance, _reviewer = a_finance_officer()

    def complain(**more):
        given = {"matters": list(challenge.matters.all()), "words": "不服", "reviewer": finance} | more
        return actions.file_complaint(challenge, **given, by=award.cast.bidders[1])

    with clock.pretend(challenge.lodged_at + datetime.timedelta(days=1)), pytest.raises(ValidationError) as early:
        complain()
    with clock.pretend(challenge.reply_due_at + datetime.timedelta(days=60)), pytest.raises(ValidationError) as late:
        complain()
    foreign = a_challenge(an_award()).matters.all()
    with clock.pretend(challenge.reply_due_at + datetime.timedelta(days=1)):
        with pytest.raises(ValidationError) as other:
            complain(matters=list(foreign))
        with pytest.raises(ValidationError) as bureau:
            complain(reviewer=award.lot.tender.bureau)
        complain()
        with pytest.raises(ValidationError) as twice:
            complain()
    codes = [code_of(refusal) for refusal in (early, late, other, bureau, twice)]
    assert codes == ["not_yet", "too_late", "not_challenged", "reviewer", "filed_already"]
    assert "第五十五条" in str(late.value)


def test_a_false_complaint_bars_the_complainant_from_bidding(client):
    award = an_award()
    complaint = a_complaint(award)
    supplier = award.cast.suppliers[1]
    moment = complaint.filed_at + datetime.timedelta(days=2)
    with clock.pretend(moment):
        actions.accept_complaint(complaint, by=complaint.officer)
        with pytest.raises(ValidationError) as four:
            actions.decide_complaint(
                complaint, is_upheld=False, decision="捏造事实", is_false=True, ban_years=4, by=complaint.officer
            )
        assert code_of(four) == "ban_years"
        assert BidBan.objects.count() == 0
        actions.decide_complaint(
            complaint, is_upheld=False, decision="捏造事实，驳回投诉", is_false=True, ban_years=1, by=complaint.officer
        )
        assert ban_of(supplier).complaint == complaint
        tender = a_published_tender()
        with pytest.raises(ValidationError) as barred:
            a_bid(tender, supplier=supplier, by=award.cast.bidders[1])
        assert code_of(barred) == "banned"
        assert supplier.name in client.get(reverse("tenders:bad_conduct")).content.decode()
    assert "七十三" in str(barred.value)
    with clock.pretend(moment + datetime.timedelta(days=366)):
        assert ban_of(supplier) is None


def test_correction_refusal_withdrawal_and_the_end_of_a_suspension():
    award = an_award()
    complaint = a_complaint(award)
    bidder = award.cast.bidders[1]
    with clock.pretend(complaint.filed_at + datetime.timedelta(days=1)):
        with pytest.raises(PermissionDenied):
            actions.accept_complaint(complaint, by=award.cast.officer)
        actions.ask_correction(complaint, reason="缺少授权书", by=complaint.officer)
        actions.correct_complaint(complaint, words="补正如下", by=bidder)
        actions.accept_complaint(complaint, suspend_days=5, by=complaint.officer)
        assert signing_suspended(award).code in ("complaint", "challenge")
    current = Complaint.objects.get()
    with clock.pretend(current.suspended_until + datetime.timedelta(minutes=1)):
        actions.run_due_events()
        assert Complaint.objects.get().suspension_lifted_at is not None
        actions.withdraw_complaint(complaint, by=bidder)
        with pytest.raises(ValidationError) as over:
            actions.decide_complaint(complaint, is_upheld=False, decision="x", by=complaint.officer)
    assert code_of(over) == "wrong_state"
