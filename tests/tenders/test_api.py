"""The API: open data of tenders for anyone, and bids by suppliers' programs."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from marketplace.parties.actions import issue_token
from marketplace.tenders.models import Envelope
from tests.given.tenders import PDF, a_draft, a_published_tender, a_supplier

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

    def post(body, key):
        return client.post(
            f"/api/v1/tenders/{tender.number}/bids",
            {"bid": json.dumps(body), "files": SimpleUploadedFile("方案.pdf", PDF, "application/pdf")},
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": key},
        )

    first, second = post(bid, "one"), post(bid, "one")
    assert first.status_code == 201, first.content.decode()
    assert second.content == first.content
    assert Envelope.objects.count() == 1
    assert first.json()["receipt"]["receipt"]["statement"]["sha256"] == first.json()["sha256"]
    assert post(bid | {"plan": "别的"}, "one").status_code == 409
    above = post(bid | {"offers": [{"lot": "1", "price": 99_000_000}]}, "two")
    assert (above.status_code, above.json()["code"]) == (422, "above_ceiling")
