import datetime
import uuid

import pytest
from django.test import Client

from marketplace.rules.chapters import CHAPTERS, STAGES, chapter_of
from marketplace.rules.models import CalendarDay, Rule
from marketplace.rules.queries import resolve
from tests.given.people import a_person

pytestmark = pytest.mark.django_db


def operator() -> Client:
    client = Client()
    client.force_login(a_person(is_superuser=True), backend="marketplace.parties.backends.PhoneOrEmailBackend")
    return client


@pytest.mark.parametrize("prefix", ["", "/en"])
@pytest.mark.parametrize(
    "path",
    ["/rules/", "/rules/?q=质疑&status=V1", "/rules/tender.bid_period/", "/rules/calendar/", "/rules/calendar/2031/"],
)
def test_pages_open_in_both_languages(client, prefix, path):
    assert client.get(prefix + path).status_code == 200


def test_every_rule_stands_in_a_chapter_with_a_name(client):
    """None is left for the key's own first word, and the stages of procurement name only keys that exist."""
    keys = set(Rule.objects.values_list("key", flat=True))
    assert {chapter_of(key) for key in keys} <= set(CHAPTERS) - {"tender"}
    assert {f"tender.{key}" for stage in STAGES.values() for key in stage.split()} <= keys
    index = client.get("/rules/").content.decode()
    for code in {chapter_of(key) for key in keys}:
        assert f'href="?chapter={code}"' in index, code
    assert "<table" not in index, "the first page is the index"


def test_a_chapter_and_a_method_show_what_holds_there(client):
    page = client.get("/en/rules/?chapter=notice&method=open").content.decode()
    assert "tender.bid_period" in page and "challenge.window" not in page
    assert "20 calendar days" in page and "10 calendar days" not in page, "periods of the public tender only"
    assert client.get("/rules/?chapter=nonsense").status_code == 200


def test_the_list_searches(client):
    page = client.get("/en/rules/?q=bid+bond").content.decode()
    assert "Bid bond at most" in page and "Fewest suppliers" not in page
    assert client.get("/en/rules/?q=zzzz").status_code == 200


@pytest.mark.parametrize(
    "path", ["/rules/no.such.rule/", "/rules/calendar/1900/", "/rules/01890000-0000-7000-8000-000000000000/change/"]
)
def test_what_is_not_there_is_404(client, path):
    assert client.get(path).status_code == 404


def test_only_the_operator_sees_the_forms(client):
    rule = resolve("contract.signing_period")
    assert client.get(f"/rules/{rule.pk}/change/").status_code == 302
    client.force_login(a_person(), backend="marketplace.parties.backends.PhoneOrEmailBackend")
    assert client.get(f"/rules/{rule.pk}/change/").status_code == 403
    assert client.get("/rules/calendar/decide/").status_code == 403
    assert "change/" not in client.get("/rules/contract.signing_period/").content.decode()


def test_the_operator_changes_a_rule_once_though_the_form_is_sent_twice():
    client, rule = operator(), resolve("contract.signing_period")
    form = {
        "submission_key": str(uuid.uuid4()),
        "value": "25",
        "valid_from": "2027-01-01",
        "source": rule.source,
        "status": "V1",
        "reason": "新规定",
    }
    bad = client.post(f"/rules/{rule.pk}/change/", form | {"value": "", "reason": ""})
    assert bad.status_code == 422
    count = Rule.objects.count()
    for _ in range(2):
        assert client.post(f"/rules/{rule.pk}/change/", form).status_code == 302
    assert Rule.objects.count() == count + 1
    assert resolve("contract.signing_period", on=datetime.date(2027, 1, 1)).number == 25
    page = client.get("/en/rules/contract.signing_period/").content.decode()
    assert "25 calendar days" in page and "30 calendar days" in page


def test_the_operator_changes_money_in_yuan():
    client, rule = operator(), resolve("voucher.monthly_amount", region="320585")
    form = {"value": "100", "valid_from": "2027-01-01", "source": "x", "status": "R", "region": "320585", "reason": "x"}
    assert client.post(f"/rules/{rule.pk}/change/", form).status_code == 302
    assert resolve("voucher.monthly_amount", region="320585", on=datetime.date(2027, 1, 1)).number == 10_000


def test_the_operator_changes_a_table():
    client, rule = operator(), resolve("evaluation.grades")
    form = {"data": "[1]", "valid_from": "2027-01-01", "source": "x", "status": "R", "reason": "x"}
    assert client.post(f"/rules/{rule.pk}/change/", form).status_code == 422
    assert client.post(f"/rules/{rule.pk}/change/", form | {"data": '{"grades": []}'}).status_code == 302


def test_the_operator_decides_a_day():
    form = {"day": "2026-11-23", "is_working": "0", "name": "台风", "reason": "停工"}
    assert operator().post("/rules/calendar/decide/", form).status_code == 302
    assert CalendarDay.objects.get().is_working is False
