"""No link leads to a wall: what a person's pages offer opens for that person."""

import re
from collections import deque
from http import HTTPStatus

import pytest
from django.urls import reverse

from marketplace.pages import clock
from marketplace.parties.models import Organisation, Role, User
from marketplace.residents.actions import delegate_to
from marketplace.vouchers.actions import redeem, register_device
from tests.given.bookings import a_neighbour, an_opening
from tests.given.people import a_bureau, a_person, an_organisation
from tests.given.vouchers import Counter, a_counter

pytestmark = pytest.mark.django_db

LINK = re.compile(r'<a [^>]*href="(/[^"#]*)')
OURS = re.compile(r"/(my|counter|desk|applications)/")


@pytest.fixture
def counter() -> Counter:
    """A town where something has happened to everybody: paid, booked, helped, never spent, unlisted."""
    counter = a_counter(price=20_00)
    counter.resident.user = a_person()
    counter.resident.save(update_fields=["user"])
    a_neighbour(counter)
    redeem(counter.provider, **counter.request())
    an_opening(counter)
    register_device(counter.provider, name="前台", by=counter.staff)
    delegate_to(
        counter.resident,
        a_person(name="张小敏"),
        kind="relative",
        scope="act",
        consent_on=clock.today(),
        consent_note="本人签字",
        by=a_person(Role.COMMUNITY_WORKER, of=counter.bureau),
    )
    return counter


def who(name: str, counter: Counter) -> User:
    match name:
        case "resident":
            return counter.resident.user
        case "daughter":
            return User.objects.get(name="张小敏")
        case "counter":
            return counter.staff
        case "owner" | "finance":
            return a_person(Role(name), of=counter.provider)
        case "auditor":
            return a_person(Role.AUDITOR, of=an_organisation(Organisation.Kind.AUDIT))
        case "another bureau":
            return a_person(Role.OFFICER, of=a_bureau())
        case _:
            return a_person(Role(name), of=counter.bureau)


@pytest.mark.parametrize(
    "name",
    [
        "resident", "daughter", "counter", "owner", "finance", "auditor", "another bureau",
        "officer", "approver", "community_worker",
    ],
)  # fmt: skip
def test_every_link_opens(client, counter, name):
    client.force_login(who(name, counter))
    waiting = deque((reverse(home), "") for home in ("desk", "vouchers:my", "vouchers:counter", "vouchers:figures"))
    seen: set[str] = set()
    walls: list[str] = []
    while waiting:
        address, source = waiting.popleft()
        if address in seen:
            continue
        seen.add(address)
        answer = client.get(address)
        if answer.status_code >= HTTPStatus.BAD_REQUEST and source:
            walls.append(f"{source} → {address}: {answer.status_code}")
        if answer.status_code == HTTPStatus.OK and "html" in answer["Content-Type"]:
            page = answer.content.decode().partition("<main")[2].partition("</main")[0]
            waiting += [(link, address) for link in LINK.findall(page.replace("&amp;", "&")) if OURS.match(link)]
    assert not walls, "\n".join(walls)
    assert len(seen) > 5
