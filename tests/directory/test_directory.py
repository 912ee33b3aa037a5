"""What the public finds, and HSDS."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from marketplace.directory.actions import accredit_provider, list_service, rate_provider, withdraw_service
from marketplace.parties.actions import service_user
from marketplace.parties.models import Role
from tests.given.directory import a_category, a_point, a_provider, a_service
from tests.given.people import a_bureau, a_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider():
    provider = a_provider(name="怡安养老服务中心", name_en="Yi'an Care")
    point = a_point(provider)
    a_service(provider, category="bath", name="助浴（到点）", price=80_00, point=point)
    return provider


def rate(provider, score=92):
    return rate_provider(
        provider,
        grade="excellent",
        score=score,
        evaluated_on=datetime.date(2026, 9, 1),
        source="公正评估中心",
        title="2026 年居家养老服务",
        by=service_user("tests"),
    )


@pytest.mark.parametrize("words", ["助浴", "怡安", "城厢"])
def test_two_characters_find_the_provider(client, provider, words):
    a_service(a_provider(name="别的机构"), category="meal", name="午餐", price=15_00)
    page = client.get("/providers/", {"q": words}).content.decode()
    assert "怡安养老服务中心" in page
    assert ("别的机构" in page) == (words == "城厢")


def test_the_grade_shows_with_its_source(client, provider):
    rate(provider)
    page = client.get(f"/providers/{provider.uscc}/").content.decode()
    assert "优秀" in page and "公正评估中心" in page and "2026-09-01" in page and "80.00" in page
    assert "Excellent" in client.get(f"/en/providers/{provider.uscc}/").content.decode()
    assert client.get("/services/", {"price": "50"}).content.decode().count("助浴（到点）") == 0


def test_only_its_own_people_change_the_list(provider):
    owner = a_person(Role.OWNER, of=provider)
    service = list_service(provider, category=a_category("meal"), name="午餐", price=15_00, by=owner)
    with pytest.raises(PermissionDenied):
        withdraw_service(service, by=a_person(Role.OWNER, of=a_provider()))
    with pytest.raises(ValidationError):
        list_service(provider, category=a_category("meal"), name="午餐", price=0, by=owner)
    withdraw_service(service, by=owner)
    with pytest.raises(ValidationError) as refusal:
        withdraw_service(service, by=owner)
    assert refusal.value.code == "withdrawn"


def test_accreditation_is_renewed_and_not_doubled(provider):
    for year in (2026, 2027):
        accredit_provider(
            provider,
            "silver-80",
            valid_from=datetime.date(year, 1, 1),
            valid_to=datetime.date(year, 12, 31),
            by=service_user("tests"),
        )
    assert provider.accreditations.get().valid_to == datetime.date(2027, 12, 31)


def test_the_providers_pages(client, provider):
    owner = a_person(Role.OWNER, of=provider)
    client.force_login(owner)
    assert client.get(reverse("directory:mine")).status_code == 200
    form = {"category": "meal", "name": "晚餐", "unit": "meal", "price": "14"}
    assert client.post(reverse("directory:add_service"), form).status_code == 302
    assert client.post(reverse("directory:add_service"), form | {"price": "-1"}).status_code == 422
    client.force_login(a_person())
    assert client.get(reverse("directory:mine")).status_code == 404


def test_hsds(client, provider):
    listed = client.get("/hsds/services").json()
    assert listed["total_items"] == 1 and listed["last_page"] is True
    service = client.get(f"/hsds/services/{listed['contents'][0]['id']}").json()
    assert service["service_at_locations"][0]["location"]["addresses"][0]["country"] == "CN"
    assert service["cost_options"][0]["amount"] == 80
    assert client.get("/hsds/organizations").json()["contents"][0]["name"] == provider.name
    assert client.get("/hsds/service_at_locations?full=true").status_code == 200
    assert client.get("/hsds/services/00000000-0000-0000-0000-000000000000").status_code == 404


def test_the_list_costs_the_same_for_one_and_for_many(client, provider, django_assert_max_num_queries):
    for _number in range(8):
        a_service(a_provider())
    with django_assert_max_num_queries(25):
        client.get("/providers/")


def test_the_pages_of_a_service_are_its_provider_s(client):
    """The question alone, asked of anybody about anything, would tell that the address means something."""
    provider, other = a_provider(), a_provider()
    owner, stranger = a_person(Role.OWNER, of=provider), a_person(Role.OWNER, of=other)
    service = a_service(provider)
    for name in ("change_service", "withdraw_service", "relist_service"):
        address = reverse(f"directory:{name}", args=[service.pk])
        client.logout()
        assert client.get(address).status_code == 302
        for person in (stranger, a_person(), a_person(Role.OFFICER, of=a_bureau())):
            client.force_login(person)
            assert (client.get(address).status_code, client.post(address).status_code) == (404, 404), name
        client.force_login(owner)
        assert client.get(address).status_code == 200
        assert client.get(reverse(f"directory:{name}", args=[provider.pk])).status_code == 404
    service.refresh_from_db(fields=["name"])
    assert type(service).objects.get(pk=service.pk).state == "listed"
