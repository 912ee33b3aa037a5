"""What the desk costs: as many SQL statements with two things of a kind that wait as with one."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from config import desk
from marketplace.pages import clock
from tests.given.waiting import KINDS, Desk, Kind

pytestmark = pytest.mark.django_db


def what_it_costs(client: Client, at: Desk) -> tuple[set[tuple[str, str]], list[str]]:
    """The things that wait, and the statements of the page."""
    with clock.pretend(at.moment or clock.now()):
        waiting = {(str(item.text), item.url) for item in desk.waiting_for(at.user, at.organisation)}
        client.force_login(at.user)
        client.get("/desk/")  # what is remembered for the process is remembered
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/desk/").status_code == 200
    return waiting, [query["sql"] for query in seen]


@pytest.mark.parametrize("given", KINDS, ids=lambda given: given.__name__)
def test_two_of_a_kind_cost_as_many_statements_as_one(given: Kind, client: Client):
    desks = given()
    one, first = what_it_costs(client, next(desks))
    two, second = what_it_costs(client, next(desks))
    more = {url for _text, url in two - one}
    assert all(any(place in url for url in more) for place in KINDS[given]), more
    assert len(second) == len(first), "\n".join(sorted(second))
