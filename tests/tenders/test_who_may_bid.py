"""Who is kept from bidding, each with its article; consortia; bonds."""

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from marketplace.ledger.models import Transfer
from marketplace.parties.actions import suspend_organisation
from marketplace.parties.models import Role
from marketplace.tenders import actions
from marketplace.tenders.events import get_events
from marketplace.tenders.models import Award, Bid, BidBond, Envelope, Partner, Tie
from tests.given.particular_tenders import a_tender_with_bond
from tests.given.people import a_person
from tests.given.refusals import refused
from tests.given.tenders import (
    PASSPHRASE,
    PDF,
    a_bid,
    a_draft,
    a_published_tender,
    a_supplier,
    after_deadline,
    again,
    an_awarded_tender,
)

pytestmark = pytest.mark.django_db


def open_with_two(tender, *, minutes=5):
    with after_deadline(tender, minutes=minutes):
        for custodian in tender.cast.custodians[:2]:
            actions.unlock_bids(tender, PASSPHRASE, by=custodian)


def test_a_suspended_supplier():
    tender = a_published_tender()
    supplier, bidder = a_supplier()
    suspend_organisation(supplier, reason="年检不合格", by=a_person(is_superuser=True))
    with refused("not_active", "Article 22"):
        a_bid(tender, supplier=supplier, by=bidder)
    assert not Envelope.objects.exists()


def test_who_wrote_the_specification():
    tender = a_published_tender()
    supplier, bidder = a_supplier()
    actions.name_designer(tender, supplier, "编制了服务需求", by=tender.cast.officer)
    with refused("designer", "Art. 18"):
        a_bid(tender, supplier=supplier, by=bidder)
    with refused("named"):
        actions.name_designer(tender, supplier, "编制了服务需求", by=tender.cast.officer)
    with pytest.raises(PermissionDenied):
        actions.name_designer(tender, supplier, "编制了服务需求", by=bidder)


def test_the_way_there_is_shown_to_who_may_go_it(client):
    """The bureau's officer, while the bids are closed; nobody is led to a wall."""
    tender = a_published_tender()
    address = reverse("tenders:designers", args=[tender.pk])
    for person, is_open in ((tender.cast.officer, True), (tender.cast.approver, False)):
        client.force_login(person)
        assert (address in client.get(tender.get_desk_url()).content.decode()) is is_open
        assert client.get(address).status_code == (200 if is_open else 403)
    open_with_two(tender)
    client.force_login(tender.cast.officer)
    assert address not in client.get(tender.get_desk_url()).content.decode()


def test_one_person_on_both_sides():
    tender = a_published_tender()
    supplier, bidder = a_supplier()
    supplier.memberships.create(user=tender.cast.officer, role=Role.OWNER)
    with refused("conflict", "Regulation, Article 9"):
        a_bid(tender, supplier=supplier, by=bidder)


def test_linked_by_head_control_or_management_in_one_lot():
    tender = a_published_tender()
    first, by_first = a_supplier(legal_representative="陆怀远")
    second, by_second = a_supplier(legal_representative="陆怀远")
    third, by_third = a_supplier()
    operator = a_person(is_superuser=True)
    tie = actions.record_tie(third, first, Tie.Kind.CONTROL, "章程", by=operator)
    a_bid(tender, supplier=first, by=by_first)
    for supplier, by in ((second, by_second), (third, by_third)):
        with refused("linked", "Art. 18", first.name):
            a_bid(tender, supplier=supplier, by=by)
    actions.record_tie(first, second, Tie.Kind.NAMESAKES, "身份证号不同", by=operator)
    a_bid(tender, supplier=second, by=by_second)
    actions.end_tie(tie, by=operator)
    a_bid(tender, supplier=third, by=by_third)
    with refused("same"):
        actions.record_tie(first, first, Tie.Kind.CONTROL, "章程", by=operator)
    with pytest.raises(PermissionDenied):
        actions.record_tie(first, third, Tie.Kind.CONTROL, "章程", by=by_first)


def test_linked_suppliers_may_bid_for_different_lots_only():
    """Which lots, the envelopes say: of two in one lot the one that came first stays."""
    tender = a_published_tender(lots=2)
    first, by_first = a_supplier(legal_representative="陆怀远")
    second, by_second = a_supplier(legal_representative="陆怀远")
    a_bid(tender, supplier=first, by=by_first)
    a_bid(tender, supplier=second, by=by_second)
    for _ in range(3):
        a_bid(tender)
    open_with_two(tender)
    assert set(Bid.objects.filter(supplier=second).values_list("state", "exclude_code")) == {("excluded", "linked")}
    assert set(Bid.objects.filter(supplier=first).values_list("state", flat=True)) == {"opened"}


