"""The page behind the home page's numbers: the same sums, and nothing about few people."""

import pytest

from cms import queries
from marketplace.vouchers.actions import redeem
from tests.given.vouchers import a_counter

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("address", "title"), [("/figures/", "资金去向"), ("/en/figures/", "Where the money goes")])
def test_an_empty_city_has_the_page_in_both_languages(client, address, title):
    page = client.get(address)
    assert page.status_code == 200 and title in page.content.decode()


def test_the_lines_add_up_to_the_home_page_and_few_people_are_hidden(client):
    counter = a_counter()
    redeem(**counter.request(), provider=counter.provider)
    page = client.get("/figures/")
    sums = page.context["sums"]
    committed = next(number for number in queries.numbers() if number.path == "/figures/#budget")
    assert committed.fen == sums["committed"] + sums["spent"] > 0
    assert sums["available"] == sums["appropriated"] - sums["committed"] - sums["spent"]
    assert page.context["programmes"][0]["is_hidden"] and "¥60.00" not in page.content.decode()
