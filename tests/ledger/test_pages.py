"""The budget's screens through HTTP."""

import pytest
from django.urls import reverse

from marketplace.ledger.models import BudgetLine, Transfer
from marketplace.pages import clock
from marketplace.parties.models import Role
from tests.given.money import a_budget_line, a_debt
from tests.given.people import a_bureau, a_person, an_organisation

pytestmark = pytest.mark.django_db


def test_an_officer_reads_the_budget_of_the_bureau_and_of_no_other(client):
    line, other = a_budget_line(1_000_00), a_budget_line(1_000_00)
    client.force_login(a_person(Role.OFFICER, of=line.bureau))
    page = client.get("/ledger/").text
    assert line.code in page and other.code not in page
    assert client.get(line.get_absolute_url()).status_code == 200
    assert client.get(other.get_absolute_url()).status_code == 404
    assert reverse("ledger:appropriate", args=[line.pk]) not in page
    assert client.get(reverse("ledger:appropriate", args=[line.pk])).status_code == 403


def test_the_auditor_reads_every_budget_in_both_languages(client):
    lines = [a_budget_line(1_000_00), a_budget_line(1_000_00)]
    client.force_login(a_person(Role.AUDITOR, of=an_organisation()))
    for address in ("/ledger/", "/en/ledger/"):
        page = client.get(address).text
        assert all(line.code in page for line in lines)


def test_a_provider_has_no_budget_to_read(client):
    client.force_login(a_person(Role.OWNER, Role.BIDDER, of=an_organisation()))
    assert client.get("/ledger/").status_code == 403


def test_appropriating_twice_with_one_form_posts_once(client):
    line = a_budget_line(0)
    client.force_login(a_person(Role.FINANCE, of=line.bureau))
    url = reverse("ledger:appropriate", args=[line.pk])
    form = {
        "amount": "12.50",
        "reference": "太财社〔2026〕9号",
        "submission_key": "0198f0c0-0000-7000-8000-000000000001",
    }
    assert client.post(url, form).status_code == 302
    assert client.post(url, form).status_code == 302
    assert BudgetLine.objects.get().appropriated == 1_250
    assert Transfer.objects.count() == 1


@pytest.mark.parametrize("amount", ["-5", "0", "abc", "1.234", ""])
def test_a_bad_amount_is_said_on_the_form(client, amount):
    line = a_budget_line(0)
    client.force_login(a_person(Role.FINANCE, of=line.bureau))
    page = client.post(
        reverse("ledger:appropriate", args=[line.pk]), {"amount": amount, "reference": "太财社〔2026〕9号"}
    )
    assert page.status_code == 422
    assert "太财社〔2026〕9号" in page.text
    assert not Transfer.objects.exists()


def test_withdrawing_more_than_is_free_is_refused(client):
    line, *_rest = a_debt(50_000)
    client.force_login(a_person(Role.FINANCE, of=line.bureau))
    url = reverse("ledger:withdraw", args=[line.pk])
    assert client.post(url, {"amount": "4500.01", "reference": "收回"}).status_code == 422
    assert client.post(url, {"amount": "4500", "reference": "收回"}).status_code == 302


def test_a_statement_shows_every_transfer_and_exports(client):
    line, _payee, reference = a_debt(50_000)
    client.force_login(a_person(Role.OFFICER, of=line.bureau))
    assert reference in client.get(line.get_absolute_url()).text
    for kind in ("csv", "xlsx"):
        assert client.get(reverse("ledger:line_export", args=[line.pk, kind])).status_code == 200
        assert client.get(reverse("ledger:overview_export", args=[kind])).status_code == 200
    assert client.get(reverse("ledger:line_export", args=[line.pk, "exe"])).status_code == 404
    trail = client.get(reverse("ledger:trail"), {"reference": reference})
    assert reference in trail.text
    client.force_login(a_person(Role.OFFICER, of=a_bureau()))
    assert client.get(reverse("ledger:trail"), {"reference": reference}).status_code == 404


def test_opening_a_line_and_a_year(client):
    line = a_budget_line(1_000_00)
    year = clock.today().year
    client.force_login(a_person(Role.APPROVER, of=line.bureau))
    form = {"fund": str(line.fund_id), "year": year, "code": line.code, "name": "助餐"}
    assert client.post(reverse("ledger:open_line"), form).status_code == 422
    assert client.post(reverse("ledger:open_line"), form | {"code": "2081006-09"}).status_code == 302

    url = reverse("ledger:open_year", args=[year + 1])
    assert line.code in client.get(url).text
    amounts = {f"amount_{old.pk}": "100" for old in BudgetLine.objects.filter(year=year)}
    assert client.post(url, amounts | {"reference": "太财预〔2027〕1号"}).status_code == 302
    assert BudgetLine.objects.filter(year=year + 1, appropriated=10_000).count() == 2
    assert client.get(f"/ledger/?year={year + 1}").status_code == 200
    assert client.post(url, amounts | {"reference": "x"}).status_code in (302, 422)


def test_the_overview_costs_the_same_however_many_lines(client, django_assert_max_num_queries):
    line = a_budget_line(1_000_00)
    client.force_login(a_person(Role.OFFICER, of=line.bureau))
    client.get("/ledger/")
    with django_assert_max_num_queries(40) as few:
        client.get("/ledger/")
    for _ in range(5):
        a_budget_line(1_000_00, bureau=line.bureau, fund=line.fund)
    with django_assert_max_num_queries(len(few)):
        client.get("/ledger/")
