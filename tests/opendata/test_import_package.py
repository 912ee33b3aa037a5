"""Open data of others comes in whole, once, with every field that can't be read named."""

import copy
import io
import json

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from marketplace.opendata import queries
from marketplace.opendata.actions import NotAPackage, import_package
from marketplace.opendata.actions.importing import preview_package
from marketplace.opendata.models import (
    ImportedAward,
    ImportedContract,
    ImportedPackage,
    ImportedProcess,
    ImportedRelease,
    ImportedTransaction,
)
from tests.given.opendata import require_shared
from tests.given.people import a_person

BACKEND = "marketplace.parties.backends.PhoneOrEmailBackend"
pytestmark = pytest.mark.django_db

RELEASE = {
    "ocid": "ocds-abc123-1",
    "id": "1",
    "date": "2025-01-01T10:00:00+01:00",
    "tag": ["award"],
    "language": "en",
    "parties": [{"id": "B", "name": "A Council", "roles": ["buyer"]}, {"id": "S", "name": "Good Care Ltd"}],
    "buyer": {"id": "B"},
    "tender": {
        "id": "t",
        "title": "Home care",
        "status": "complete",
        "value": {"amount": 1018044.14, "currency": "GBP"},
        "tenderPeriod": {"endDate": "2024-12-01T12:00:00Z"},
        "suitability": {"sme": True},
    },
    "awards": [{"id": "a", "suppliers": [{"id": "S"}], "value": {"amount": 1000, "currency": "JPY"}}],
    "contracts": [
        {
            "id": "c",
            "awardID": "a",
            "implementation": {
                "transactions": [
                    {
                        "id": "x",
                        "date": "2025-02-01",
                        "amount": {"amount": 10.5, "currency": "KWD"},
                        "receiverOrganization": {"id": "S", "legalName": "Good Care Ltd"},
                    }
                ]
            },
        }
    ],
}


def package(*releases, **frame) -> bytes:
    content = {"uri": "https://example.org/p", "version": "1.1", "publisher": {"name": "A Publisher"}} | frame
    return json.dumps(content | {"releases": list(releases)}).encode()


def take(content: bytes):
    return import_package(content, file_name="p.json", by=None)


def test_columns_hold_what_the_release_says():
    report = take(package(RELEASE, license="https://example.org/licence"))

    process = ImportedProcess.objects.get()
    assert report.counts == {"new": 1} and report.issues == 0
    assert (process.title, process.buyer, process.publisher) == ("Home care", "A Council", "A Publisher")
    assert (process.amount, process.currency, process.money) == (101804414, "GBP", "GBP 1,018,044.14")
    assert process.stage == "implementation" and process.bids_due_at.isoformat() == "2024-12-01T12:00:00+00:00"
    award = ImportedAward.objects.get()
    assert (award.suppliers, award.amount, award.money) == ("Good Care Ltd", 1000, "JPY 1,000")
    paid = ImportedTransaction.objects.get()
    assert (paid.amount, paid.money, paid.payee) == (10500, "KWD 10.500", "Good Care Ltd")
    assert ImportedContract.objects.get().award_id == "a"


def test_a_licence_that_is_no_web_address_becomes_no_link():
    take(package(RELEASE, license="javascript:alert(1)"))
    stored = ImportedPackage.objects.get()
    assert stored.license == "" and stored.frame["license"] == "javascript:alert(1)"


def test_nothing_is_lost():
    report = take(package(RELEASE, custom={"x": [1]}))

    assert json.loads(ImportedRelease.objects.get().original) == RELEASE
    assert ImportedPackage.objects.get().frame["custom"] == {"x": [1]}
    assert report.kept["tender/suitability/sme"] == 1


def test_the_same_again_is_unchanged_and_a_change_is_seen():
    take(package(RELEASE))
    assert take(package(RELEASE)).counts == {"unchanged": 1}
    assert ImportedPackage.objects.count() == 1

    changed = copy.deepcopy(RELEASE)
    changed["tender"]["title"] = "Home care and more"
    assert take(package(changed)).counts == {"changed": 1}
    assert ImportedProcess.objects.get().title == "Home care and more"
    assert (ImportedAward.objects.count(), ImportedTransaction.objects.count()) == (1, 1)


def test_what_a_later_release_leaves_out_stays():
    take(package(RELEASE))
    later = {"ocid": RELEASE["ocid"], "id": "2", "date": "2025-03-01T00:00:00Z", "tag": ["contractUpdate"],
             "contracts": [{"id": "c", "status": "terminated"}]}  # fmt: skip
    take(package(later))
    contract = ImportedContract.objects.get()
    assert (contract.status, contract.award_id) == ("terminated", "a")
    assert ImportedTransaction.objects.count() == ImportedAward.objects.count() == 1
    process = ImportedProcess.objects.get()
    assert (process.title, process.stage) == ("Home care", "implementation")


