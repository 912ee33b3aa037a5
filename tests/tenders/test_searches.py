"""Kept searches, the daily digest, the calendar of deadlines."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from icalendar import Calendar

from marketplace.messages.models import Message
from marketplace.pages import clock
from marketplace.parties.models import Role
from marketplace.tenders.actions import save_search, send_digests
from marketplace.tenders.models import SavedSearch
from tests.given.people import a_person, an_organisation
from tests.given.tenders import a_published_tender

pytestmark = pytest.mark.django_db


def a_bidder():
    return a_person(Role.BIDDER, of=an_organisation())


def tomorrow(hour):
    return clock.at_hour(clock.today() + datetime.timedelta(days=1), hour)


def test_a_new_tender_is_told_once_and_only_what_matches():
    person = a_bidder()
    save_search(name="全部日间照料", filters={"state": "published"}, by=person)
    save_search(name="找不到的", filters={"q": "沙漠种树"}, by=person)
    tender = a_published_tender()

    with clock.pretend(tomorrow(7)):
        assert send_digests() == 0  # before the hour
    with clock.pretend(tomorrow(9)):
        assert send_digests() == 1
        assert send_digests() == 0  # the same day
    with clock.pretend(tomorrow(9) + datetime.timedelta(days=1)):
        assert send_digests() == 0  # nothing new

    told = Message.objects.get(to=person)
    assert tender.title in told.body and "全部日间照料" in told.body and "找不到的" not in told.body


def test_days_without_the_clock_are_made_up_in_one_message():
    person = a_bidder()
    save_search(name="公开的", filters={"state": "published"}, by=person)
    a_published_tender()

    with clock.pretend(tomorrow(9) + datetime.timedelta(days=4)):
        assert send_digests() == 1
    assert Message.objects.filter(to=person).count() == 1


@pytest.mark.parametrize(
    ("name", "filters", "code"),
    [("空的", {}, "no_filters"), ("空的", {"q": ""}, "no_filters"), ("旧的", {"q": "助浴"}, "name_taken")],
)
def test_a_search_that_can_not_be_kept_is_refused(name, filters, code):
    person = a_bidder()
    save_search(name="旧的", filters={"q": "养老"}, by=person)

    with pytest.raises(ValidationError) as refused:
        save_search(name=name, filters=filters, by=person)

    error = refused.value.error_dict["name"][0] if hasattr(refused.value, "error_dict") else refused.value
    assert error.code == code
    assert SavedSearch.objects.count() == 1


def test_the_number_of_searches_is_a_rule():
    person = a_bidder()
    for number in range(20):
        save_search(name=f"第{number}个", filters={"q": "养老"}, by=person)
    with pytest.raises(ValidationError) as refused:
        save_search(name="再来一个", filters={"q": "养老"}, by=person)
    assert refused.value.code == "too_many"


def test_keep_and_forget_over_http(client):
    person, stranger = a_bidder(), a_bidder()
    assert client.get("/tenders/searches/").status_code == 302
    client.force_login(person)
    assert "您还没有保存搜索" in client.get("/tenders/searches/").text
    page = client.get("/tenders/searches/new/?q=助浴&state=published")
    assert "助浴 · " in page.text

    assert client.post("/tenders/searches/new/?q=助浴", {"name": ""}).status_code == 422
    assert client.post("/tenders/searches/new/?q=助浴", {"name": "助浴项目"}).status_code == 302
    search = SavedSearch.objects.get()
    assert (search.owner, search.filters) == (person, {"q": "助浴"})
    assert "助浴项目" in client.get("/en/tenders/searches/").text

    forget = f"/tenders/searches/{search.pk}/forget/"
    client.force_login(stranger)
    assert client.get(forget).status_code == client.post(forget).status_code == 404
    client.force_login(person)
    assert client.post(forget).status_code == 302
    assert not SavedSearch.objects.exists()


def test_the_calendar_holds_each_deadline_of_what_the_filters_let_through(client):
    tender = a_published_tender()

    feed = Calendar.from_ical(client.get("/tenders/calendar.ics?state=published").content)
    ends = {str(event["uid"]): event.decoded("dtend") for event in feed.walk("VEVENT")}
    assert ends == {
        f"{tender.pk}-questions@minfu": tender.questions_until,
        f"{tender.pk}-bids@minfu": tender.bids_due_at,
    }
    assert not Calendar.from_ical(client.get("/tenders/calendar.ics?q=沙漠种树").content).walk("VEVENT")
    assert client.get("/en/tenders/calendar.ics?category=none&since=never").status_code == 200
