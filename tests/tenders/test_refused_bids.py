"""What a bidder is refused, door by door: each with its code, where the law says so with its article, and no trace."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from marketplace.tenders import actions
from marketplace.tenders.bidcontent import MOST_FILES, PLAN_LENGTH, BidContent
from marketplace.tenders.models import BidBond, BidDraft, Envelope, Partner
from tests.given.refusals import refused
from tests.given.tenders import PDF, a_bid, a_cast, a_draft, a_published_tender, a_supplier, after_deadline

pytestmark = pytest.mark.django_db

PROMISE = {"name": "方案.pdf", "sha256": "0" * 64}


def content(tender, **more):
    words = {"prices": {str(tender.lots.get().pk): 40_000_000}, "plan": "方案", "is_eligible": True}
    return BidContent(**words | more)


def test_what_would_be_thrown_out_at_the_opening_is_refused_before():
    tender = a_published_tender()
    supplier, by = a_supplier()
    lot = str(tender.lots.get().pk)
    strange = "0190d3c0-0000-7000-8000-000000000000"
    for code, words, article in (
        ("eligibility", {"is_eligible": False}, "Government Procurement Law, Article 22"),
        ("price_missing", {"prices": {}}, ""),
        ("unknown_lot", {"prices": {strange: 1}}, ""),
        ("negative", {"prices": {lot: 0}}, ""),
        ("above_ceiling", {"prices": {lot: 50_000_001}}, "Order 87, Article 63"),
        ("plan_missing", {"plan": " "}, ""),
        ("plan_long", {"plan": "长" * (PLAN_LENGTH + 1)}, ""),
        ("fingerprint", {"promised": [PROMISE | {"sha256": "12"}]}, ""),
        ("too_many_files", {"promised": [PROMISE] * (MOST_FILES + 1)}, ""),
    ):
        with refused(code, article):
            actions.submit_bid(tender, supplier, content(tender, **words), by=by)
    assert not Envelope.objects.exists()
    assert not list(Path(settings.MEDIA_ROOT).glob(f"sealed/{tender.pk}/*"))


def test_a_refused_bid_leaves_no_file_behind():
    tender = a_published_tender()
    supplier, by = a_supplier()
    a_bid(tender, supplier=supplier, by=by, files=[("方案.pdf", PDF)])
    kept = set(Path(settings.MEDIA_ROOT).glob("sealed/*/*"))
    for _ in range(2):
        with after_deadline(tender), refused("too_late", "Order 87, Article 33"):
            a_bid(tender, supplier=supplier, by=by, files=[("方案.pdf", PDF)])
    assert len(kept) == 1
    assert set(Path(settings.MEDIA_ROOT).glob("sealed/*/*")) == kept


def test_a_draft_takes_no_bids():
    draft = a_draft()
    with refused("not_open"):
        actions.save_bid_draft(draft, a_supplier()[0], BidContent(), by=a_supplier()[1])
    assert not BidDraft.objects.exists()


def test_a_bid_that_was_taken_back_is_gone():
    tender = a_published_tender()
    supplier, by = a_supplier()
    first = a_bid(tender, supplier=supplier, by=by)
    second = a_bid(tender, supplier=supplier, by=by)
    for act in (actions.withdraw_bid, actions.confirm_bid):
        with refused("not_standing"):
            act(first, by=by)
    with refused("nothing_to_confirm"):
        actions.confirm_bid(second, by=by)
    assert Envelope.objects.standing().get() == second


def test_a_bond_is_declared_once():
    draft = a_draft(a_cast())
    actions.set_bid_bond(draft, 1_000_000, by=draft.cast.officer)
    actions.submit_for_approval(draft, by=draft.cast.officer)
    tender = actions.approve_tender(draft, by=draft.cast.approver)
    supplier, by = a_supplier()
    actions.declare_bond(tender, supplier, BidBond.Form.TRANSFER, "1", by=by)
    guarantee = SimpleUploadedFile("保函.pdf", PDF, "application/pdf")
    with refused("declared"):
        actions.declare_bond(tender, supplier, BidBond.Form.GUARANTEE, "2", file=guarantee, by=by)
    assert BidBond.objects.count() == 1


def test_who_can_be_no_partner():
    tender = a_published_tender()
    lead, by = a_supplier()
    for other in (lead, tender.bureau):
        with refused("partner"):
            actions.ask_partner(tender, lead, other, "康复服务", by=by)
    assert not Partner.objects.exists()


def test_a_buyer_does_not_bid_for_its_own_tender():
    tender = a_published_tender()
    supplier, by = a_supplier()
    tender.bureau = supplier
    tender.save(update_fields=["bureau"])
    with refused("conflict", "Government Procurement Law, Article 12"):
        a_bid(tender, supplier=supplier, by=by)
    with refused("conflict", "Government Procurement Law, Article 12"):
        actions.save_bid_draft(tender, supplier, BidContent(), by=by)
    assert not Envelope.objects.exists()


def test_a_passphrase_is_a_sentence():
    tender = a_published_tender()
    with refused("short_passphrase"):
        actions.set_passphrase("eleven char", by=tender.cast.custodians[0])
