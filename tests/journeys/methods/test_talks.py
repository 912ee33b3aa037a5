"""Negotiation and consultation, from intention to award, over HTTP: rounds, final quotes, two that are left."""

import pytest

from .office import MORNING, Office, after, later

pytestmark = pytest.mark.django_db


def test_a_negotiation_in_two_rounds():
    with later(MORNING):
        office = Office()
        home = office.draft("negotiation", "认知障碍照护服务竞争性谈判", 300_000)
        office.justify(home, "complex")
        office.complete(home, 100)
        tender = office.publish(home)
        for key, yuan in (("supplier1", "290000"), ("supplier2", "295000"), ("supplier3", "280000")):
            office.bid(key, tender, yuan)
    with after(tender):
        office.open_bids(tender)
        office.draw_panel(home)
        office.qualify(home)
    with after(tender, 30):
        first = office.call_quotes(
            tender,
            {"supplier1": "285000", "supplier2": "288000", "supplier3": "279000"},
            terms="每周增加一次家属课堂。",
            is_final="",
        )
        assert not first.is_final
    with after(tender, 120):
        last = office.call_quotes(tender, {"supplier1": "272000", "supplier2": "265000", "supplier3": "278000"})
        assert last.is_final
        again = office.quotes_page(tender).fill({"minutes": "60"})
        assert again.status == 422, "the final quote is given once"
    with after(tender, 240):
        office.score()
        office.sign_reports()
        office.award(home, "春晖日间照料中心")  # the lowest final price, though not the lowest first one
    assert office.lot(tender).awards.get().amount == 26_500_000


def test_a_consultation_ends_with_two():
    with later(MORNING):
        office = Office()
        home = office.draft("consultation", "城厢镇助餐配送竞争性磋商", 300_000)
        office.complete(home, 20, 50, 30)
        tender = office.publish(home)
        for key, yuan in (("supplier1", "290000"), ("supplier2", "280000"), ("supplier3", "270000")):
            office.bid(key, tender, yuan)
    with after(tender):
        office.open_bids(tender)
        office.draw_panel(home)
        office.qualify(home, failing="和悦")
        assert office.lot(tender).state == "evaluating", "two may go on: 财库〔2015〕124号"
    with after(tender, 30):
        office.call_quotes(tender, {"supplier1": "276000", "supplier2": "276000"})
    with after(tender, 120):
        office.score()
        office.sign_reports()
        office.award(home, "怡安养老服务中心")
    lot = office.lot(tender)
    assert sorted(lot.bids.values_list("state", flat=True)) == ["excluded", "lost", "won"]
    # Equal quotes: 20 points each. Quality in whole points: 45 + 27 and 35 + 21.
    totals = dict(lot.bids.exclude(state="excluded").values_list("supplier__name", "total_score"))
    assert totals == {"怡安养老服务中心": 92, "春晖日间照料中心": 76}
