"""The file of a contract: fifteen years, whole, with digests; for its sides and auditors, and nobody else."""

import csv
import datetime
import hashlib
import io
import zipfile

import pytest
from django.db.models import ProtectedError
from django.urls import reverse

from contracts import actions
from contracts.models import Contract
from marketplace.audit.models import Entry
from marketplace.parties.models import Organisation, Role
from tests.given.contracts import a_contract_in_force, a_paid_delivery, again, at
from tests.given.people import a_person, an_organisation

pytestmark = pytest.mark.django_db


def ended() -> Contract:
    contract = a_contract_in_force()
    a_paid_delivery(contract)
    with at(contract, 50):
        actions.terminate_contract(contract, reason="协商终止", by=contract.cast.officer)
    return again(contract)


def unzipped(answer) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))


def test_everything_is_in_it_with_its_digest(client):
    contract = ended()
    client.force_login(contract.cast.officer)
    url = reverse("contracts:archive", args=[contract.number])
    assert url in client.get(contract.get_absolute_url()).content.decode()
    archive = unzipped(client.get(url))
    listed = list(csv.reader(io.StringIO(archive.read("目录.csv").decode("utf-8-sig"))))[1:]
    assert len(listed) == 3, "contract, statement, evidence"
    for name, _what, digest in listed:
        assert hashlib.sha256(archive.read(name)).hexdigest() == digest
    with contract.paper.file.open("rb") as file:
        assert file.read() in [archive.read(name) for name, *_rest in listed]
    postings = archive.read("资金流水.csv").decode("utf-8-sig")
    assert contract.number in postings and len(postings.splitlines()) >= 5
    assert Entry.objects.filter(event="contract.downloaded").count() == 1


def test_it_is_the_same_for_readers_of_either_language(client):
    contract = ended()
    client.force_login(contract.cast.officer)
    path = reverse("contracts:archive", args=[contract.number])
    chinese, english = (unzipped(client.get(f"{prefix}{path}")) for prefix in ("", "/en"))
    assert chinese.namelist() == english.namelist()
    for name in chinese.namelist():
        assert chinese.read(name) == english.read(name), name


def test_fifteen_years_and_nothing_of_it_can_be_deleted(client):
    contract = ended()
    today = contract.ended_at.date()
    assert contract.archive_until >= today.replace(year=today.year + 15) - datetime.timedelta(days=1)  # GPL 42
    with pytest.raises(ProtectedError):
        contract.delete()
    with pytest.raises(ProtectedError):
        contract.paper.delete()


def test_who_may_take_it(client):
    contract = ended()
    url = reverse("contracts:archive", args=[contract.number])
    assert client.get(url).status_code == 302
    client.force_login(a_person(Role.OFFICER, Role.OWNER, of=an_organisation()))
    assert client.get(url).status_code == 404
    for person in (contract.cast.provider, a_person(Role.AUDITOR, of=an_organisation(Organisation.Kind.AUDIT))):
        client.force_login(person)
        assert client.get(url).status_code == 200
