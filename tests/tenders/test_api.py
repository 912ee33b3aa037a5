"""The API: open data of tenders for anyone, and bids by suppliers' programs."""

import hashlib
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from marketplace.pages import clock
from marketplace.parties.actions import issue_token
from marketplace.tenders import actions
from marketplace.tenders.models import Envelope, EnvelopeFile, PromisedFile
from tests.given.tenders import PASSPHRASE, PDF, a_bid, a_draft, a_published_tender, a_supplier, after_deadline

pytestmark = pytest.mark.django_db


def test_anyone_reads_published_tenders(client):
    tender = a_published_tender()
    a_draft(tender.cast)
    page = client.get("/api/v1/tenders").json()
    assert [row["number"] for row in page["tenders"]] == [tender.number]
    whole = client.get(f"/api/v1/tenders/{tender.number}").json()
    assert whole["lots"][0]["ceiling"] == tender.lots.get().ceiling
    assert client.get("/api/v1/tenders/none").status_code == 404


def test_a_program_hands_in_a_bid_once(client):
    tender = a_published_tender()
    supplier, bidder = a_supplier()
    _held, token = issue_token("程序", supplier, by=bidder)
    bid = {"eligible": True, "offers": [{"lot": "1", "price": 41_000_000}], "plan": "方案"}

    def post(body, key, file=PDF):
        return client.post(
            f"/api/v1/tenders/{tender.number}/bids",
            {"bid": json.dumps(body), "files": SimpleUploadedFile("方案.pdf", file, "application/pdf")},
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": key},
        )

    first, second = post(bid, "one"), post(bid, "one")
    assert first.status_code == 201, first.content.decode()
    assert second.content == first.content
    assert Envelope.objects.count() == 1
    assert first.json()["receipt"]["receipt"]["statement"]["sha256"] == first.json()["sha256"]
    assert post(bid | {"plan": "别的"}, "one").status_code == 409
    assert post(bid, "one", PDF.replace(b"Catalog", b"Katalog")).status_code == 409, "another file of the same size"
    above = post(bid | {"offers": [{"lot": "1", "price": 99_000_000}]}, "two")
    assert (above.status_code, above.json()["code"]) == (422, "above_ceiling")


def a_program(supplier, by):
    _held, token = issue_token("程序", supplier, by=by)
    return {"Authorization": f"Bearer {token}"}


def promised_bid(client, tender, program, key="promise", **more):
    bid = {"eligible": True, "offers": [{"lot": "1", "price": 41_000_000}]}
    bid["promised"] = [{"name": "方案.pdf", "sha256": hashlib.sha256(PDF).hexdigest().upper()}]
    return client.post(
        f"/api/v1/tenders/{tender.number}/bids",
        {"bid": json.dumps(bid | more)},
        headers=program | {"Idempotency-Key": key},
    )


def send_body(client, address, program, key, content=PDF):
    file = SimpleUploadedFile("方案.pdf", content, "application/pdf")
    return client.post(address, {"file": file}, headers=program | {"Idempotency-Key": key})


def test_the_fingerprint_counts_and_the_body_follows_over_the_api(client):
    tender = a_published_tender()
    supplier, bidder = a_supplier()
    program = a_program(supplier, bidder)
    answer = promised_bid(client, tender, program)
    assert answer.status_code == 201, answer.content.decode()
    promised = answer.json()["promised"][0]
    statement = answer.json()["receipt"]["receipt"]["statement"]
    assert statement["promised"] == [promised["sha256"]] == [hashlib.sha256(PDF).hexdigest()]
    assert promised["received_at"] is None
    with after_deadline(tender, minutes=10):
        other = send_body(client, promised["body_url"], program, "other", PDF + b"\n")
        assert (other.status_code, other.json()["code"]) == (422, "body_differs")
        assert "Article 34" in other.json()["detail"] or "三十四" in other.json()["detail"]
        first, twin = (send_body(client, promised["body_url"], program, "body") for _ in range(2))
        assert first.status_code == 200, first.content.decode()
        assert first.json()["received_at"]
        assert twin.content == first.content
        assert send_body(client, promised["body_url"], program, "again").json()["code"] == "received_already"
    assert [row.size for row in PromisedFile.objects.all()] == [len(PDF)]
    for _ in range(2):
        a_bid(tender)
    with after_deadline(tender, minutes=20):
        for custodian in tender.cast.custodians[:2]:
            actions.unlock_bids(tender, PASSPHRASE, by=custodian)
    opened = EnvelopeFile.objects.get(envelope__supplier=supplier)
    assert (opened.name, opened.sha256) == ("方案.pdf", promised["sha256"])


def test_refused_fingerprints_and_bodies_over_the_api(client):
    tender = a_published_tender()
    supplier, bidder = a_supplier()
    program = a_program(supplier, bidder)
    wrong = promised_bid(client, tender, program, "wrong", promised=[{"name": "方案.pdf", "sha256": "12"}])
    assert (wrong.status_code, wrong.json()["code"]) == (422, "fingerprint")
    assert not Envelope.objects.exists()
    body = promised_bid(client, tender, program).json()["promised"][0]["body_url"]
    stranger = a_program(*a_supplier())
    assert send_body(client, body, stranger, "stranger").status_code == 404
    assert send_body(client, body, {}, "nobody").status_code == 401
    promised = PromisedFile.objects.get()
    with clock.pretend(tender.bodies_due_at):
        late = send_body(client, body, program, "late")
    assert (late.status_code, late.json()["code"]) == (422, "body_late")
    promised.refresh_from_db()
    assert promised.received_at is None
    with after_deadline(tender):
        late = promised_bid(client, tender, program, "late bid")
    assert (late.status_code, late.json()["code"]) == (422, "too_late")
