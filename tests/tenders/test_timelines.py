"""`get_events` of each method's things, from the intention to the order: what comes next, and by which rule."""

import datetime

import pytest

from marketplace.pages import clock
from marketplace.tenders import actions
from marketplace.tenders.actions import inviting
from marketplace.tenders.actions.awarding import note_contract
from marketplace.tenders.actions.ordering import ask_for_quotes
from marketplace.tenders.events import get_events
from marketplace.tenders.models import Award, Lot, QuoteRound, SingleSourceNotice, Tender
from tests.given.call_offs import a_framework, an_order
from tests.given.money import a_budget_line
from tests.given.particular_tenders import a_unique_draft
from tests.given.tenders import (
    PASSPHRASE,
    a_bid,
    a_cast,
    a_plan_line,
    a_published_tender,
    a_scoring_tender,
    after_deadline,
    again,
    an_award,
    an_opened_tender,
    qualify_all,
    the_invited,
)

pytestmark = pytest.mark.django_db
BEFORE = {"tender.documents_end", "tender.questions_end", "tender.challenge_ends", "tender.close"}


def names(thing) -> list[str]:
    return [event.name for event in get_events(thing)]


@pytest.mark.parametrize("method", ["open", "invited", "negotiation", "consultation", "framework"])
def test_until_the_deadline_every_method_has_its_four_days(method):
    tender = a_published_tender(method=method)
    events = {event.name: event for event in get_events(tender)}
    assert set(events) == BEFORE
    assert events["tender.close"].due == tender.bids_due_at
    assert events["tender.close"].rule.method in ("", method)
    assert f"method={method}" in events["tender.close"].why_url


def test_an_intention_says_from_when_on_the_tender_may_follow():
    cast = a_cast()
    line = a_plan_line(cast, budget_line=a_budget_line(50_000_000, bureau=cast.bureau), amount=30_000_000)
    assert names(line) == []
    intention = actions.publish_intention(line, by=cast.officer)
    (event,) = get_events(intention.plan_line)
    assert event.due == clock.at_hour(clock.today() + datetime.timedelta(days=30), 0)
    assert event.rule.key == "tender.intention_period"


def test_a_single_source_is_noticed_objected_to_and_answered():
    tender = a_unique_draft()
    notice = inviting.publish_single_source_notice(tender, opinions="王教授：同意。", by=tender.cast.approver)
    assert names(notice) == ["notice.objections_end"]
    objection = inviting.object_to_notice(notice, name="和悦", contact="0512", text="本机构同样能够提供。")
    end, reply = get_events(notice)
    assert end.due == clock.at_hour(notice.ends_on, 23, 59)
    assert (reply.name, reply.rule.key) == ("notice.replies_due", "tender.objection_reply_period")
    assert "第四十条" in reply.rule.source
    inviting.answer_objection(objection, reply="经论证不成立。", is_upheld=False, by=tender.cast.approver)
    with clock.pretend(clock.at_hour(notice.ends_on + datetime.timedelta(days=1), 9)):
        assert names(SingleSourceNotice.objects.get()) == []


def test_a_single_source_has_no_panel_and_no_report():
    tender = a_published_tender(method="single_source")
    ((supplier, by),) = the_invited(tender)
    a_bid(tender, supplier=supplier, by=by)
    with after_deadline(tender):
        for custodian in tender.cast.custodians[:2]:
            actions.unlock_bids(tender, PASSPHRASE, by=custodian)
    assert names(again(tender)) == []


@pytest.mark.parametrize("method", ["negotiation", "consultation"])
def test_quotes_come_due_between_the_opening_and_the_scores(method):
    tender = an_opened_tender(method=method)
    lot, due = tender.lots.get(), tender.bids_due_at + datetime.timedelta(hours=2)
    assert names(tender) == []
    with after_deadline(tender, minutes=20):
        qualify_all(lot, by=tender.cast.officer)
        actions.call_for_quotes(lot, due_at=due, by=tender.cast.officer)
        assert [(event.name, event.due) for event in get_events(tender)] == [("quote_round.due", due)]
        assert names(Lot.objects.get(pk=lot.pk)) == names(QuoteRound.objects.get()) == ["quote_round.due"]


@pytest.mark.parametrize("method", ["open", "invited"])
def test_a_tender_has_no_quotes(method):
    tender = a_scoring_tender(method=method)
    assert names(tender) == names(tender.lots.get()) == []


def test_after_the_award_the_challenge_ends_and_a_contract_is_due_until_it_is_signed(client):
    award = an_award()
    tender = Tender.objects.get(pk=award.lot.tender_id)
    challenge, signing = get_events(tender)
    assert (challenge.name, challenge.is_owed) == ("tender.result_challenge_ends", False)
    assert (signing.name, signing.is_owed) == ("tender.signing_due", True)
    assert signing.due.date() - award.awarded_at.date() == datetime.timedelta(days=30)
    late = clock.at_hour(award.awarded_at.date() + datetime.timedelta(days=60), 9)
    address = f"/en/tenders/{tender.number}/"
    with clock.pretend(late):
        assert client.get(address).content.decode().count("timeline-warn") == 1, "the contract alone is late"
        note_contract(Award.objects.get(), by=award.cast.approver)
        page = client.get(address).content.decode()
    assert "timeline-warn" not in page
    assert names(Tender.objects.get(pk=tender.pk)) == ["tender.result_challenge_ends"]


def test_a_framework_is_challenged_ends_and_asks_for_quotes(client):
    tender = a_framework("mini_bid")
    challenge, end = get_events(tender)
    assert (challenge.name, end.name) == ("tender.result_challenge_ends", "tender.framework_ends")
    admission = tender.lots.get().admissions.first()
    assert end.due == clock.at_hour(admission.valid_until, 23, 59)
    page = client.get(f"/tenders/{tender.number}/").content.decode()
    assert "已入围" in page and "已成交" not in page
    due = clock.now() + datetime.timedelta(hours=3)
    call_off = ask_for_quotes(tender.lots.get(), **an_order(), quotes_due_at=due, by=tender.cast.officer)
    assert [(event.name, event.due) for event in get_events(call_off)] == [("call_off.quotes_due", due)]


def test_an_admission_can_be_challenged_from_the_end_of_its_notice():
    """As an award can: seven working days after the one that the result notice stands."""
    framework, award = a_framework(), an_award()
    of_admission = get_events(framework)[0]
    of_award = get_events(Tender.objects.get(pk=award.lot.tender_id))[0]
    assert of_admission.rule == of_award.rule
    assert of_admission.start > framework.lots.get().admissions.first().admitted_at.date()
