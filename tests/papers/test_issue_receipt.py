"""A receipt is signed JSON that anyone can check, with us or without us."""

import base64
import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from nacl.signing import VerifyKey

from marketplace.papers import documents, receipts
from marketplace.papers.actions import issue_receipt
from marketplace.parties.models import Role
from tests.given.people import a_bureau, a_person, an_organisation

BACKEND = "marketplace.parties.backends.PhoneOrEmailBackend"
pytestmark = pytest.mark.django_db

STATEMENT = {"tender": "TC-2026-001", "envelope_sha256": "ab" * 32, "received_at": "2026-11-22T09:00:00.123+08:00"}


def a_receipt(**more):
    organisation = an_organisation()
    by = a_person(Role.BIDDER, of=organisation)
    return issue_receipt("bid", STATEMENT, about=a_bureau(), organisation=organisation, by=by, **more)


def test_it_holds_and_says_what_was_stated():
    document = documents.receipt_file(a_receipt())

    assert receipts.holds(document)
    assert document["receipt"]["statement"] == STATEMENT


@pytest.mark.parametrize("path", [("receipt", "statement", "tender"), ("receipt", "issued_at"), ("receipt", "code")])
def test_any_change_breaks_it(path):
    document = documents.receipt_file(a_receipt())
    inner = document
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = "TC-2026-002"

    assert not receipts.holds(document)


def test_it_can_be_checked_with_nothing_but_the_published_key(client):
    document = documents.receipt_file(a_receipt())
    published = client.get("/verify/key.json").json()
    key = next(key for key in published["keys"] if key["kid"] == document["signature"]["key_id"])

    # As the guide tells it, in other people's tools: sorted keys, no spaces, UTF-8.
    body = json.dumps(document["receipt"], sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    public = VerifyKey(base64.urlsafe_b64decode(key["x"] + "="))
    public.verify(body, base64.b64decode(document["signature"]["value"]))


@pytest.mark.parametrize("value", [1.5, object(), b"x"])
def test_what_would_not_read_back_everywhere_is_refused(value):
    with pytest.raises(TypeError):
        issue_receipt("bid", {"amount": value}, about=a_bureau(), by=None)


def test_the_command_checks_a_file(tmp_path, client):
    file, keys = tmp_path / "receipt.json", tmp_path / "key.json"
    document = documents.receipt_file(a_receipt())
    file.write_text(json.dumps(document, ensure_ascii=False))
    keys.write_bytes(client.get("/verify/key.json").content)
    out = io.StringIO()

    call_command("verify_receipt", str(file), stdout=out)
    call_command("verify_receipt", str(file), "--keys", str(keys), stdout=out)

    assert out.getvalue().count("holds") == 2
    document["receipt"]["statement"]["tender"] = "另一个"
    file.write_text(json.dumps(document))
    with pytest.raises(CommandError, match="does not hold"):
        call_command("verify_receipt", str(file))
    file.write_text("{")
    with pytest.raises(CommandError, match="can't be read"):
        call_command("verify_receipt", str(file))


def test_the_organisation_fetches_it_and_a_stranger_does_not(client):
    receipt = a_receipt()
    url = reverse("papers:receipt_file", args=[receipt.code])
    client.force_login(receipt.created_by, backend=BACKEND)
    assert client.get(url).json() == documents.receipt_file(receipt)
    pdf = client.get(reverse("papers:receipt_print", args=[receipt.code]))
    assert pdf.content.startswith(b"%PDF")

    client.force_login(a_person(), backend=BACKEND)
    assert client.get(url).status_code == 404
    assert client.get(reverse("papers:receipt_print", args=[receipt.code])).status_code == 404
