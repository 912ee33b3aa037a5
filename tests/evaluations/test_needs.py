"""Needs and supply: right sums, nothing about few people, as many statements for one community as for fifty."""

import datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evaluations.needs import draw_map, overview
from marketplace.directory.actions import open_point
from marketplace.parties.actions import locate_regions, service_user
from marketplace.parties.models import Organisation, Role
from tests.given.consultations import a_community
from tests.given.people import a_bureau, a_person, a_region, an_organisation
from tests.given.residents import a_resident, an_assessment

pytestmark = pytest.mark.django_db
TOWN = "320585100"


def a_point(organisation: Organisation, region, places: int | None = 20, **more):
    return open_point(
        organisation,
        name=f"{region.name}站",
        region=region,
        address="路1号",
        places=places,
        opens_at=datetime.time(8),
        closes_at=datetime.time(17, 30),
        by=service_user("tests"),
        **more,
    )


def row_of(found, region):
    return next(row for row in found.rows if row.region == region)


def test_the_sums_of_a_community():
    urban, rural = a_community("德兴社区", 13), a_community("电站村", 203, is_rural=True)
    people = [a_resident(86, region=urban) for _number in range(3)] + [a_resident(70, region=urban)]
    by_name = a_resident(90, region=a_region(), community="德兴社区")  # the register knows the town and a name
    unknown = a_resident(90, region=a_region(), community="没有这个社区")
    an_assessment(people[0], 60)
    an_assessment(people[1], 85)  # mild: no need in this sense
    provider = an_organisation(region=a_region())
    a_point(provider, urban)
    a_point(provider, urban, places=None)
    found = overview(TOWN, for_public=False)
    row = row_of(found, urban)
    assert (row.residents, row.aged, row.need) == (5, 4, 1)
    assert (row.points, row.places, row.hours, row.gap) == (2, 20, 2 * 47, -19)
    assert (row.organisations, row.goal, row.missing_organisations) == (1, 10, 9)
    assert row_of(found, rural).goal == 5 and row_of(found, rural).residents == 0
    assert row_of(found, unknown.region).residents == 1 and by_name.region == unknown.region
    town_side, village_side = found.sides
    assert (town_side.communities, town_side.organisations, town_side.each) == (1, 1, Decimal("1.0"))
    assert (village_side.communities, village_side.people["residents"]) == (1, 0)


def test_few_people_are_hidden_and_can_not_be_worked_out():
    full, few, some = (a_community(f"社区{number}", number) for number in (1, 2, 3))
    for region, count in ((full, 20), (few, 2), (some, 11)):
        for _number in range(count):
            a_resident(86, region=region)
    public, own = overview(TOWN, for_public=True), overview(TOWN, for_public=False)
    assert [row_of(own, one).aged for one in (full, few, some)] == [20, 2, 11]
    assert [row_of(public, one).aged for one in (full, few, some)] == [20, None, None]
    assert public.sides[0].people["aged"] == 33  # two are hidden: neither can be had as the rest
    for _number in range(5):
        a_resident(86, region=a_community("电站村", 203, is_rural=True))
    rural = overview(TOWN, for_public=True).sides[1]
    assert rural.people["aged"] is None and rural.gap == 0


def test_pages_files_and_who_sees_all(client):
    region = a_community()
    for _number in range(3):
        a_resident(86, region=region)
    bureau = a_bureau()
    a_point(an_organisation(), region)
    locate_regions({region.pk: (Decimal("31.45"), Decimal("121.10"))}, by=service_user("tests"))
    page = reverse("evaluations:needs")
    for address in (page, "/en" + page, page + "?order=place&side=urban&town=320585100000", page + "?order=nonsense"):
        shown = client.get(address)
        assert shown.status_code == 200 and "德兴社区" in shown.content.decode()
    table = client.get(page + "?format=csv").getvalue().decode("utf-8-sig")
    assert "德兴社区" in table and "隐藏" in table
    desk = reverse("evaluations:needs_desk")
    assert client.get(desk).status_code == 302
    client.force_login(a_person(Role.OWNER, of=an_organisation()))
    assert client.get(desk).status_code == 403
    client.force_login(a_person(Role.OFFICER, of=bureau))
    assert client.get(desk).status_code == 200
    assert "隐藏" not in client.get(desk + "?format=csv").getvalue().decode("utf-8-sig")


def test_the_map_has_what_has_coordinates():
    one, other = a_community("甲社区", 1), a_community("乙社区", 2)
    assert draw_map(overview(TOWN, for_public=True)) is None
    locate_regions({one.pk: (Decimal("31.46"), Decimal("121.10"))}, by=service_user("tests"))
    a_point(an_organisation(), other, lat=Decimal("31.45"), lng=Decimal("121.12"))
    drawn = draw_map(overview(TOWN, for_public=True))
    assert len(drawn.marks) == len(drawn.spots) == 1 and drawn.without == 1
    assert drawn.marks[0].y < drawn.spots[0].y and drawn.marks[0].x < drawn.spots[0].x  # north above, west left


def test_as_many_statements_for_one_as_for_many():
    def statements() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            overview(TOWN, for_public=True)
        return len(seen)

    a_resident(86, region=a_community("社区0", 20))
    before = statements()
    for number in range(1, 9):
        region = a_community(f"社区{number}", 20 + number)
        an_assessment(a_resident(86, region=region), 60)
        a_point(an_organisation(), region)
    assert statements() == before <= 18


def test_many_places_stand_on_pages_and_the_map_names_their_town(client):
    for number in range(30):
        region = a_community(f"第{number:02}社区", 20 + number)
    locate_regions({region.pk: (Decimal("31.46"), Decimal("121.10"))}, by=service_user("tests"))
    address = reverse("evaluations:needs")
    first, second = (client.get(f"{address}?order=place&page={page}") for page in (1, 2))
    assert (len(first.context["rows"]), len(second.context["rows"])) == (25, 5)
    assert "第00社区" in first.content.decode() and "第29社区" in second.content.decode()
    assert 'href="?town=320585100000#communities"' in first.content.decode()
    assert "共30" in first.content.decode()


def test_places_to_spare_are_not_a_lack_below_nought(client):
    region = a_community()
    a_point(an_organisation(), region, places=20)
    row = row_of(overview(TOWN, for_public=True), region)
    assert (row.gap, row.spare) == (-20, 20)
    page = client.get(reverse("evaluations:needs")).content.decode()
    assert "富余20" in page and "-20" not in page
