"""Tenders with something particular: one supplier only, a bond, a file promised, a price too low."""

import hashlib

from marketplace.pages import clock
from marketplace.parties.models import Role
from marketplace.tenders import actions
from marketplace.tenders.bidcontent import BidContent
from marketplace.tenders.models import Envelope, PriceReview, Tender

from .people import a_person
from .tenders import (
    PDF,
    a_draft,
    a_supplier,
    after_deadline,
    again,
    an_expert_pool,
    an_opened_tender,
    publish,
    qualify_all,
    quote_the_same,
)

THRESHOLD = 400_000_000  # fen, from which a tender is open; Jiangsu's row for the demo


def a_unique_draft() -> Tender:
    """One supplier can do it; its notice is still to come."""
    approval = {"approval_number": "苏财购〔2026〕21号", "approval_date": clock.today()}
    return again(a_draft(method="single_source", ceiling=THRESHOLD, facts={"method_ground": "unique", **approval}))


def a_tender_with_bond(amount: int = 1_000_000) -> Tender:
    """Every bidder pays so many fen first; `tender.finance` takes them in."""
    draft = a_draft()
    cast = draft.cast
    actions.set_bid_bond(draft, amount, by=cast.officer)
    tender = publish(draft)
    tender.finance = a_person(Role.FINANCE, of=cast.bureau)
    return tender


def a_promised_bid(tender: Tender, body: bytes = PDF) -> Envelope:
    """A bid that says by its fingerprint which file will follow."""
    supplier, by = a_supplier()
    content = BidContent(
        prices={str(tender.lots.get().pk): 40_000_000},
        is_eligible=True,
        promised=[{"name": "方案.pdf", "sha256": hashlib.sha256(body).hexdigest()}],
    )
    return actions.submit_bid(tender, supplier, content, by=by)


def a_low_price() -> tuple[Tender, PriceReview]:
    """Three bids, the last one at a third of the others; its price has been asked about."""
    tender = an_opened_tender()
    an_expert_pool()
    with after_deadline(tender, minutes=10):
        panel = actions.draw_panel(tender, by=tender.cast.officer)
        for seat in panel.members.select_related("user"):
            actions.declare_no_conflict(seat, by=seat.user)
        qualify_all(tender.lots.get(), by=tender.cast.officer)
    low = tender.cast.suppliers[2]
    quote_the_same(tender, {low: 14_000_000})
    review = PriceReview.objects.get()
    assert review.bid.supplier == low
    assert [trigger["code"] for trigger in review.triggers] == ["mean", "second", "ceiling"]
    return again(tender), review
