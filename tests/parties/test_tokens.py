"""A token ends: on its last day, with the password, with the account, with the last role."""

import datetime

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from marketplace.audit.models import Entry
from marketplace.pages import clock
from marketplace.parties.actions import (
    change_password,
    close_account,
    end_membership,
    grant_role,
    issue_token,
    remind_of_tokens,
    reset_password,
)
from marketplace.parties.models import ApiToken, Role
from marketplace.parties.queries import token_holder, waiting_for
from tests.given.people import PASSWORD, a_person, an_organisation

pytestmark = pytest.mark.django_db
NEW = "three quiet rivers 5"
DAY = datetime.timedelta(days=1)


@pytest.fixture
def provider():
    return an_organisation()


@pytest.fixture
def person(provider):
    return a_person(Role.OWNER, Role.COUNTER, of=provider)


@pytest.fixture
def token(provider, person):
    """(the row, what the program sends)"""
    return issue_token("柜台", provider, by=person)


def ask(client, secret):
    return client.get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"}).status_code


def test_it_works_through_its_last_day(client, token):
    held, secret = token
    assert held.expires_on == clock.today() + 365 * DAY, "rule account.token_period"
    with clock.pretend(clock.at_hour(held.expires_on, 23, 59)):
        assert ask(client, secret) == 200
    with clock.pretend(clock.at_hour(held.expires_on + DAY, 0)):
        assert ask(client, secret) == 401


def test_the_counter_s_door_remembers_a_token_no_longer_than_its_last_day(client, provider, token, monkeypatch):
    """The door of the counter knows a token for the rest of the day: the last day must not be forgotten over it."""
    held, secret = token
    headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": "k1"}

    def pay():
        body = {"card": "8632000000000009", "pin": "1", "service": str(provider.pk), "amount": 1_00}
        answer = client.post("/api/v1/vouchers/redemptions", body, content_type="application/json", headers=headers)
        return answer.status_code

    for day, found in ((held.expires_on, {403, 422}), (held.expires_on + DAY, {401})):
        moment = clock.at_hour(day, 12)
        monkeypatch.setattr(timezone, "now", lambda moment=moment: moment)
        with clock.pretend(moment):
            assert {pay(), pay()} <= found, day


@pytest.mark.parametrize("way", ["changed", "reset", "closed"])
def test_all_go_with_the_password_and_the_account(client, provider, person, token, way):
    _held, secret = token
    _own, other = issue_token("自己的", None, by=person)
    assert ask(client, secret) == ask(client, other) == 200
    if way == "changed":
        change_password(person, old=PASSWORD, password=NEW, by=person)
    elif way == "reset":
        from django.contrib.auth.tokens import default_token_generator  # noqa: PLC0415
        from django.utils.encoding import force_bytes  # noqa: PLC0415
        from django.utils.http import urlsafe_base64_encode  # noqa: PLC0415

        uid = urlsafe_base64_encode(force_bytes(person.pk))
        reset_password(uid, default_token_generator.make_token(person), password=NEW)
    else:
        operator = a_person(is_superuser=True)
        close_account(person, reason="离职", by=operator)
    assert ask(client, secret) == ask(client, other) == 401
    assert not person.bearer_tokens.live().exists()
    assert Entry.objects.filter(event="token.revoked").count() == 2


def test_a_refused_change_of_password_takes_no_token(client, person, token):
    client.force_login(person)
    client.post(reverse("parties:change_password"), {"old": "wrong", "password": NEW})
    assert ask(client, token[1]) == 200


def test_the_last_role_takes_them_for_good(provider, person, token):
    """Who leaves and comes back gives their programs new tokens: the old ones don't wake."""
    a_person(Role.OWNER, of=provider)
    manager = provider.memberships.exclude(user=person).get().user
    elsewhere, stays = issue_token("自己的", None, by=person)
    for role in (Role.OWNER, Role.COUNTER):
        assert token_holder(token[1]) is not None
        end_membership(person.memberships.live().get(role=role), by=manager)
    assert token_holder(token[1]) is None
    grant_role(person, provider, Role.COUNTER, by=manager)
    assert token_holder(token[1]) is None
    assert token_holder(stays) == elsewhere


def test_whose_token_ends_soon_is_told_once(client, person, token, django_capture_on_commit_callbacks):
    held, _secret = token
    with django_capture_on_commit_callbacks(execute=True):
        assert remind_of_tokens() == 0
    assert waiting_for(person, None) == []
    with clock.pretend(clock.at_hour(held.expires_on - 14 * DAY, 9)):
        for told in (1, 0):
            with django_capture_on_commit_callbacks(execute=True):
                assert remind_of_tokens() == told
        (letter,) = mail.outbox
        assert letter.to == [person.email] and "柜台" in letter.subject + letter.body
        (waiting,) = waiting_for(person, None)
        assert waiting.due == held.expires_on and "柜台" in waiting.text


def test_the_page_says_until_when_and_what_is_over(client, person, token):
    held, _secret = token
    client.force_login(person)
    page = client.get(reverse("parties:tokens")).content.decode()
    assert held.expires_on.isoformat() in page and "已到期" not in page
    with clock.pretend(clock.at_hour(held.expires_on + DAY, 9)):
        assert "已到期" in client.get(reverse("parties:tokens")).content.decode()
    assert ApiToken.objects.get() == held
