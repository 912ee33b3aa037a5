"""Journeys over HTTP: the community worker at the one window, the sponsor at programme, trial and figures."""

import datetime
import re

import pytest
from django.urls import reverse

from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.parties.models import Role
from marketplace.residents.models import Assessment, RecordView, Resident
from marketplace.vouchers.actions import issue_month, redeem, run_due_months
from marketplace.vouchers.models import Application, Card, Programme, ProgrammeChange, Voucher
from marketplace.vouchers.models.programmes import first_of_month, next_month
from tests.given.money import a_budget_line
from tests.given.people import a_bureau, a_person, a_region
from tests.given.residents import a_resident, all_scores, an_id_number
from tests.given.vouchers import PIN, a_counter, a_programme, city_of

pytestmark = pytest.mark.django_db


def text(response) -> str:
    return re.sub(r"\s+", "", re.sub("<[^>]+>", "", response.content.decode()))


@pytest.fixture
def bureau():
    return a_bureau(region=city_of(a_region()))


def test_a_community_worker_finds_registers_assesses_applies_and_hands_out(client, bureau):
    worker, officer = a_person(Role.COMMUNITY_WORKER, of=bureau), a_person(Role.OFFICER, of=bureau)
    programme = a_programme(
        a_budget_line(10_000_00, bureau=bureau), code="care", age=60, by_application=True, basis="tiers",
        tiers=[{"minimum_level": 2, "amount": 400_00}],
    )  # fmt: skip
    client.force_login(worker)
    number = an_id_number(datetime.date(1941, 5, 6), 321)
    nobody = client.post(reverse("vouchers:window"), {"q": number})
    assert "没有找到" in text(nobody) or "Nobody" in text(nobody)
    client.post(
        reverse("residents:add"),
        {"name": "王阿珍", "id_number": number, "region": a_region().pk, "household": "alone", "preferred_way": "phone",
         "phone": "13900001234"},
    )  # fmt: skip
    resident = Resident.objects.get(name="王阿珍")
    found = client.post(reverse("vouchers:window"), {"q": number})
    assert reverse("vouchers:window_of", args=[resident.pk]) in found.content.decode()
    page = client.get(reverse("vouchers:window_of", args=[resident.pk]))
    assert reverse("residents:assess", args=[resident.pk]) in page.content.decode()

    sent = client.post(
        reverse("residents:assess", args=[resident.pk]), {"assessed_on": clock.today().isoformat(), **all_scores(55)}
    )
    assert sent.url == reverse("vouchers:window_of", args=[resident.pk])
    scored = Assessment.objects.get()
    confirm = reverse("residents:confirm_assessment", args=[resident.pk, scored.pk])
    assert client.post(confirm, {"decision": "confirm"}).status_code == 422
    client.force_login(officer)
    assert client.post(confirm, {"decision": "confirm"}).status_code == 302

    client.force_login(worker)
    apply = reverse("vouchers:apply", args=[resident.pk, programme.code])
    assert apply in client.get(reverse("vouchers:window_of", args=[resident.pk])).content.decode()
    assert client.post(apply, {"channel": "paper", "need": "助浴"}).status_code == 422
    assert client.post(apply, {"channel": "paper", "paper_number": "A-1", "need": "助浴"}).status_code == 302
    client.force_login(a_person(Role.OFFICER, of=programme.bureau))
    client.post(reverse("vouchers:decide", args=[Application.objects.get().pk]), {"decision": "grant"})
    run_due_months()
    assert Voucher.objects.get().granted == 400_00

    client.force_login(worker)
    page = client.get(reverse("vouchers:window_of", args=[resident.pk]))
    assert "¥400.00" in text(page) and reverse("vouchers:new_card", args=[resident.pk]) in page.content.decode()
    client.post(reverse("vouchers:new_card", args=[resident.pk]), {"pin": PIN, "again": PIN})
    assert Card.objects.get().pin_hash
    assert number not in client.get(reverse("vouchers:window_of", args=[resident.pk])).content.decode()

    plan = {"goal": "每周能安全洗澡", "review_on": "2030-01-01", "need_basic_care": "4", "need_visits": "2"}
    assert client.post(reverse("residents:care_plan", args=[resident.pk]), plan).status_code == 302
    shown = text(client.get(reverse("vouchers:window_of", args=[resident.pk])))
    assert "每周能安全洗澡" in shown and "基础照护·每月4次" in shown and "再看一次照护计划" not in shown
    with clock.pretend(clock.at_hour(datetime.date(2030, 1, 1), 9)):
        client.force_login(worker)
        assert "再看一次照护计划" in text(client.get(reverse("vouchers:window_of", args=[resident.pk])))


def test_strangers_have_no_window(client, bureau):
    resident = a_resident(region=a_region())
    client.force_login(a_person())
    assert client.get(reverse("vouchers:window")).status_code == 403
    assert client.get(reverse("vouchers:window_of", args=[resident.pk])).status_code == 404
    client.force_login(a_person(Role.FINANCE, of=bureau))
    assert client.get(reverse("vouchers:window_of", args=[resident.pk])).status_code == 404


