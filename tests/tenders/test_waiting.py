"""The desk names what waits for a person at this moment, and leads to where it is done; nobody else's desk does."""

import datetime
from decimal import Decimal

import pytest

from marketplace.pages import clock
from marketplace.parties.models import Membership, Organisation, Role, User
from marketplace.tenders import actions
from marketplace.tenders.actions import inviting
from marketplace.tenders.actions.ordering import order_from
from marketplace.tenders.models import Amendment, BidBond, Lot
from marketplace.tenders.queries import desk_links, waiting_for
from tests.given.call_offs import a_framework, an_order
from tests.given.particular_tenders import a_low_price, a_promised_bid, a_tender_with_bond, a_unique_draft
from tests.given.people import a_bureau
from tests.given.tenders import (
    PASSPHRASE,
    a_bid,
    a_closed_tender,
    a_filled_sheet,
    a_published_tender,
    a_supplier,
    after_deadline,
    an_expert_pool,
    fill_and_hand_in,
    qualify_all,
    seats_of,
    the_invited,
)

pytestmark = pytest.mark.django_db


def urls(user: User, organisation: Organisation | None) -> set[str]:
    return {item.url for item in waiting_for(user, organisation)}


def leads_to(client, user: User, organisation: Organisation | None, part: str) -> str:
    """The one place with `part` in its address to which this desk leads; it opens."""
    (url,) = [url for url in urls(user, organisation) if part in url]
    client.force_login(user)
    assert client.get(url).status_code == 200, url
    return url


def test_a_change_waits_for_a_second_officer_and_a_sealed_bid_for_its_word(client):
    tender = a_published_tender()
    cast = tender.cast
    envelope = a_bid(tender)
    by, supplier = envelope.submitted_by, envelope.supplier
    asker, asked_by = a_supplier()
    actions.ask_question(tender, asker, "何时可以踏勘？", by=asked_by)
    leads_to(client, cast.officer, cast.bureau, "/procurement/questions/")
    amendment = actions.propose_amendment(
        tender, Amendment.Weight.MATERIAL, "需求调整", about={"about": "另增助餐服务。"}, by=cast.officer
    )
    assert not [url for url in urls(cast.officer, cast.bureau) if "amendments" in url]
    leads_to(client, cast.approver, cast.bureau, "/procurement/amendments/")
    assert urls(by, supplier) == set()
    actions.publish_amendment(amendment, by=cast.approver)
    confirm = leads_to(client, by, supplier, "/bid/confirm/")
    client.post(confirm)
    assert urls(by, supplier) == set()


def test_promised_files_and_partners_wait_for_the_supplier(client):
    tender = a_published_tender()
    envelope = a_promised_bid(tender)
    member, by_member = a_supplier()
    lead, by_lead = a_supplier()
    actions.ask_partner(tender, lead, member, "康复服务", by=by_lead)
    leads_to(client, by_member, member, "/bids/partners/")
    for _ in range(2):
        a_bid(tender)
    with after_deadline(tender):
        assert urls(by_member, member) == set()
        (item,) = waiting_for(envelope.submitted_by, envelope.supplier)
        assert item.url == f"/tenders/{tender.number}/bid/"
        assert item.due == tender.bids_due_at + datetime.timedelta(hours=2)
    with clock.pretend(item.due):
        assert waiting_for(envelope.submitted_by, envelope.supplier) == []


def test_each_step_of_an_evaluation_waits_for_who_takes_it(client):
    tender = a_closed_tender()
    cast, lot = tender.cast, tender.lots.get()
    with after_deadline(tender):
        for custodian in cast.custodians[:2]:
            leads_to(client, custodian, None, "/opening/")
            actions.unlock_bids(tender, PASSPHRASE, by=custodian)
        assert urls(cast.custodians[2], None) == set()
        assert {f"/procurement/{tender.pk}/", f"/procurement/lots/{lot.pk}/qualifications/"} == urls(
            cast.officer, cast.bureau
        )
    an_expert_pool()
    with after_deadline(tender, minutes=30):
        actions.draw_panel(tender, by=cast.officer)
        seats = seats_of(tender)
        for seat in seats:
            leads_to(client, seat.user, None, f"/panel/{seat.pk}/")
            actions.declare_no_conflict(seat, by=seat.user)
            assert urls(seat.user, None) == set(), "nothing is scored before the qualifications and the last prices"
        leads_to(client, cast.officer, cast.bureau, "/qualifications/")
        qualify_all(lot, by=cast.officer)
        leads_to(client, cast.officer, cast.bureau, "/quotes/")
        due = clock.now() + datetime.timedelta(minutes=40)
        round = actions.call_for_quotes(lot, due_at=due, by=cast.officer)
        assert urls(cast.officer, cast.bureau) == set()
        for bid, by in zip(lot.bids.order_by("envelope__submitted_at"), cast.bidders, strict=True):
            leads_to(client, by, bid.supplier, "/bids/quotes/")
            actions.quote_price(round, bid, bid.amount, by=by)
            assert urls(by, bid.supplier) == set()
    with clock.pretend(due + datetime.timedelta(minutes=1)):
        for custodian in cast.custodians[:2]:
            leads_to(client, custodian, None, "/quotes/")
            actions.open_quotes(tender, PASSPHRASE, by=custodian)
        for seat in seats:
            leads_to(client, seat.user, None, f"/panel/{seat.pk}/")
            for bid in lot.bids.valid():
                a_filled_sheet(seat, bid)
            actions.hand_in_scores(seat, by=seat.user)
        assert urls(cast.approver, cast.bureau) == set(), "no award before the panel has signed"
        for seat in seats:
            leads_to(client, seat.user, None, "/report/")
            actions.confirm_report(seat, by=seat.user)
            assert urls(seat.user, None) == set()
        (item,) = waiting_for(cast.approver, cast.bureau)
        assert item.url == f"/procurement/{tender.pk}/"
        assert item.due is not None, "five working days (REG 43)"
        assert urls(cast.officer, cast.bureau) == set(), "who may not award is not asked to"


