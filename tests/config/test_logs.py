"""A canary in every place where somebody types a secret: no log says it, whatever goes wrong."""

import json
import logging
import sys
from io import StringIO

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from marketplace.parties.actions import invite_colleague, issue_token
from marketplace.parties.models import Role
from marketplace.parties.tasks import invitation_link
from tests.given.people import PASSWORD, a_person, an_organisation
from tests.given.vouchers import PIN, a_counter

pytestmark = pytest.mark.django_db
PERSONAL_NUMBER, EMAIL, WORD = "320585194001012346", "canary@example.org", "canary three rivers 5"


@pytest.fixture
def written():
    """What the console's own handler writes, from INFO up."""
    root = logging.getLogger()
    handler = next(one for one in root.handlers if one.formatter.__class__.__name__ == "DiscreetFormatter")
    stream, level = StringIO(), root.level
    before = handler.setStream(stream)
    root.setLevel(logging.INFO)
    yield stream.getvalue
    root.setLevel(level)
    handler.setStream(before or sys.stderr)


def reset_path(user) -> str:
    from django.contrib.auth.tokens import default_token_generator  # noqa: PLC0415
    from django.utils.encoding import force_bytes  # noqa: PLC0415
    from django.utils.http import urlsafe_base64_encode  # noqa: PLC0415

    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return reverse("parties:reset_password", args=[uid, default_token_generator.make_token(user)])


def test_no_log_says_what_was_typed_or_what_opens_something(client, settings, written):
    settings.AXES_FAILURE_LIMIT = 3
    counter = a_counter()
    owner = a_person(Role.OWNER, of=counter.provider, phone="13877776666")
    owner.email = EMAIL
    owner.save()
    _held, token = issue_token("till", counter.provider, by=counter.staff)
    invitation = invitation_link(
        invite_colleague(counter.provider, contact="canary2@example.org", role="counter", by=owner)
    )
    reset = reset_path(owner)
    secrets = [EMAIL, "canary2@example.org", "13877776666", WORD, PASSWORD, PERSONAL_NUMBER, token, counter.card.number]
    secrets += [reset.split("/")[-2], invitation.split("/")[-2]]

    for _again in range(4):
        client.post("/sign-in/", {"username": EMAIL, "password": WORD})
    for door in ("/admin/login/", "/cms/login/"):
        client.post(door, {"username": "138 7777 6666", "password": WORD})
    client.post("/password/", {"contact": EMAIL})
    assert client.post(reset, {"password": "123"}).status_code == 422, "the link still opens"
    invited = invitation.removeprefix("http://127.0.0.1:8000")
    assert client.post(invited, {"name": "x", "password": "123"}).status_code == 422
    assert client.get(f"{invited}x").status_code in (404, 410)
    api = {"Authorization": f"Bearer {token}", "Idempotency-Key": PERSONAL_NUMBER}
    body = {"card": counter.card.number, "pin": "000111", "service": str(counter.service.pk), "amount": 1_00}
    for path in ("redemptions", "redemptions/nothing"):
        client.post(f"/api/v1/vouchers/{path}", json.dumps(body), content_type="application/json", headers=api)
    client.get(f"/api/v1/vouchers/cards/{counter.card.number[:-1]}0/balance", headers=api)
    client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}x"})
    client.get(f"/c/{counter.card.number}")
    client.force_login(a_person(Role.COMMUNITY_WORKER, of=an_organisation("bureau")))
    client.post("/desk/residents/new/", {"name": "王芳", "id_number": PERSONAL_NUMBER, "pin": PIN})
    Client(enforce_csrf_checks=True).post("/sign-in/", {"username": EMAIL, "password": WORD})

    text = written()
    assert text.count("WARNING") > 5, "the instrument hears"
    assert [secret for secret in secrets if secret in text] == []


def test_a_row_that_the_database_refuses_is_not_read_out(written):
    try:
        raise IntegrityError(f"duplicate key\nDETAIL:  Key (email)=({EMAIL}) already exists.\n")
    except IntegrityError:
        logging.getLogger("django.request").exception("Internal Server Error: /account/")
    assert EMAIL not in written() and "duplicate key" in written()
