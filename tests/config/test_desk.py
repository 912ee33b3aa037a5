"""The desk: what waits first, then the rooms by kind of work; each shows only what its person may open."""

import datetime
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config import desk
from config.demo import cast
from marketplace.pages import clock
from marketplace.pages.desk import DeskGroup, WaitingItem
from marketplace.parties.models import Membership, Organisation, Role, User
from tests.given.people import a_bureau, a_person, an_organisation
from tests.given.tenders import a_cast, a_draft
from tests.journeys.town import Town

pytestmark = pytest.mark.django_db

# Who stands at once where she works, and sees no desk.
NO_DESK = {"counter": "/counter/"}
ADDRESS = re.compile(r'href="(/[^"#]*)"')


def the_desk_of(key: str, prefix: str = "") -> tuple[Client, str]:
    client = Client()
    client.force_login(User.objects.get(email=cast.email_of(key)))
    answer = client.get(f"{prefix}/desk/", follow=True)
    assert answer.status_code == 200, key
    return client, answer.content.decode().split("<main", 1)[1].split("</main>", 1)[0]


def test_every_place_on_every_desk_opens():
    """Nobody is shown a door that stays shut."""
    Town()
    shut = []
    for key in cast.PEOPLE:
        client, page = the_desk_of(key)
        for address in sorted(set(ADDRESS.findall(page))):
            answer = client.get(address.replace("&amp;", "&"))
            if answer.status_code != 200:
                shut.append(f"{key}: {address} answers {answer.status_code}")
    assert not shut, "\n".join(shut)


def test_the_kinds_of_work_stand_in_one_order():
    Town()
    for key, first, never in (
        ("buyer", DeskGroup.PROCUREMENT, (DeskGroup.INCUBATION,)),
        ("auditor", DeskGroup.MONEY, (DeskGroup.VOUCHERS, DeskGroup.INCUBATION)),
        ("community_worker", DeskGroup.VOUCHERS, (DeskGroup.PROCUREMENT, DeskGroup.MONEY, DeskGroup.OVERSIGHT)),
        ("provider", DeskGroup.PROCUREMENT, (DeskGroup.OVERSIGHT,)),
        ("expert1", DeskGroup.PROCUREMENT, (DeskGroup.MONEY, DeskGroup.VOUCHERS, DeskGroup.RESIDENTS)),
    ):
        for prefix in ("", "/en"):
            _client, page = the_desk_of(key, prefix)
            seen = re.findall(r'data-work="([a-z]+)"', page)
            assert seen == [group.value for group in DeskGroup if group.value in seen], (key, prefix)
            assert seen[0] == first, (key, seen)
            assert not set(seen) & {group.value for group in never}, (key, seen)


def test_the_counter_has_no_desk_but_its_counter():
    Town()
    for key, place in NO_DESK.items():
        client = Client()
        client.force_login(User.objects.get(email=cast.email_of(key)))
        assert client.get("/desk/")["Location"] == place


def test_much_that_waits_folds_away_and_costs_no_more_statements(client):
    """Nine drafts and four consultations take as many statements as one of each; the first eight are in sight."""
    buying = a_cast()
    bureau: Organisation = buying.bureau

    def statements() -> tuple[int, str]:
        client.get("/desk/")  # what is remembered for the process is remembered
        with CaptureQueriesContext(
            connection,
        ) as seen:
            page = client.get("/desk/").content.decode()
        return len(seen), page

    client.force_login(buying.officer)
    a_draft(buying)
    one, page = statements()
    assert "<details" not in page
    for _again in range(8):
        a_draft(buying)
    many, page = statements()
    assert many == one
    assert page.split("<details")[0].count('class="task"') == 8
    assert page.split("<details")[1].count('class="task"') == 1
    assert bureau.name in page


def test_a_newcomer_is_told_what_to_do_first(client):
    client.force_login(a_person())
    page = client.get("/desk/").content.decode()
    assert "/join/" in page
    assert "data-work" not in page


def test_what_went_wrong_stands_first_then_what_is_due_soonest(monkeypatch):
    today = clock.today()
    soon, late = today + datetime.timedelta(days=2), today + datetime.timedelta(days=30)

    class Room:
        @staticmethod
        def waiting_for(_user, _organisation):
            return [
                WaitingItem("some day", "/", tone="active"),
                WaitingItem("some day, better soon", "/", tone="warn"),
                WaitingItem("in a month", "/", due=late),
                WaitingItem("failed", "/", tone="bad"),
                WaitingItem("the day after tomorrow", "/", due=soon),
                WaitingItem("overdue", "/", due=today - datetime.timedelta(days=1)),
            ]

    monkeypatch.setattr(desk, "ROOMS", [Room])
    assert [item.text for item in desk.waiting_for(None, None)] == [
        "overdue", "failed", "the day after tomorrow", "in a month", "some day, better soon", "some day",
    ]  # fmt: skip


def test_the_desk_follows_the_organisation_that_its_person_acts_for(client):
    """An officer of a bureau who also writes a provider's bids has two desks, each with its own places."""
    bureau, provider = a_bureau(), an_organisation()
    person = a_person(Role.OFFICER, Role.CUSTODIAN, of=bureau)
    Membership.objects.create(user=person, organisation=provider, role=Role.BIDDER)
    client.force_login(person)
    buying = {"/ledger/", "/payments/", "/red-flags/", "/procurement/", "/custodian/passphrase/"}
    bidding = {"/opportunities/", "/bids/"}
    for organisation, places, others in ((bureau, buying, bidding), (provider, bidding, buying)):
        client.post(reverse("parties:switch"), {"organisation": organisation.pk})
        main = client.get("/desk/").content.decode().split('id="places"', 1)[-1]
        found = set(ADDRESS.findall(main.split("</main>", 1)[0]))
        assert places <= found, organisation.kind
        assert not others & found, organisation.kind