def test_the_window_costs_the_same_whatever_the_years(client, bureau, django_assert_max_num_queries):
    a_programme(a_budget_line(10_000_00, bureau=bureau))
    resident = a_resident(region=a_region())
    client.force_login(a_person(Role.COMMUNITY_WORKER, of=bureau))
    with django_assert_max_num_queries(60):
        assert client.get(reverse("vouchers:window_of", args=[resident.pk])).status_code == 200


def test_a_sponsor_tries_starts_issues_looks_and_changes(client, bureau):
    line = a_budget_line(100_000_00, bureau=bureau)
    counter = a_counter()
    officer, approver = a_person(Role.OFFICER, of=bureau), a_person(Role.APPROVER, of=bureau)
    for years in (81, 84, 92):
        a_resident(age=years, region=a_region())
    client.force_login(officer)
    today = clock.today()
    client.post(
        reverse("vouchers:add_programme"),
        {"code": "aged", "name": "高龄分档券", "budget_line": line.pk, "region": bureau.region.pk, "basis": "tiers",
         "monthly_amount": "50", "minimum_age": "80", "starts_on": today.replace(day=1).isoformat(),
         "ends_on": today.replace(year=today.year + 1, month=12, day=31).isoformat(), "categories": ["home-care"],
         "tier_1_age": "90", "tier_1_amount": "120", "tier_2_age": "80", "tier_2_amount": "60"},
    )  # fmt: skip
    programme = Programme.objects.get(code="aged")
    assert programme.tiers.count() == 2
    page = client.get(reverse("vouchers:trial", args=["aged"]))
    assert page.context["trial"].all.residents == 4 and "¥300.00" in text(page)
    client.force_login(approver)
    client.post(reverse("vouchers:start_programme", args=["aged"]))

    page = client.get(reverse("vouchers:issuing"))
    assert [(state.waiting, state.needed) for state in page.context["states"]] == [(4, 300_00)]
    client.post(reverse("vouchers:issuing"))
    page = client.get(reverse("vouchers:issuing"))
    assert page.context["served"] == page.context["entitled"] == 4

    client.force_login(officer)
    trial = reverse("vouchers:trial", args=["aged"])
    proposal = {
        "basis": "flat", "monthly_amount": "70", "minimum_age": "86",  # who is 84 this month may be 85 in the next
        "from_month": f"{next_month(first_of_month(today)):%Y-%m}",
    }  # fmt: skip
    tried = client.post(trial, proposal | {"try": ""})
    found = tried.context["comparison"]
    assert (found.before.residents, found.after.residents, found.lost.residents) == (4, 2, 2)
    assert not ProgrammeChange.objects.exists()
    assert client.post(trial, proposal | {"propose": ""}).status_code == 422  # why?
    assert client.post(trial, proposal | {"propose": "", "reason": "聚焦高龄"}).status_code == 302
    change = ProgrammeChange.objects.get()
    client.force_login(approver)
    decide = reverse("vouchers:decide_change", args=["aged", change.pk])
    read = text(client.get(decide))
    assert "聚焦高龄" in read and "¥50.00" in read and "¥70.00" in read and "7000" not in read
    client.post(decide, {"approve": ""})
    assert ProgrammeChange.objects.get().state == "approved"

    never = client.get(reverse("vouchers:never_spent", args=["aged"]))
    assert never.context["count"] == 4
    listed = client.post(reverse("vouchers:outreach", args=["aged"]), {"purpose": "中秋走访"})
    assert counter.resident.name in listed.content.decode() and listed["Cache-Control"] == "no-store"
    assert RecordView.objects.filter(purpose="中秋走访").count() == 4


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_the_figures_add_up_and_few_people_are_hidden(client, prefix):
    counter = a_counter()
    for _number in range(11):
        a_resident(region=a_region())
    issue_month(counter.programme, clock.today(), by=service_user("tests"))
    redeem(counter.provider, **counter.request(amount=20_00))
    client.force_login(a_person(Role.OFFICER, of=counter.bureau))
    address = f"{prefix}/desk/vouchers/figures/"
    page = client.get(address)
    figures = page.context["figures"]
    assert figures["sums"]["granted"] == 12 * 80_00 and figures["sums"]["spent"] == 20_00
    assert [row["is_hidden"] for row in figures["towns"]] == [True] and figures["is_total_hidden"]
    assert "¥20.00" not in text(page) and "¥960.00" not in text(page)
    empty = client.get(f"{address}?year=abc")
    assert empty.status_code == 200


def test_a_provider_sees_no_figures(client):
    counter = a_counter()
    client.force_login(counter.staff)
    assert client.get(reverse("vouchers:figures")).status_code == 403
    assert client.get(reverse("vouchers:issuing")).status_code == 403
    assert client.get(reverse("vouchers:never_spent", args=[counter.programme.code])).status_code == 404
