"""Who reads which version of a tender's file: what was replaced while it was a draft never left the buyer's desk."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from marketplace.parties.models import Organisation, Role, User
from marketplace.tenders import actions
from marketplace.tenders.actions.documents import replace_document
from marketplace.tenders.models import Amendment, Tender, TenderDocument
from tests.given.people import a_bureau, a_person, an_organisation
from tests.given.tenders import PDF, a_draft, a_supplier

pytestmark = pytest.mark.django_db
THE_DESK = {"officer", "approver", "custodian", "auditor", "operator"}
EVERYONE = THE_DESK | {"other bureau", "bidder", "stranger", "anonymous"}


def a_file(mark: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("磋商文件.pdf", PDF + b"% " + mark + b"\n", "application/pdf")


def readers(tender: Tender) -> dict[str, User | None]:
    audit = an_organisation(Organisation.Kind.AUDIT)
    people = {
        "officer": tender.cast.officer,
        "approver": tender.cast.approver,
        "custodian": tender.cast.custodians[0],
        "auditor": a_person(Role.AUDITOR, of=audit),
        "operator": a_person(is_superuser=True),
        "other bureau": a_person(Role.OFFICER, Role.APPROVER, Role.SIGNATORY, of=a_bureau()),
        "bidder": a_supplier()[1],
        "stranger": a_person(),
        "anonymous": None,
    }
    assert set(people) == EVERYONE
    return people


def who_reads(client, people: dict[str, User | None], document: TenderDocument) -> set[str]:
    found = set()
    for name, user in people.items():
        client.logout()
        if user:
            client.force_login(user)
        status = client.get(reverse("tenders:document", args=[document.pk])).status_code
        assert status in (200, 404), (name, status)
        if status == 200:
            found.add(name)
    return found


def test_each_version_is_read_by_whom_it_was_given_to(client):
    tender = a_draft()
    people, by = readers(tender), tender.cast.officer
    first = tender.documents.get()
    second = replace_document(first, a_file(b"second"), by=by)
    for draft in (first, second):
        assert who_reads(client, people, draft) == THE_DESK
    actions.submit_for_approval(tender, by=by)
    for waiting in (first, second):
        assert who_reads(client, people, waiting) == THE_DESK

    published = actions.approve_tender(tender, by=tender.cast.approver)
    assert who_reads(client, people, second) == EVERYONE
    assert who_reads(client, people, first) == THE_DESK, "its address is known to whoever saw the draft's page"

    amendment = actions.propose_amendment(
        published, Amendment.Weight.MATERIAL, "因需求调整", file=a_file(b"third"), file_title=first.title, by=by
    )
    assert published.documents.count() == 2
    actions.publish_amendment(amendment, by=tender.cast.approver)
    third = published.documents.current().get()
    for in_the_notice in (second, third):
        assert who_reads(client, people, in_the_notice) == EVERYONE
    assert who_reads(client, people, first) == THE_DESK


def test_neither_the_api_nor_a_page_names_what_was_never_published(client):
    tender = a_draft()
    first = tender.documents.get()
    second = replace_document(first, a_file(b"second"), by=tender.cast.officer)
    actions.submit_for_approval(tender, by=tender.cast.officer)
    published = actions.approve_tender(tender, by=tender.cast.approver)
    told = client.get(f"/api/v1/tenders/{published.number}").json()["documents"]
    assert [one["sha256"] for one in told] == [second.sha256]
    page = client.get(published.get_absolute_url()).text
    assert second.sha256 in page
    assert first.sha256 not in page