def test_a_low_price_and_an_outlying_sheet_wait_for_who_decides(client):
    tender, review = a_low_price()
    explain = leads_to(client, tender.cast.bidders[2], review.bid.supplier, "/bids/prices/")
    assert urls(tender.cast.bidders[1], tender.cast.suppliers[1]) == set()
    first, second, third = seats_of(tender)
    with clock.pretend(review.asked_at + datetime.timedelta(minutes=10)):
        actions.explain_price(review, words="志愿者承担部分人工。", by=tender.cast.bidders[2])
        assert explain not in urls(tender.cast.bidders[2], review.bid.supplier)
        for seat in (first, second):
            leads_to(client, seat.user, None, "/prices/")
            actions.vote_on_price(review, is_proven=True, reason="认可", by=seat.user)
        assert not [url for url in urls(third.user, None) if "/prices/" in url], "more than half have decided"
    fill_and_hand_in(tender, {(1, 0): Decimal("0.55")})
    with after_deadline(tender, minutes=100):
        leads_to(client, first.user, None, f"/panel/{first.pk}/sheets/")
        assert urls(second.user, None) == urls(third.user, None) == set()


def test_a_single_source_asks_for_its_notice_the_answers_and_a_price_but_for_no_panel(client):
    tender = a_unique_draft()
    cast = tender.cast
    leads_to(client, cast.approver, cast.bureau, f"/procurement/{tender.pk}/notice/")
    notice = inviting.publish_single_source_notice(tender, opinions="王教授：同意。", by=cast.approver)
    assert urls(cast.approver, cast.bureau) == set()
    objection = inviting.object_to_notice(notice, name="和悦", contact="0512", text="本机构同样能够提供。")
    (item,) = waiting_for(cast.approver, cast.bureau)
    assert item.url == f"/procurement/{tender.pk}/objections/{objection.pk}/"
    assert clock.at_hour(notice.ends_on, 23) < item.due, "five working days after the notice (Order 74, Article 40)"
    inviting.answer_objection(objection, reply="经论证不成立。", is_upheld=False, by=cast.approver)
    assert urls(cast.approver, cast.bureau) == set()

    small = a_published_tender(method="single_source")
    ((supplier, by),) = the_invited(small)
    a_bid(small, supplier=supplier, by=by)
    with after_deadline(small):
        for custodian in small.cast.custodians[:2]:
            actions.unlock_bids(small, PASSPHRASE, by=custodian)
        items = [str(item.text) for item in waiting_for(small.cast.officer, small.cast.bureau)]
        assert len(items) == 1, "a price to agree on; neither panel nor qualifications"
        assert Lot.objects.get(tender=small).title in items[0]


def test_bonds_wait_for_the_finance_people_after_the_deadline_only():
    tender = a_tender_with_bond()
    supplier, by = a_supplier()
    actions.declare_bond(tender, supplier, BidBond.Form.TRANSFER, "20261101", by=by)
    assert urls(tender.finance, tender.cast.bureau) == set()
    with after_deadline(tender):
        assert urls(tender.finance, tender.cast.bureau) == {f"/procurement/{tender.pk}/bonds/"}


def test_links_to_orders_follow_the_chosen_organisation():
    tender = a_framework()
    officer, elsewhere = tender.cast.officer, a_bureau()
    Membership.objects.create(user=officer, organisation=elsewhere, role=Role.OFFICER)
    places = lambda organisation: {str(link.url) for link in desk_links(officer, organisation)}  # noqa: E731
    assert "/call-offs/" not in places(tender.bureau), "no order yet"
    order_from(tender.lots.get().admissions.first(), **an_order(), reason="离村最近", by=officer)
    assert "/call-offs/" in places(tender.bureau)
    assert "/procurement/" in places(elsewhere) and "/call-offs/" not in places(elsewhere)
