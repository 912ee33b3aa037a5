"""Bearer tokens, idempotency keys, problem details: through a router of the test's own and through /api/v1/me."""

import threading

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.http import Http404
from django.test import Client
from ninja import Router, Schema

from config.api import api
from marketplace.parties.actions import end_membership, issue_token, revoke_token
from marketplace.parties.api import Problem, bearer, idempotent
from marketplace.parties.models import ApiAnswer, Membership, Region, Role
from tests.given.people import a_person, an_organisation

pytestmark = pytest.mark.django_db
router = Router(tags=["Test"])


class Place(Schema):
    code: str
    name: str


@router.post("/places", auth=bearer, response={201: Place})
@idempotent
def make_place(request, place: Place):
    if place.name == "problem":
        raise Problem("overdrawn", "20.00 left", balance=2000)
    Region.objects.create(code=place.code, name=place.name, level="town")
    if place.name == "refused":
        raise ValidationError({"name": ValidationError("No such name.", code="no_name")})
    if place.name == "forbidden":
        raise PermissionDenied
    if place.name == "nowhere":
        raise Http404
    return 201, place


api.add_router("/test", router)


def a_token(user=None, organisation=None):
    user = user or a_person()
    return issue_token("test", organisation, by=user)[1]


def post(client, token, body, key="k1"):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if key:
        headers["Idempotency-Key"] = key
    return client.post("/api/v1/test/places", body, content_type="application/json", headers=headers)


BODY = {"code": "320585199000", "name": "新镇"}


def test_me_tells_roles_and_organisations(client):
    provider = an_organisation()
    user = a_person(Role.COUNTER, of=provider)
    answer = client.get("/api/v1/me", headers={"Authorization": f"Bearer {a_token(user, provider)}"})
    assert answer.status_code == 200
    assert answer.json()["organisation"] == str(provider.pk)
    assert answer.json()["organisations"][0]["roles"] == ["counter"]


@pytest.mark.parametrize("header", [None, "Bearer nonsense", "Basic eDp5", "Bearer "])
def test_without_a_valid_token_401_as_a_problem(client, header):
    answer = client.get("/api/v1/me", headers={"Authorization": header} if header else {})
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["code"] == "unauthenticated"


def test_a_revoked_token_and_one_of_who_left_open_nothing(client):
    provider = an_organisation()
    user, keeper = a_person(Role.COUNTER, of=provider), a_person(Role.OWNER, of=provider)
    held, token = issue_token("till", provider, by=user)
    ask = lambda: client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code  # noqa: E731
    assert ask() == 200
    end_membership(Membership.objects.get(user=user), by=keeper)
    assert ask() == 401
    revoke_token(held, by=user)
    assert ask() == 401


def test_same_key_and_body_replays_another_body_conflicts(client):
    token = a_token()
    first, second = post(client, token, BODY), post(client, token, BODY)
    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    assert second["Idempotent-Replayed"] == "true"
    assert Region.objects.count() == 1
    other = post(client, token, BODY | {"code": "320585198000"})
    assert other.status_code == 409
    assert other.json()["code"] == "idempotency_conflict"
    assert post(client, a_token(), BODY | {"code": "320585198000"}).status_code == 201


def test_a_key_answers_for_one_organisation_only(client):
    """One person with tokens of two organisations: the second is not handed the first one's answer."""
    user, first, second = a_person(), an_organisation(), an_organisation()
    for organisation in (first, second):
        Membership.objects.create(user=user, organisation=organisation, role=Role.BIDDER)
    assert post(client, a_token(user, first), BODY).status_code == 201
    answer = post(client, a_token(user, second), BODY)
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_conflict")


def test_what_was_asked_is_not_to_be_guessed_from_what_is_kept(client, settings):
    """The digest lies beside the answer while a bid is still sealed: without the key no price can be tried on it."""
    token = a_token()
    post(client, token, BODY)
    kept = ApiAnswer.objects.get().digest
    ApiAnswer.objects.all().delete()
    Region.objects.filter(code=BODY["code"]).delete()
    settings.HASH_KEY = "another key that nobody has guessed so far"
    post(client, token, BODY)
    assert ApiAnswer.objects.get().digest != kept


def test_a_write_needs_a_key(client):
    answer = post(client, a_token(), BODY, key="")
    assert answer.status_code == 400
    assert answer.json()["code"] == "idempotency_key_missing"
    assert not Region.objects.exists()


def test_a_refusal_is_rolled_back_and_replayed(client):
    token = a_token()
    first = post(client, token, BODY | {"name": "refused"})
    assert first.status_code == 422
    assert first.json()["code"] == "no_name"
    assert first.json()["errors"][0]["field"] == "name"
    assert not Region.objects.exists()
    assert post(client, token, BODY | {"name": "refused"}).content == first.content


@pytest.mark.parametrize(("name", "status"), [("forbidden", 403), ("nowhere", 404)])
def test_what_is_forbidden_or_absent_leaves_the_key_free(client, name, status):
    answer = post(client, a_token(), BODY | {"name": name})
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert not ApiAnswer.objects.exists()
    assert not Region.objects.exists()


def test_a_problem_carries_its_own_members(client):
    answer = post(client, a_token(), BODY | {"name": "problem"})
    assert answer.status_code == 422
    assert (answer.json()["code"], answer.json()["balance"]) == ("overdrawn", 2000)


def test_an_unreadable_body_says_where(client):
    answer = post(client, a_token(), {"code": 1})
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_request"
    assert {error["field"] for error in answer.json()["errors"]} >= {"body.place.name"}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's writers are serial")
def test_fifty_at_once_with_one_key_have_one_effect():
    token = a_token()
    answers = []

    def call():
        answers.append(post(Client(), token, BODY))
        connection.close()

    threads = [threading.Thread(target=call) for _n in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert Region.objects.count() == 1


def test_the_description_and_its_page_come_from_here(client):
    assert client.get("/api/v1/openapi.json").json()["openapi"].startswith("3.")
    page = client.get("/api/v1/docs")
    assert page.status_code == 200
    assert "https://" not in page.content.decode()
    assert "unsafe-inline" not in page["Content-Security-Policy"]
