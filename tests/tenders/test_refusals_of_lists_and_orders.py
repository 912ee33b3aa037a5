"""What lists, draws, panels and orders refuse, with the article where there is one."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied

from marketplace.pages import clock
from marketplace.parties.actions import suspend_organisation
from marketplace.parties.models import Role
from marketplace.tenders import actions
from marketplace.tenders.actions import inviting
from marketplace.tenders.actions.framework import admit_bidders
from marketplace.tenders.actions.moderating import vote_for_chair
from marketplace.tenders.actions.ordering import ask_for_quotes, order_from, order_lowest_quote
from marketplace.tenders.models import (
    Admission,
    CallOff,
    CustodianKey,
    Invitation,
    Lot,
    Panellist,
    Score,
    SingleSourceNotice,
    Tie,
)
from tests.given.call_offs import a_framework, an_order
from tests.given.particular_tenders import a_unique_draft
from tests.given.people import a_bureau, a_person
from tests.given.refusals import refused
from tests.given.tenders import (
    a_draft,
    a_filled_sheet,
    a_ranked_tender,
    a_scoring_tender,
    a_supplier,
    after_deadline,
    an_expert_pool,
    an_opened_tender,
    qualify_all,
    seats_of,
)

pytestmark = pytest.mark.django_db


def suspended():
    supplier, _by = a_supplier()
    return suspend_organisation(supplier, reason="年检不合格", by=a_person(is_superuser=True))


def test_who_may_not_trade_is_neither_invited_nor_named_nor_ordered_from():
    invited = a_draft(method="single_source")
    with refused("not_trading", "Article 22"):
        inviting.name_supplier(invited, suspended(), by=invited.cast.officer)
    fresh = a_framework()
    first = fresh.lots.get().admissions.select_related("supplier").first()
    suspend_organisation(first.supplier, reason="年检不合格", by=a_person(is_superuser=True))
    with refused("not_trading", "Article 22"):
        order_from(Admission.objects.get(pk=first.pk), **an_order(), reason="离村最近", by=fresh.cast.officer)
    assert not CallOff.objects.exists()


def test_the_list_and_the_draw_of_an_invited_tender_are_made_once():
    tender = a_draft(method="invited")
    by = tender.cast.officer
    with refused("drawn_already", "Order 87, Article 14"):
        inviting.qualify_suppliers(tender, [suspended()], by=by)
    with refused("drawn_already", "Order 87, Article 14"):
        inviting.draw_invitations(tender, 3, by=by)
    assert Invitation.objects.count() == 3


def test_a_notice_names_its_supplier():
    tender = a_unique_draft()
    Invitation.objects.filter(tender=tender).delete()  # a draft that skipped this page
    with refused("supplier_missing"):
        inviting.publish_single_source_notice(tender, opinions="王教授：同意。", by=tender.cast.approver)
    assert not SingleSourceNotice.objects.exists()


def test_an_order_by_quick_quote_needs_a_quote():
    tender = a_framework("mini_bid")
    due, by = clock.now() + datetime.timedelta(hours=3), tender.cast.officer
    call_off = ask_for_quotes(tender.lots.get(), **an_order(), quotes_due_at=due, by=by)
    with clock.pretend(due + datetime.timedelta(minutes=1)), refused("no_quotes"):
        order_lowest_quote(call_off, by=by)
    assert CallOff.objects.get().state == CallOff.State.ASKING


def test_a_unit_costs_something():
    tender = a_ranked_tender(method="framework", ceiling=500)  # fen, for 1000 hours
    with after_deadline(tender, minutes=180), refused("no_unit_price"):
        admit_bidders(tender.lots.get(), by=tender.cast.approver)
    assert not Admission.objects.exists()


def test_a_panel_is_drawn_once_and_no_representative_presides():
    tender = an_opened_tender()
    an_expert_pool()
    representative = a_person(Role.SIGNATORY, of=tender.bureau)
    with after_deadline(tender, minutes=10):
        actions.draw_panel(tender, representatives=[representative], by=tender.cast.officer)
        with refused("drawn_already", "Article 39"):
            actions.draw_panel(tender, by=tender.cast.officer)
        (buyer,) = (seat for seat in seats_of(tender) if seat.kind == Panellist.Kind.BUYER)
        first = seats_of(tender)[0]
        with refused("not_expert", "Order 87, Article 47"):
            vote_for_chair(first, buyer, by=first.user)
        qualify_all(tender.lots.get(), by=tender.cast.officer)
        with refused("not_declared", "Article 12"):
            a_filled_sheet(first, tender.lots.get().bids.first())
    assert not Score.objects.exists()


def test_who_is_out_is_not_scored_nor_asked_about_its_price():
    tender = a_scoring_tender(bids=4)
    out = tender.lots.get().bids.order_by("envelope__submitted_at").first()
    (seat, *_others) = seats_of(tender)
    with after_deadline(tender, minutes=85):
        actions.exclude_bid(out, reason="未按要求盖章", by=tender.cast.officer)
        with refused("not_scored"):
            a_filled_sheet(seat, out)
        with refused("not_scored"):
            actions.question_price(out, words="请说明成本", by=seat.user)
    assert not out.price_reviews.exists()


def test_the_buyer_begins_again_after_a_refusal_only():
    tender = a_ranked_tender()
    with after_deadline(tender, minutes=180):
        with refused("not_refused", "Article 49"):
            actions.begin_again(tender.lots.get(), reason="想换一家", by=tender.cast.approver)
        with pytest.raises(PermissionDenied):
            actions.begin_again(tender.lots.get(), reason="想换一家", by=tender.cast.officer)
    assert tender.lots.get().state == Lot.State.RANKED


def test_a_tie_is_recorded_once():
    (one, _by), (other, _other) = a_supplier(), a_supplier()
    operator = a_person(is_superuser=True)
    actions.record_tie(one, other, Tie.Kind.CONTROL, "章程", by=operator)
    with refused("recorded"):
        actions.record_tie(one, other, Tie.Kind.CONTROL, "工商登记", by=operator)
    assert Tie.objects.count() == 1


def test_two_different_passphrases_set_none(client):
    custodian = a_person(Role.CUSTODIAN, of=a_bureau())
    client.force_login(custodian)
    said = {"passphrase": "a sentence only I know", "again": "a sentence that I forgot"}
    assert client.post("/custodian/passphrase/", said).status_code == 422
    assert not CustodianKey.objects.exists()