def test_a_consortium_bids_as_one(client):
    tender = a_published_tender()
    (lead, by_lead), (member, by_member) = a_supplier(), a_supplier()
    client.force_login(by_lead)
    address = reverse("tenders:consortium", args=[tender.number])
    assert client.post(address, {"uscc": member.uscc, "work": "康复服务"}).status_code == 302
    with refused("partner_missing", "Art. 24"):
        a_bid(tender, supplier=lead, by=by_lead)
    partner = Partner.objects.get()
    client.force_login(a_supplier()[1])
    assert client.get(reverse("tenders:partner", args=[partner.pk])).status_code == 404
    client.force_login(by_member)
    assert client.post(reverse("tenders:partner", args=[partner.pk]), {"answer": "confirm"}).status_code == 302
    envelope = a_bid(tender, supplier=lead, by=by_lead)
    assert envelope.state == Envelope.State.SEALED
    with refused("in_consortium", "Art. 22"):
        a_bid(tender, supplier=member, by=by_member)
    with refused("sealed", "Art. 24"):
        actions.decline_partner(partner, by=by_member)
    with refused("answered"):
        actions.confirm_partner(partner, by=by_member)


def test_a_partner_that_bids_itself_can_not_confirm():
    tender = a_published_tender()
    (lead, by_lead), (member, by_member) = a_supplier(), a_supplier()
    partner = actions.ask_partner(tender, lead, member, "康复服务", by=by_lead)
    with refused("asked"):
        actions.ask_partner(tender, lead, member, "康复服务", by=by_lead)
    with refused("required", "Art. 24"):
        actions.ask_partner(tender, lead, a_supplier()[0], " ", by=by_lead)
    a_bid(tender, supplier=member, by=by_member)
    with refused("bids_alone", "Art. 22"):
        actions.confirm_partner(partner, by=by_member)
    with pytest.raises(PermissionDenied):
        actions.confirm_partner(partner, by=by_lead)
    actions.decline_partner(partner, by=by_lead)
    a_bid(tender, supplier=lead, by=by_lead)


def test_a_bond_is_at_most_two_percent_of_the_budget():
    draft = a_draft()
    with refused("bond_too_large", "Art. 33"):
        actions.set_bid_bond(draft, 1_000_001, by=draft.cast.officer)
    assert actions.set_bid_bond(draft, 1_000_000, by=draft.cast.officer).bid_bond == 1_000_000


def test_bonds_from_declared_to_given_back():
    tender = a_tender_with_bond()
    with refused("bond_missing", "Art. 33"):
        a_bid(tender)
    suppliers = [a_supplier() for _ in range(4)]
    for number, (supplier, by) in enumerate(suppliers):
        file = SimpleUploadedFile("保函.pdf", PDF, "application/pdf") if number == 1 else None
        form = BidBond.Form.GUARANTEE if number == 1 else BidBond.Form.TRANSFER
        actions.declare_bond(tender, supplier, form, f"HD{number}", file=file, by=by)
        a_bid(tender, supplier=supplier, by=by)
    bonds = list(BidBond.objects.order_by("reference"))
    with refused("too_early", "Order 87, Article 28"):
        actions.hold_bid_bond(bonds[0], by=tender.finance)
    with after_deadline(tender):
        with refused("bonds_undecided", "Art. 33"):
            actions.unlock_bids(tender, PASSPHRASE, by=tender.cast.custodians[0])
        with pytest.raises(PermissionDenied):
            actions.hold_bid_bond(bonds[0], by=tender.cast.officer)
        for bond in bonds[:3]:
            actions.hold_bid_bond(bond, by=tender.finance)
        actions.refuse_bid_bond(bonds[3], "截止时未到账", by=tender.finance)
        with refused("decided"):
            actions.hold_bid_bond(bonds[3], by=tender.finance)
    assert Transfer.objects.filter(code=Transfer.Code.BOND_HELD).count() == 2  # a guarantee is no money
    open_with_two(tender)
    assert Envelope.objects.get(supplier=suppliers[3][0]).unreadable_cause == "no_bond"
    assert Bid.objects.count() == 3
    with after_deadline(tender, minutes=60):
        actions.cancel_tender(again(tender), reason="采购任务取消", by=tender.cast.approver)
        actions.run_due_events()
        actions.run_due_events()
    assert list(BidBond.objects.order_by("reference").values_list("state", flat=True)) == [
        "released", "released", "released", "refused",
    ]  # fmt: skip
    assert Transfer.objects.filter(code=Transfer.Code.BOND_RELEASED).count() == 2
    with refused("not_held"):
        actions.release_bid_bond(bonds[0], by=tender.finance)


