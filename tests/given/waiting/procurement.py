"""What waits of tenders: for a bureau, a panel, a bidder."""

import datetime
import hashlib
from collections.abc import Iterator
from decimal import Decimal

from marketplace.pages import clock
from marketplace.parties.models import Role, User
from marketplace.tenders import actions
from marketplace.tenders.actions import inviting
from marketplace.tenders.actions.framework import admit_bidders
from marketplace.tenders.actions.ordering import order_from
from marketplace.tenders.bidcontent import BidContent
from marketplace.tenders.models import Amendment, Award, BidBond, Tender
from tests.given.challenges import a_challenge
from tests.given.particular_tenders import THRESHOLD
from tests.given.people import a_person
from tests.given.tenders import (
    PDF,
    Cast,
    a_bid,
    a_cast,
    a_closed_tender,
    a_draft,
    a_published_tender,
    a_ranked_tender,
    a_supplier,
    after_deadline,
    an_awarded_tender,
    an_expert_pool,
    an_opened_tender,
    fill_and_hand_in,
    qualify_all,
    quote_the_same,
    seats_of,
)

from .kinds import Desk, kind, late

# Tenders, the bureau


@kind("/procurement/")
def drafts() -> Iterator[Desk]:
    cast = a_cast()
    while True:
        a_draft(cast)
        yield Desk(cast.officer, cast.bureau)


@kind("/procurement/")
def approvals() -> Iterator[Desk]:
    cast = a_cast()
    while True:
        actions.submit_for_approval(a_draft(cast), by=cast.officer)
        yield Desk(cast.approver, cast.bureau)


@kind("/amendments/", "/questions/")
def questions_and_changes() -> Iterator[Desk]:
    cast = a_cast()
    while True:
        tender = a_published_tender(cast)
        asker, by = a_supplier()
        actions.ask_question(tender, asker, "何时可以踏勘？", by=by)
        about = {"about": "另增助餐服务。"}
        actions.propose_amendment(tender, Amendment.Weight.MATERIAL, "需求调整", about=about, by=cast.officer)
        yield Desk(cast.approver, cast.bureau)


def a_single_source(cast: Cast) -> Tender:
    approval = {"approval_number": "苏财购〔2026〕21号", "approval_date": clock.today()}
    facts = {"method_ground": "unique", **approval}
    return a_draft(cast, method="single_source", ceiling=THRESHOLD, facts=facts)


@kind("/notice/")
def notices_of_a_single_source() -> Iterator[Desk]:
    cast = a_cast()
    while True:
        a_single_source(cast)
        yield Desk(cast.approver, cast.bureau)


@kind("/objections/")
def objections() -> Iterator[Desk]:
    cast = a_cast()
    while True:
        notice = inviting.publish_single_source_notice(
            a_single_source(cast), opinions="王教授：同意。", by=cast.approver
        )
        inviting.object_to_notice(notice, name="和悦", contact="0512", text="本机构同样能够提供。")
        yield Desk(cast.approver, cast.bureau)


@kind("/opening/")
def openings() -> Iterator[Desk]:
    cast = a_cast()
    while True:
        tender = a_closed_tender(tender=a_published_tender(cast))
        yield Desk(cast.custodians[0], cast.bureau, late(tender))


@kind("/qualifications/", "/procurement/")
def panels_and_qualifications() -> Iterator[Desk]:
    cast = a_cast()
    while True:
        tender = an_opened_tender(tender=a_published_tender(cast))
        yield Desk(cast.officer, cast.bureau, late(tender))


@kind("/quotes/")
def rounds_to_open() -> Iterator[Desk]:
    cast = a_cast()
    while True:
        tender = an_opened_tender(tender=a_published_tender(cast))
        with after_deadline(tender):
            qualify_all(tender.lots.get(), by=cast.officer)
            actions.call_for_quotes(tender.lots.get(), due_at=late(tender, 40), by=cast.officer)
        yield Desk(cast.custodians[0], cast.bureau, late(tender, 41))


@kind("/procurement/")
def decisions() -> Iterator[Desk]:
    cast = a_cast()
    while True:
        tender = a_ranked_tender(tender=a_published_tender(cast))
        yield Desk(cast.approver, cast.bureau, late(tender, 100))


@kind("/challenges/")
def challenges() -> Iterator[Desk]:
    cast = a_cast()
    while True:
        cast.suppliers, cast.bidders = [], []
        award = Award.objects.get(lot__tender=(tender := an_awarded_tender(tender=a_published_tender(cast))))
        award.cast = tender.cast
        challenge = a_challenge(award)
        yield Desk(cast.officer, cast.bureau, challenge.lodged_at)


@kind("/bonds/")
def bonds() -> Iterator[Desk]:
    cast = a_cast()
    finance = a_person(Role.FINANCE, of=cast.bureau)
    while True:
        draft = a_draft(cast)
        actions.set_bid_bond(draft, 1_000_000, by=cast.officer)
        actions.submit_for_approval(draft, by=cast.officer)
        tender = actions.approve_tender(draft, by=cast.approver)
        supplier, by = a_supplier()
        actions.declare_bond(tender, supplier, BidBond.Form.TRANSFER, "20261101", by=by)
        yield Desk(finance, cast.bureau, late(tender))


