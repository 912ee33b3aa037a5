import json

import pytest
from django.test import Client

from marketplace.audit.actions import record, seal
from marketplace.audit.heads import read_head
from marketplace.audit.queries import history
from marketplace.parties.models import Organisation, Role
from tests.given.people import a_person, an_organisation

pytestmark = pytest.mark.django_db


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, backend="marketplace.parties.backends.PhoneOrEmailBackend")
    return client


def an_auditor():
    return a_person(Role.AUDITOR, of=an_organisation(Organisation.Kind.AUDIT), name="钱审计")


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_anyone_may_read_the_proof_and_keep_the_head(client, prefix):
    record("tender.published", a_person(), by=None)
    assert client.get(f"{prefix}/audit/head.json").status_code == 404
    seal()

    assert client.get(f"{prefix}/audit/").status_code == 200
    head = read_head(client.get(f"{prefix}/audit/head.json").content)
    assert head.size_of("audit") >= 1
    assert json.loads(head.as_bytes())["city"]


def test_the_trail_is_for_auditors_and_the_operator(client):
    assert client.get("/audit/trail/").status_code == 302
    assert signed_in(a_person()).get("/audit/trail/").status_code == 403
    assert signed_in(a_person(is_superuser=True)).get("/audit/trail/").status_code == 200
    assert signed_in(an_auditor()).get("/audit/trail/").status_code == 200


def test_the_trail_filters_and_exports():
    person = a_person(name="赵小明")
    record("bid.awarded", person, by=person, amount=100)
    record("contract.signed", person, by=None)
    client = signed_in(an_auditor())

    page = client.get("/en/audit/trail/?event=award").content.decode()
    assert "Bid: awarded" in page and "Contract: signed" not in page
    page = client.get("/en/audit/trail/?actor=赵小").content.decode()
    assert "Bid: awarded" in page and "Contract: signed" not in page
    assert "Bid: awarded" not in client.get("/en/audit/trail/?until=2020-01-01").content.decode()
    assert client.get(f"/audit/trail/?subject={person.pk}&since=nonsense").status_code == 200
    export = client.get("/audit/trail/?format=csv&event=bid.awarded")
    assert "bid.awarded" in b"".join(export).decode("utf-8-sig")


def test_the_history_of_a_subject_names_people_in_one_query(django_assert_num_queries):
    person = a_person(name="赵小明")
    record("bid.awarded", person, by=person)
    record("bid.sealed", person, by=None)
    with django_assert_num_queries(1):
        events = history(person)
    assert len(events) == 2
    assert events[1].by == "赵小明"


def test_the_list_takes_as_many_queries_for_many_rows(django_assert_max_num_queries):
    person = a_person()
    for _number in range(30):
        record("bid.awarded", person, by=person)
    client = signed_in(an_auditor())
    with django_assert_max_num_queries(14):
        client.get("/audit/trail/")
