"""Behind a proxy the clients don't share one lock, and nobody writes an address of their own choice."""

import pytest
from axes.models import AccessAttempt
from django.test import Client

from tests.given.people import PASSWORD, a_person

pytestmark = pytest.mark.django_db
PROXY, HERE, THERE = "10.0.0.7", "203.0.113.5", "203.0.113.9"


def knock(name, password="wrong", *, heard=None, peer=PROXY):
    headers = {"X-Forwarded-For": heard} if heard else {}
    return (
        Client()
        .post("/sign-in/", {"username": name, "password": password}, headers=headers, REMOTE_ADDR=peer)
        .status_code
    )


@pytest.fixture
def proxied(settings):
    settings.TRUSTED_PROXIES = ["10.0.0.0/8", "fd00::/8"]
    settings.AXES_FAILURE_LIMIT = 3


def test_one_who_guesses_locks_nobody_else_out(proxied):
    user = a_person()
    assert [knock(user.email, heard=HERE) for _try in range(3)] == [422, 422, 429]
    assert knock(user.email, PASSWORD, heard=HERE) == 429
    assert knock(user.email, PASSWORD, heard=THERE) == 302


def test_what_the_client_wrote_itself_is_no_new_address(proxied):
    user = a_person()
    tries = [knock(user.email, heard=f"198.51.100.{number}, {HERE}") for number in range(3)]
    assert tries[-1] == 429
    assert set(AccessAttempt.objects.values_list("ip_address", flat=True)) == {HERE}


def test_a_chain_of_our_own_proxies(proxied):
    knock("nobody@example.org", heard=f"{THERE}, {HERE}, 10.0.0.9")
    knock("nobody@example.org", heard=f"{HERE}, fd00::9")
    assert set(AccessAttempt.objects.values_list("ip_address", flat=True)) == {HERE}


@pytest.mark.parametrize(("heard", "kept"), [("nonsense", PROXY), ("", PROXY), (f"{HERE}, unknown", PROXY)])
def test_what_is_no_address_is_not_believed(proxied, heard, kept):
    knock("nobody@example.org", heard=heard)
    assert AccessAttempt.objects.get().ip_address == kept


def test_nobody_but_a_proxy_is_believed(proxied):
    knock("nobody@example.org", heard=HERE, peer=THERE)
    assert AccessAttempt.objects.get().ip_address == THERE


def test_without_a_proxy_the_header_is_nothing(settings):
    assert settings.TRUSTED_PROXIES == []
    knock("nobody@example.org", heard=HERE, peer=THERE)
    assert AccessAttempt.objects.get().ip_address == THERE
