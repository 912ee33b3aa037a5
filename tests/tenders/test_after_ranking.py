"""The award, its letters, a winner who refuses; what the clock does; the page with many bids."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from marketplace.pages import clock
from marketplace.tenders import actions
from marketplace.tenders.events import get_events
from marketplace.tenders.models import (
    Award,
    Bid,
    EventRun,
    Tender,
)
from marketplace.tenders.queries import signing_suspended
from tests.given.refusals import code_of
from tests.given.tenders import (
    a_published_tender,
    a_ranked_tender,
    a_scoring_tender,
    after_deadline,
    again,
    an_award,
    fill_and_hand_in,
    seats_of,
    sign_the_report,
)

pytestmark = pytest.mark.django_db


# After the award


def test_a_winner_who_refuses_makes_way_for_the_next_candidate():
    award = an_award()
    cast, tender = award.cast, award.lot.tender
    with after_deadline(tender, minutes=200):
        with pytest.raises(PermissionDenied):
            actions.decline_award(award, reason="不签", by=cast.bidders[2])
        actions.decline_award(award, reason="场地租约到期，无法履行", by=cast.officer)
        assert Tender.objects.get(pk=tender.pk).state == Tender.State.EVALUATING
        assert signing_suspended(award).code == "award_ended"
        following = Bid.objects.get(rank=2)
        with pytest.raises(ValidationError) as refusal:
            actions.award_bid(Bid.objects.get(rank=3), by=cast.approver, reason="第三")
        assert code_of(refusal) == "not_first"
        second = actions.award_bid(following, by=cast.approver, reason="递补第二候选人")
    assert second.is_standing
    assert Award.objects.get(pk=award.pk).state == Award.State.DECLINED
    assert Bid.objects.get(rank=1).state == Bid.State.DECLINED
    assert Tender.objects.get(pk=tender.pk).state == Tender.State.AWARDED


def test_after_a_refusal_the_buyer_may_begin_again_and_a_signed_contract_bars_refusing():
    award = an_award()
    with after_deadline(award.lot.tender, minutes=200):
        with pytest.raises(ValidationError) as unrefused:
            actions.note_contract(award, by=award.cast.officer)
            actions.decline_award(award, reason="不签", by=award.cast.officer)
        assert code_of(unrefused) == "contracted"
    other = an_award()
    with after_deadline(other.lot.tender, minutes=200):
        actions.decline_award(other, reason="不签", by=other.cast.officer)
        actions.begin_again(other.lot, reason="第二候选人报价明显偏高", by=other.cast.approver)
    assert Tender.objects.get(pk=other.lot.tender_id).state == Tender.State.FAILED
    assert Tender.objects.get(pk=other.lot.tender_id).end_code == "winner_refused"


def test_letters_tell_each_bidder_its_own_points_and_rank(client):
    award = an_award()
    loser = Bid.objects.get(rank=3)
    client.force_login(award.cast.bidders[2])
    page = client.get(reverse("tenders:letter", args=[loser.pk])).content.decode()
    assert format(loser.total_score.normalize(), "f") in page
    client.force_login(award.cast.bidders[0])
    assert client.get(reverse("tenders:letter", args=[loser.pk])).status_code == 404
    result = client.get(reverse("tenders:result", args=[award.lot.tender.number])).content.decode()
    assert award.supplier.uscc in result
    assert all(seat.user.name in result for seat in seats_of(award.lot.tender))


# The clock


def test_events_run_once_and_again_after_being_down():
    tender = a_published_tender()
    names = [event.name for event in get_events(tender)]
    assert "tender.close" in names
    assert names == [event.name for event in sorted(get_events(tender), key=lambda event: event.due)]
    assert all(event.why_url for event in get_events(tender) if event.rule)
    with clock.pretend(tender.bids_due_at + datetime.timedelta(days=3)):
        assert actions.run_due_events() == 1
        assert actions.run_due_events() == 0
    assert EventRun.objects.filter(name="tender.close").count() == 1
    assert Tender.objects.get(pk=tender.pk).state == Tender.State.FAILED


def test_the_report_and_the_decision_have_their_days_and_are_told_once():
    tender = a_scoring_tender()
    fill_and_hand_in(tender)
    (report,) = [event for event in get_events(again(tender)) if event.name == "tender.report_due"]
    assert report.rule.key == "tender.report_period"
    sign_the_report(tender)
    (decision,) = [event for event in get_events(again(tender)) if event.name == "tender.decision_due"]
    assert "第四十三条" in decision.rule.source
    with clock.pretend(decision.due + datetime.timedelta(minutes=1)):
        assert actions.run_due_events() == 1
        assert actions.run_due_events() == 0


def test_thirty_bids_and_five_experts_cost_a_constant_number_of_statements(client):
    def statements(bids: int) -> tuple[int, int]:
        tender = a_ranked_tender(bids=bids, panel_size=5)
        client.force_login(tender.cast.approver)
        counts = []
        for name, key in (("manage", tender.pk), ("detail", tender.number)):
            client.get(reverse(f"tenders:{name}", args=[key]))
            with CaptureQueriesContext(
                connection,
            ) as captured:
                assert client.get(reverse(f"tenders:{name}", args=[key])).status_code == 200
            counts.append(len(captured))
        return tuple(counts)

    few, many = statements(3), statements(30)
    assert few == many