# Tenders, the panel: the same three experts sit on every panel


def a_panel(cast: Cast, pool: list[User]) -> Tender:
    tender = an_opened_tender(tender=a_published_tender(cast))
    assert len(pool) == tender.panel_size
    with after_deadline(tender, minutes=10):
        actions.draw_panel(tender, by=cast.officer)
    return tender


def a_declared_panel(cast: Cast, pool: list[User]) -> Tender:
    tender = a_panel(cast, pool)
    with after_deadline(tender, minutes=10):
        for seat in seats_of(tender):
            actions.declare_no_conflict(seat, by=seat.user)
        qualify_all(tender.lots.get(), by=cast.officer)
    return tender


@kind("/panel/")
def declarations() -> Iterator[Desk]:
    cast, pool = a_cast(), an_expert_pool(3)
    while True:
        tender = a_panel(cast, pool)
        yield Desk(pool[0], None, late(tender, 11))


@kind("/panel/", "/prices/")
def sheets_and_low_prices() -> Iterator[Desk]:
    cast, pool = a_cast(), an_expert_pool(3)
    while True:
        cast.suppliers, cast.bidders = [], []
        tender = a_declared_panel(cast, pool)
        quote_the_same(tender, {cast.suppliers[2]: 14_000_000})
        (review,) = tender.lots.get().bids.get(supplier=cast.suppliers[2]).price_reviews.all()
        with clock.pretend(review.asked_at + datetime.timedelta(minutes=10)):
            actions.explain_price(review, words="志愿者承担部分人工。", by=cast.bidders[2])
        yield Desk(pool[0], None, late(tender, 80))


@kind("/sheets/")
def sheets_far_from_the_others() -> Iterator[Desk]:
    """The panel elects the same chair each time; another member's sheet lies far off."""
    cast, pool = a_cast(), an_expert_pool(3)
    while True:
        tender = a_declared_panel(cast, pool)
        quote_the_same(tender)
        seats = seats_of(tender)
        (chair,) = (seat for seat in seats if seat.user == pool[0])
        with after_deadline(tender, minutes=80):
            for seat in seats:
                actions.vote_for_chair(seat, chair, by=seat.user)
        (other, *_) = (place for place, seat in enumerate(seats) if seat != chair)
        fill_and_hand_in(tender, {(other, 0): Decimal("0.2")})
        yield Desk(pool[0], None, late(tender, 100))


# Tenders, the bidder


@kind("/bid/confirm/")
def bids_to_confirm() -> Iterator[Desk]:
    cast, (supplier, by) = a_cast(), a_supplier()
    while True:
        tender = a_published_tender(cast)
        a_bid(tender, supplier=supplier, by=by)
        change = actions.propose_amendment(
            tender, Amendment.Weight.MATERIAL, "需求调整", about={"about": "另增助餐服务。"}, by=cast.officer
        )
        actions.publish_amendment(change, by=cast.approver)
        yield Desk(by, supplier)


@kind("/bid/")
def files_to_follow() -> Iterator[Desk]:
    cast, (supplier, by) = a_cast(), a_supplier()
    promised = [{"name": "方案.pdf", "sha256": hashlib.sha256(PDF).hexdigest()}]
    while True:
        tender = a_published_tender(cast)
        prices = {str(tender.lots.get().pk): 40_000_000}
        actions.submit_bid(tender, supplier, BidContent(prices=prices, is_eligible=True, promised=promised), by=by)
        yield Desk(by, supplier)


@kind("/bid/", "/bids/partners/")
def bids_to_finish_or_join() -> Iterator[Desk]:
    cast, (supplier, by) = a_cast(), a_supplier()
    while True:
        tender, (lead, by_lead) = a_published_tender(cast), a_supplier()
        actions.save_bid_draft(tender, supplier, BidContent(prices={}), by=by)
        actions.ask_partner(tender, lead, supplier, "康复服务", by=by_lead)
        yield Desk(by, supplier)


@kind("/bids/quotes/")
def quotes_to_give() -> Iterator[Desk]:
    cast, (supplier, by) = a_cast(), a_supplier()
    while True:
        tender = a_published_tender(cast)
        a_bid(tender, supplier=supplier, by=by)
        tender = an_opened_tender(tender=tender, bids=2)
        with after_deadline(tender):
            qualify_all(tender.lots.get(), by=cast.officer)
            actions.call_for_quotes(tender.lots.get(), due_at=late(tender, 40), by=cast.officer)
        yield Desk(by, supplier, late(tender, 10))


@kind("/call-offs/")
def orders() -> Iterator[Desk]:
    tender = a_ranked_tender(method="framework", facts={"second_stage": "choice"})
    with after_deadline(tender, minutes=180):
        admit_bidders(tender.lots.get(), by=tender.cast.approver)
    admission = tender.lots.get().admissions.first()
    seller = a_person(Role.BIDDER, of=admission.supplier)
    while True:
        with after_deadline(tender, minutes=190):
            today = clock.today()
            days = {"starts_on": today, "ends_on": today + datetime.timedelta(days=30)}
            order_from(admission, need="陪诊", quantity=1, **days, reason="离村最近", by=tender.cast.officer)
        yield Desk(seller, admission.supplier, late(tender, 200))
