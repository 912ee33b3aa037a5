"""The page behind the home page's numbers: the same sums, and nothing about few people."""

import re

import pytest

from cms import queries
from marketplace.pages import clock
from marketplace.rules.cells import hide_small, may_show_total
from marketplace.rules.models import Rule
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


def row(people: int, holders: int = 500) -> dict:
    return {"people": people, "holders": holders}


@pytest.mark.parametrize(
    ("people", "hidden"),
    [
        ([3, 40, 90], [True, True, False]),  # a single one takes the next smallest with it
        ([3, 4, 40, 90], [True, True, True, False]),  # two that tell of seven people together are still few
        ([6, 7, 40], [True, True, False]),
        ([0, 40], [False, False]),
        ([40, 497], [True, True]),  # three who never used theirs are few people too
        ([3], [True]),
    ],
)
def test_a_hidden_cell_can_not_be_had_from_the_total(people, hidden):
    marked = hide_small([row(count) for count in people], least=10, among="holders")
    assert [one["is_hidden"] for one in marked] == hidden
    assert may_show_total(marked, least=10) is (len(people) > 1)


def test_the_number_of_the_rule_is_what_hides(client):
    counter = a_counter()
    redeem(**counter.request(), provider=counter.provider)
    later = {"valid_from": clock.today(), "source": "测试", "status": "R", "unit": "count"}
    Rule.objects.create(key="privacy.small_cells", title="下限", title_en="least", value=1, **later)
    assert "¥60.00" in re.sub("<[^>]+>", "", client.get("/figures/").content.decode())
