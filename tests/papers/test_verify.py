"""Anyone may ask whether a paper is genuine, and learns nothing about a person."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation

from marketplace.papers import documents
from marketplace.papers.actions import issue_receipt, sign_paper
from marketplace.papers.models import tidy_code
from tests.given.papers import a_paper, a_sealed_paper, a_signatory, the_bytes
from tests.given.people import a_bureau, a_person

BACKEND = "marketplace.parties.backends.PhoneOrEmailBackend"
pytestmark = pytest.mark.django_db


def english(client, path: str, **more):
    return client.get("/en" + path, **more)


def upload(content: bytes, name: str = "copy.pdf") -> dict:
    return {"file": SimpleUploadedFile(name, content)}


def test_a_sealed_paper_is_genuine(client):
    paper = a_sealed_paper()

    answer = english(client, f"/verify/{paper.code}")

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "This document is genuine" in page
    assert paper.sha256 in page
    assert "太仓市怡安养老服务中心" in page
    for signature in paper.signatures.all():
        assert signature.signer.name not in page.replace(signature.organisation.name, "")
    assert "Download" not in page


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_both_languages(client, prefix):
    paper = a_paper()
    assert client.get(f"{prefix}/verify/{paper.code}").status_code == 200
    assert client.get(f"{prefix}/verify/").status_code == 200
    assert client.get(f"{prefix}/verify/{paper.code}/", follow=True).redirect_chain == [
        (f"{prefix}/verify/{paper.code}", 301)
    ]


def test_an_unknown_code_is_a_kind_404(client):
    answer = english(client, "/verify/MF-0000-0000-0000")

    assert answer.status_code == 404
    assert "We don't know this code" in answer.content.decode().replace("&#x27;", "'")
    assert 'name="code"' in answer.content.decode()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("mf-8k3q-z1v9-7txc", "MF-8K3Q-Z1V9-7TXC"),
        ("8K3Q Z1V9 7TXC", "MF-8K3Q-Z1V9-7TXC"),
        ("MF-8K3Q-ZIV9-7TXC", "MF-8K3Q-Z1V9-7TXC"),
        ("nonsense", "NONSENSE"),
    ],
)
def test_a_code_is_read_with_forbearance(typed, meant):
    assert tidy_code(typed) == meant


def test_the_form_leads_to_the_paper(client):
    paper = a_paper()
    answer = client.post("/verify/", {"code": paper.code.lower().replace("-", " ")})
    assert answer.status_code == 302 and answer.url == paper.get_absolute_url()


def test_the_form_refuses_nothing_and_unknown_codes(client):
    with translation.override("en"):
        url = reverse("papers:verify_form")
    empty = client.post(url, {})
    unknown = client.post(url, {"code": "MF-1111-2222-3333"})
    assert empty.status_code == unknown.status_code == 422
    assert "Enter the verification code" in empty.content.decode()
    assert "MF-1111-2222-3333" in unknown.content.decode()


def test_a_copy_is_compared(client):
    paper = a_sealed_paper()
    here = f"/en/verify/{paper.code}"
    content = the_bytes(paper)

    same = client.post(here, upload(content)).content.decode()
    altered = client.post(here, upload(content + b" ")).content.decode()
    other = client.post(here, upload(the_bytes(a_paper()))).content.decode()

    assert "is this document, unchanged." in same
    assert "is not this document" in altered
    assert "is not this document" in other


def test_an_earlier_state_is_named_so(client):
    paper = a_paper()
    printed = the_bytes(paper)
    here = f"/en/verify/{paper.code}"
    assert "is this document, unchanged." in client.post(here, upload(printed)).content.decode()

    signer = a_signatory(paper.organisation)
    sign_paper(paper, signer=signer, organisation=paper.organisation, reason="签", by=signer)
    assert "before anyone sealed it" in client.post(here, upload(printed)).content.decode()


def test_a_file_alone_finds_its_paper(client):
    paper = a_sealed_paper()
    answer = client.post("/en/verify/", upload(the_bytes(paper)))
    assert paper.code in answer.content.decode() and "is this document, unchanged." in answer.content.decode()
    stranger = client.post("/en/verify/", upload(b"%PDF-1.4 none of ours"))
    assert stranger.status_code == 422


def test_a_file_that_is_too_large_is_refused(client, settings):
    paper = a_paper()
    answer = client.post(f"/en/verify/{paper.code}", upload(b"x" * (20 * 1024 * 1024 + 1)))
    assert answer.status_code == 422
    assert "larger than 20 MB" in answer.content.decode()


def test_a_stored_file_that_was_altered_does_not_hold(client):
    paper = a_sealed_paper()
    content = the_bytes(paper)
    with open(paper.file.path, "wb") as file:
        file.write(content.replace(b"/Title", b"/Tytle", 1) if b"/Title" in content else content[:-9])

    page = english(client, f"/verify/{paper.code}").content.decode()

    assert "does not hold" in page and "is genuine" not in page


def test_a_replaced_version_says_so(client):
    old = a_paper()
    a_paper(old.organisation)
    assert "replaced by a newer version" in english(client, f"/verify/{old.code}").content.decode()


def test_a_receipt_is_genuine_and_keeps_its_words_to_itself(client):
    receipt = issue_receipt("bid", {"tender": "TC-SECRET-1"}, about=a_bureau(), by=a_person())
    document = documents.receipt_file(receipt)
    here = f"/en/verify/{receipt.code}"

    page = client.get(here).content.decode()
    assert "This receipt is genuine" in page and "TC-SECRET-1" not in page

    same = client.post(here, upload(json.dumps(document).encode(), "receipt.json")).content.decode()
    assert "its signature holds" in same
    document["receipt"]["statement"]["tender"] = "TC-OTHER"
    changed = client.post(here, upload(json.dumps(document).encode(), "receipt.json")).content.decode()
    assert "altered, or it is another" in changed
    assert "read as JSON" in client.post(here, upload(b"%PDF", "receipt.json")).content.decode()


def test_a_number_of_statements_that_does_not_grow(client, django_assert_max_num_queries):
    paper = a_sealed_paper()
    with django_assert_max_num_queries(6):
        client.get(f"/verify/{paper.code}")


def test_who_may_fetch_the_file(client):
    paper = a_sealed_paper()
    url = reverse("papers:paper_file", args=[paper.code])
    provider = paper.signatures.last().organisation
    for person in (paper.created_by, a_signatory(provider)):
        client.force_login(person, backend=BACKEND)
        answer = client.get(url)
        assert b"".join(answer.streaming_content).startswith(b"%PDF")
        assert paper.title in client.get(reverse("papers:papers")).content.decode()
    client.force_login(a_person(), backend=BACKEND)
    assert client.get(url).status_code == 404
    assert paper.title not in client.get(reverse("papers:papers")).content.decode()
