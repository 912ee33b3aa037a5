"""Public and invited tender, from intention to award, over HTTP."""

import pytest

from marketplace.tenders.models import Envelope, Invitation

from .office import MORNING, Office, after, later

pytestmark = pytest.mark.django_db


def test_a_public_tender():
    with later(MORNING):
        office = Office()
        home = office.draft("open", "城厢镇日间照料中心公开招标", 480_000, panel_size=5)
        office.complete(home, 20, 50, 30)
        tender = office.publish(home)
        for key, yuan in (("supplier1", "396000"), ("supplier2", "420000"), ("supplier3", "450000.50")):
            office.bid(key, tender, yuan)
        assert "396,000.00" not in office.stranger().open(f"/tenders/{tender.number}/").words
    with after(tender):
        office.open_bids(tender)
        assert "396,000.00" in office.stranger().open(f"/tenders/{tender.number}/opening/").words
        office.draw_panel(home)
        office.qualify(home)
        # The sealed price is the price: there is no round of quotes.
        quotes = office.quotes_page(tender).fill({"minutes": "60"})
        assert quotes.status == 422
        assert "五十一条" in quotes.words
        office.score()
        office.sign_reports()
        office.award(home, "怡安养老服务中心")
    assert list(office.lot(tender).bids.order_by("rank").values_list("rank", flat=True)) == [1, 2, 3]


def test_an_invited_tender():
    with later(MORNING):
        office = Office()
        home = office.draft("invited", "失能老人专业护理邀请招标", 300_000, panel_size=5)
        office.justify(home, "few_suppliers")
        office.complete(home, 20, 50, 30)
        buyer = office.visitor("buyer")
        early = buyer.open(f"{home}submit/").fill({})
        assert early.status == 422
        assert "第三十四条" in early.words or "第三十四条" in early.words, early.words
        listing = buyer.open(f"{home}invitations/")
        suppliers = [str(office.organisation(f"supplier{n}").pk) for n in range(1, 7)]
        listed = listing.fill({"suppliers": suppliers}, form="suppliers")
        assert listed.status == 200, listed.words
        few = buyer.open(f"{home}invitations/draw/").fill({"wanted": "2"})
        assert few.status == 422
        drawn = buyer.open(f"{home}invitations/draw/").fill({"wanted": "3"})
        assert drawn.status == 200, drawn.words
        tender = office.publish(home)
        invited = list(Invitation.objects.filter(tender=tender).values_list("supplier__name", flat=True))
        shown = office.stranger().open(f"/tenders/{tender.number}/").words
        assert not any(name in shown for name in invited)
        keys = {f"supplier{n}": office.organisation(f"supplier{n}").name for n in range(1, 7)}
        inside = [key for key, name in keys.items() if name in invited]
        outside = next(key for key, name in keys.items() if name not in invited)
        for key, yuan in zip(inside, ("270000", "280000", "290000"), strict=True):
            office.bid(key, tender, yuan)
        refused = office.visitor(outside).client.post(f"/tenders/{tender.number}/bid/seal/", {"confirm": "on"})
        assert refused.status_code in (403, 422)
        assert Envelope.objects.filter(tender=tender).count() == 3
    with after(tender):
        office.open_bids(tender)
        shown = office.stranger().open(f"/tenders/{tender.number}/").words
        assert all(name in shown for name in invited)
        office.draw_panel(home)
        office.qualify(home)
        office.score()
        office.sign_reports()
        # Yi'an has the better quality where it was drawn; otherwise equal quality, and the lowest price wins.
        best = "怡安养老服务中心" if "怡安养老服务中心" in invited else keys[inside[0]]
        office.award(home, best)