def test_the_winners_bond_goes_back_at_signing_and_not_before():
    tender = a_tender_with_bond()
    suppliers = [a_supplier() for _ in range(3)]
    for number, (supplier, by) in enumerate(suppliers):
        actions.declare_bond(tender, supplier, BidBond.Form.TRANSFER, f"HD{number}", by=by)
        a_bid(tender, supplier=supplier, by=by, price=40_000_000 - number)
    with after_deadline(tender):
        for bond in BidBond.objects.all():
            actions.hold_bid_bond(bond, by=tender.finance)
    tender = an_awarded_tender(bids=0, tender=tender)
    award = Award.objects.get()
    with after_deadline(tender, minutes=130):
        actions.run_due_events()
        held = BidBond.objects.standing().get()
        assert (held.supplier, held.state) == (award.supplier, "held")
        assert not [one for one in get_events(tender) if one.name == "tender.return_bonds"]
        actions.note_contract(award, by=tender.cast.approver)
        assert BidBond.objects.get(pk=held.pk).state == "released"
        actions.note_contract(award, by=tender.cast.approver)
    assert Transfer.objects.filter(code=Transfer.Code.BOND_RELEASED).count() == 3


def test_who_refuses_the_award_has_no_claim_to_the_bond():
    tender = a_tender_with_bond()
    for number in range(3):
        supplier, by = a_supplier()
        actions.declare_bond(tender, supplier, BidBond.Form.TRANSFER, f"HD{number}", by=by)
        a_bid(tender, supplier=supplier, by=by, price=40_000_000 - number)
    with after_deadline(tender):
        for bond in BidBond.objects.all():
            actions.hold_bid_bond(bond, by=tender.finance)
    tender = an_awarded_tender(bids=0, tender=tender)
    award = Award.objects.get()
    winner = award.supplier.memberships.filter(role=Role.BIDDER).select_related("user").get().user
    with after_deadline(tender, minutes=130):
        actions.decline_award(award, reason="人员不足", by=winner)
        actions.run_due_events()
    assert award.supplier_id not in BidBond.objects.filter(state="released").values_list("supplier", flat=True)


def test_refused_declarations():
    tender = a_tender_with_bond()
    supplier, by = a_supplier()
    with refused("cash", "Art. 33"):
        actions.declare_bond(tender, supplier, "cash", "1", by=by)
    with refused("required"):
        actions.declare_bond(tender, supplier, BidBond.Form.GUARANTEE, "1", by=by)
    with refused("required"):
        actions.declare_bond(tender, supplier, BidBond.Form.TRANSFER, " ", by=by)
    with refused("no_bond_asked"):
        actions.declare_bond(a_published_tender(), supplier, BidBond.Form.TRANSFER, "1", by=by)
    assert not BidBond.objects.exists()


def test_the_buyer_sees_bonds_only_after_the_deadline(client):
    tender = a_tender_with_bond()
    supplier, by = a_supplier(name="怡老服务社")
    bond = actions.declare_bond(
        tender,
        supplier,
        BidBond.Form.GUARANTEE,
        "1",
        file=SimpleUploadedFile("保函.pdf", PDF, "application/pdf"),
        by=by,
    )
    client.force_login(tender.finance)
    assert supplier.name not in client.get(reverse("tenders:bonds", args=[tender.pk])).text
    assert client.get(reverse("tenders:bond_file", args=[bond.pk])).status_code == 404
    assert client.get(reverse("tenders:hold_bond", args=[bond.pk])).status_code == 403
    with after_deadline(tender):
        assert supplier.name in client.get(reverse("tenders:bonds", args=[tender.pk])).text
        assert b"".join(client.get(reverse("tenders:bond_file", args=[bond.pk]))) == PDF
    client.force_login(a_supplier()[1])
    assert client.get(reverse("tenders:bond_file", args=[bond.pk])).status_code == 404
