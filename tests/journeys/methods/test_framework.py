"""A framework, from intention through admission to an accepted order, over HTTP; each of the three ways."""

import datetime
import re

import pytest

from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.residents.actions.register import link_account
from marketplace.tenders.models import CallOff, Tender
from tests.given.people import a_person
from tests.given.residents import a_resident

from .office import MORNING, Office, after, later

pytestmark = pytest.mark.django_db


def an_admission(second_stage: str) -> tuple[Office, Tender]:
    """Three bid for at most 1,000 hours; two are admitted."""
    with later(MORNING):
        office = Office()
        home = office.draft("framework", "居家上门照护框架协议", 100_000, unit="小时", quantity="1000")
        office.justify(home, "repeated_small_uniform", second_stage=second_stage)
        office.complete(home, 20, 50, 30)
        tender = office.publish(home)
        for key, yuan in (("supplier1", "60000"), ("supplier2", "58000"), ("supplier3", "99000")):
            office.bid(key, tender, yuan)
    with after(tender):
        office.open_bids(tender)
        office.draw_panel(home)
        office.qualify(home)
        office.score()
        office.sign_reports()
        admit = f"/procurement/lots/{office.lot(tender).pk}/admit/"
        office.visitor("buyer").open(admit, expect=403)
        admitted = office.visitor("approver").open(admit).fill({})
        assert admitted.status == 200, admitted.words
        words = office.stranger().open(f"/tenders/{tender.number}/framework/").words
        assert "怡安养老服务中心" in words
        assert "60.00" in words
        assert "和悦社区服务社" not in words, "the last of three is left out"
    return office, Tender.objects.get(pk=tender.pk)


def order(**more: str) -> dict[str, str]:
    today = clock.today()
    end = today + datetime.timedelta(days=30)
    return {"need": "每周上门两次。", "quantity": "10", "starts_on": str(today), "ends_on": str(end)} | more


def accept(office: Office, key: str, number: str, *, stranger: str) -> None:
    """By the provider ordered from; who has no part in it does not even see it."""
    office.visitor(stranger).open(f"/call-offs/{number}/", expect=404)
    page = office.visitor(key).open(f"/call-offs/{number}/accept/").fill({})
    assert page.status == 200, page.words
    assert CallOff.objects.get(number=number).state == "accepted"


def number_of(page) -> str:
    assert page.status == 200, page.words
    return re.search(r"/call-offs/([^/]+)/", page.address).group(1)


def test_a_resident_chooses():
    office, tender = an_admission("choice")
    with after(tender, 300):
        person = a_person(name="陈小明")
        link_account(a_resident(region=office.lot(tender).place), person, by=service_user("tests"))
        resident = office.browser_of(person)
        page = resident.open(f"/tenders/{tender.number}/framework/")
        chosen = resident.open(page.link_to("/choose/")).fill(order())
        assert chosen.status == 200, chosen.words
        asked = CallOff.objects.get()
        assert asked.state == "requested"
        confirmed = office.visitor("buyer").open(f"/call-offs/{asked.number}/confirm/").fill({})
        assert confirmed.status == 200, confirmed.words
        assert asked.supplier.name == "怡安养老服务中心"
        assert asked.amount == 60_000
        accept(office, "supplier1", asked.number, stranger="supplier2")


def test_in_turn():
    office, tender = an_admission("rotation")
    with after(tender, 300):
        give = f"/procurement/lots/{office.lot(tender).pk}/order/"
        numbers = [number_of(office.visitor("buyer").open(give).fill(order())) for _ in range(3)]
        given = [CallOff.objects.get(number=number).supplier.name for number in numbers]
        assert given == ["怡安养老服务中心", "春晖日间照料中心", "怡安养老服务中心"]
        accept(office, "supplier2", numbers[1], stranger="supplier1")


def test_a_quick_quote():
    office, tender = an_admission("mini_bid")
    with after(tender, 300):
        due = clock.now() + datetime.timedelta(days=1)
        typed = due.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M")
        give = f"/procurement/lots/{office.lot(tender).pk}/order/"
        number = number_of(office.visitor("buyer").open(give).fill(order(quotes_due_at=typed)))
        quoting = f"/call-offs/{number}/quote/"
        assert office.visitor("supplier1").open(quoting).fill({"amount": "600.01"}).status == 422
        assert office.visitor("supplier1").open(quoting).fill({"amount": "590"}).status == 200
        assert office.visitor("supplier2").open(quoting).fill({"amount": "570"}).status == 200
        office.visitor("supplier3").open(quoting, expect=404)
        for key in ("buyer", "supplier1"):
            assert "570.00" not in office.visitor(key).open(f"/call-offs/{number}/").words, (
                "shut until the time is over"
            )
        assert office.visitor("buyer").open(f"/call-offs/{number}/decide/").fill({}).status == 422
    with later(due + datetime.timedelta(minutes=1)):
        decided = office.visitor("buyer").open(f"/call-offs/{number}/decide/").fill({})
        assert decided.status == 200, decided.words
        ordered = CallOff.objects.get(number=number)
        assert (ordered.supplier.name, ordered.amount) == ("春晖日间照料中心", 57_000)
        accept(office, "supplier2", number, stranger="supplier3")
