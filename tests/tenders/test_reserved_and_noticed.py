"""What is kept for social organisations, lot by lot; what a public notice has fixed."""

import pytest

from marketplace.parties.models import Organisation
from marketplace.tenders import actions
from marketplace.tenders.actions import inviting
from marketplace.tenders.bidcontent import BidContent
from marketplace.tenders.models import BidDraft, Envelope, Lot, Tender
from tests.given.particular_tenders import THRESHOLD, a_unique_draft
from tests.given.refusals import refusal_of
from tests.given.tenders import a_draft, a_supplier, again

pytestmark = pytest.mark.django_db


def a_tender_with_one_reserved_lot() -> tuple[Tender, Lot, Lot]:
    tender = a_draft(lots=2)
    kept, free = tender.lots.order_by("position")
    actions.change_lot(kept, by=tender.cast.officer, reserved_for="social")
    actions.submit_for_approval(tender, by=tender.cast.officer)
    return actions.approve_tender(tender, by=tender.cast.approver), kept, free


def content_for(*lots: Lot) -> BidContent:
    return BidContent(prices={str(lot.pk): 1_000_000 for lot in lots}, plan="方案", is_eligible=True)


def test_a_company_bids_for_the_free_lot_only():
    tender, kept, free = a_tender_with_one_reserved_lot()
    company, by = a_supplier(kind=Organisation.Kind.ENTERPRISE)
    for verb in (actions.submit_bid, actions.save_bid_draft):
        refusal = refusal_of(verb, tender, company, content_for(kept, free), by=by)
        assert refusal.code == "reserved_lot"
        assert kept.title in refusal.messages[0]
        assert "财综〔2016〕54号" in refusal.messages[0]
    assert not Envelope.objects.exists()
    assert not BidDraft.objects.exists()
    actions.submit_bid(tender, company, content_for(free), by=by)
    social, writer = a_supplier()
    actions.submit_bid(tender, social, content_for(kept, free), by=writer)
    assert Envelope.objects.count() == 2


def test_the_page_of_prices_offers_what_may_be_bid_for(client):
    tender, kept, free = a_tender_with_one_reserved_lot()
    _company, by = a_supplier(kind=Organisation.Kind.ENTERPRISE)
    client.force_login(by)
    page = client.get(f"/tenders/{tender.number}/bid/prices/").content.decode()
    assert f"price-{free.pk}" in page
    assert f"price-{kept.pk}" not in page


def a_noticed_draft() -> Tender:
    tender = a_unique_draft()
    inviting.publish_single_source_notice(tender, opinions="王教授：同意。", by=tender.cast.approver)
    return again(tender)


def test_what_the_notice_said_stays():
    tender = a_noticed_draft()
    lot, by = tender.lots.get(), tender.cast.officer
    lot_fields = {"title": "另加一包", "category": lot.category, "place": lot.place, "ceiling": 1_000_000}
    for verb, args, change in (
        (actions.change_lot, (lot,), {"ceiling": THRESHOLD + 1}),
        (actions.change_lot, (lot,), {"description": "只做上午。"}),
        (actions.add_lot, (tender,), {**lot_fields, "description": "", "term_months": 12}),
        (actions.remove_lot, (lot,), {}),
        (actions.describe_tender, (tender,), {"about": "改买别的服务。"}),
        (actions.describe_tender, (tender,), {"title": "另一个项目"}),
        (actions.justify_method, (tender,), {"method_reason": "另一个理由。"}),
    ):
        refusal = refusal_of(verb, *args, by=by, **change)
        assert refusal.code == "noticed_already", (verb, change)
        assert "第三十八条" in refusal.messages[0]
    lot = tender.lots.get()
    assert lot.ceiling == THRESHOLD
    # What the notice does not speak of is still free.
    actions.describe_tender(tender, by=by, contact_phone="0512-53500001", about=tender.about)
    actions.change_lot(lot, by=by, ceiling=THRESHOLD)


def test_nothing_is_fixed_without_a_notice():
    tender = a_draft(method="single_source")
    actions.change_lot(tender.lots.get(), by=tender.cast.officer, ceiling=2_000_000)
    assert tender.lots.get().ceiling == 2_000_000