def test_an_older_release_does_not_overwrite_a_newer():
    take(package(RELEASE))
    take(package(RELEASE | {"id": "0", "date": "2024-01-01T00:00:00Z", "tender": {"title": "Old"}, "awards": []}))
    process = ImportedProcess.objects.get()
    assert process.title == "Home care" and process.releases.count() == 2


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"date": "last week"}, "date"),
        ({"tender": {"title": "x", "value": {"amount": 5}}}, "tender/value/currency"),
        ({"tender": {"title": "x", "value": {"amount": "much", "currency": "GBP"}}}, "tender/value/amount"),
        ({"tender": {"title": "x", "value": {"amount": 1e30, "currency": "GBP"}}}, "tender/value/amount"),
        ({"tender": ["x"]}, "tender"),
        ({"awards": [{"id": "a", "suppliers": [{"id": "Q"}]}]}, "awards/0/suppliers/0"),
        ({"awards": "none"}, "awards"),
        ({"contracts": [{"id": "c", "dateSigned": "31/12/2020"}]}, "contracts/0/dateSigned"),
    ],
)
def test_what_cannot_be_read_is_named_and_kept(change, path):
    report = take(package(RELEASE | change))

    assert path in [issue[0] for issue in report.outcomes[0].issues]
    kept = ImportedRelease.objects.get()
    assert path in [issue[0] for issue in kept.issues]
    assert json.loads(kept.original)[next(iter(change))] == next(iter(change.values()))


def test_a_package_with_an_unreadable_release_is_refused_whole():
    report = take(package(RELEASE, {"id": "no ocid"}, "text"))

    assert report.counts == {"new": 1, "unreadable": 2}
    assert not ImportedProcess.objects.exists()


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"{}", b'{"releases": {}}', b'{"releases": []}', b"\xff\xfe", b'{"releases": [1,]}']
)
def test_what_is_not_a_package_is_said_clearly(content, tmp_path):
    with pytest.raises(NotAPackage):
        take(content)
    file = tmp_path / "bad.json"
    file.write_bytes(content)
    errors = io.StringIO()
    with pytest.raises(CommandError, match="1 of 1 not imported"):
        call_command("import_ocds", str(file), stderr=errors)
    assert "bad.json" in errors.getvalue()


def test_record_packages_too():
    content = json.dumps({"publisher": {"name": "P"}, "records": [{"ocid": "o-1", "compiledRelease": RELEASE}]})
    assert take(content.encode()).counts == {"new": 1}


def test_only_the_operator_imports():
    with pytest.raises(PermissionDenied):
        import_package(package(RELEASE), file_name="p.json", by=a_person())


def test_the_real_packages():
    files = sorted((require_shared() / "data").glob("*.json"))
    assert files
    for file in files:
        expected = len(json.loads(file.read_bytes())["releases"])
        report = take(file.read_bytes())
        assert not report.is_refused
        assert sum(report.counts.values()) == expected
        assert set(take(file.read_bytes()).counts) == {"unchanged"}
    assert ImportedRelease.objects.count() == 59
    # 184 are listed; later releases of a process tell the same payments again, under the same ids.
    assert ImportedTransaction.objects.count() == 70
    assert ImportedProcess.objects.filter(currency="GBP").exists()


def test_the_pages(client, django_assert_max_num_queries):
    take(package(RELEASE | {"awards": [{"id": "a", "date": "soon"}]}))
    process = ImportedProcess.objects.get()
    for prefix in ("", "/en"):
        with django_assert_max_num_queries(6):
            listed = client.get(f"{prefix}/imported/?q=home+care&publisher=A+Publisher&stage=implementation")
        assert "Home care" in listed.content.decode()
        assert "Home care" not in client.get(f"{prefix}/imported/?q=nursing").content.decode()
        with django_assert_max_num_queries(8):
            page = client.get(f"{prefix}/imported/{process.pk}/").content.decode()
        assert "GBP 1,018,044.14" in page and "awards/0/date" in page
    original = client.get(reverse("opendata:imported_original", args=[process.pk])).json()
    assert original["releases"][0]["tender"] == RELEASE["tender"]
    assert client.get("/imported/01890000-0000-7000-8000-000000000000/").status_code == 404


def test_the_operator_sees_what_will_happen_and_then_does_it(client):
    client.force_login(a_person(is_superuser=True, is_staff=True), backend=BACKEND)
    upload = {"file": SimpleUploadedFile("p.json", package(RELEASE), "application/json")}
    preview = client.post(reverse("opendata:import_upload"), upload)
    assert preview.status_code == 302
    assert "ocds-abc123-1" in client.get(preview.url).content.decode()
    assert not ImportedProcess.objects.exists()
    assert client.post(preview.url).status_code == 302
    assert ImportedProcess.objects.count() == 1

    wrong = client.post(reverse("opendata:import_upload"), {"file": SimpleUploadedFile("p.json", b'{"a": 1}')})
    assert wrong.status_code == 422
    client.force_login(a_person(), backend=BACKEND)
    assert client.get(reverse("opendata:import_upload")).status_code == 403


def test_a_preview_changes_nothing():
    assert preview_package(package(RELEASE)).counts == {"new": 1}
    assert not ImportedPackage.objects.exists()


def test_imported_tenders_for_the_lists_of_others():
    take(package(RELEASE))
    assert queries.imported_tenders("Home").count() == 1
    assert queries.imported_tenders("Home", stage="tender").count() == 0
