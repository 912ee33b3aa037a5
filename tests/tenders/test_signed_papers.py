"""The report of the panel and the record of the opening: signed by who acted, under the buyer's seal, at /verify/."""

import io
import subprocess

import orjson
import pytest
from django.core.exceptions import PermissionDenied
from pyhanko.pdf_utils.reader import PdfFileReader

from marketplace.papers import receipts
from marketplace.papers.actions import seal_issued
from marketplace.papers.models import Paper, Receipt
from marketplace.parties.actions import service_user
from marketplace.tenders import reports
from marketplace.tenders.models import Bid, Panel
from marketplace.tenders.openingrecord import print_opening_record
from tests.given.refusals import refused
from tests.given.tenders import a_ranked_tender, after_deadline, an_opened_tender, seats_of

pytestmark = pytest.mark.django_db


def sealed_report(tender) -> Paper:
    panel = Panel.objects.get(tender=tender)
    with after_deadline(tender, minutes=100):
        reports.print_report_later.func(str(panel.pk), str(seats_of(tender)[-1].user_id))
    return Paper.objects.get(kind=reports.REPORT)


def test_every_member_signs_the_ranking_by_its_fingerprint():
    tender = a_ranked_tender()
    signatures = Receipt.objects.filter(kind="panel_signature")
    assert signatures.count() == len(seats_of(tender)) == 3
    fingerprint = reports.fingerprint_of(tender)
    for receipt in signatures:
        assert receipts.holds({"receipt": orjson.loads(receipt.body), "signature": _signature(receipt)})
        statement = orjson.loads(receipt.body)["statement"]
        assert (statement["result_sha256"], statement["opinion"]) == (fingerprint, "agree")
    bid = Bid.objects.filter(lot__tender=tender).first()
    Bid.objects.filter(pk=bid.pk).update(amount=bid.amount - 1)
    assert reports.fingerprint_of(tender) != fingerprint


def _signature(receipt):
    return {"algorithm": "Ed25519", "key_id": receipt.key_id, "value": receipt.signature}


def test_the_report_is_sealed_once_all_have_signed_and_verifies(client):
    tender = a_ranked_tender()
    paper = sealed_report(tender)
    assert sealed_report(tender).pk == paper.pk
    assert [one.organisation for one in paper.signatures.all()] == [tender.bureau]
    with paper.file.open("rb") as file:
        reader = PdfFileReader(io.BytesIO(file.read()))
        assert len(reader.embedded_signatures) == 1
        assert reader.root["/MarkInfo"]["/Marked"]  # tagged: a screen reader finds its way
        assert reader.root["/Lang"]
    page = client.get(f"/verify/{paper.code}").text
    assert "评审小组全体成员已签署评审报告" in page
    assert "alert-success" in page
    code = Receipt.objects.filter(kind="panel_signature").first().code
    assert "alert-success" in client.get(f"/verify/{code}").text


def test_a_changed_report_does_not_verify(client):
    paper = sealed_report(a_ranked_tender())
    with paper.file.open("rb") as file:
        content = file.read()
    at = content.index(b"stream") + 20
    paper.file.storage.delete(paper.file.name)
    paper.file.storage.save(paper.file.name, io.BytesIO(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]))
    assert "alert-danger" in client.get(f"/verify/{paper.code}").text


def test_the_record_of_the_opening_is_sealed_once(client):
    tender = an_opened_tender()
    for _ in range(2):
        print_opening_record.func(str(tender.pk))
    paper = Paper.objects.get(kind="opening")
    assert [one.reason for one in paper.signatures.all()] == ["响应文件开启记录"]
    assert "alert-success" in client.get(f"/verify/{paper.code}").text


@pytest.mark.parametrize(
    ("method", "said", "never"),
    [
        ("open", ("开标记录", "投标截止时间", "投标人", "唱标记录"), "响应文件"),
        ("consultation", ("响应文件开启记录", "响应文件提交截止时间", "响应文件份数"), "投标"),
        ("negotiation", ("响应文件开启记录", "响应文件提交截止时间", "响应文件份数"), "投标"),
        ("framework", ("响应文件开启记录", "响应文件份数"), "投标"),
    ],
)
def test_the_record_of_the_opening_calls_things_as_the_method_does(method, said, never):
    """Who tenders has bids and a bid opening; who responds has responses that are opened."""
    tender = an_opened_tender(method=method)
    print_opening_record.func(str(tender.pk))
    with Paper.objects.get(kind="opening").file.open("rb") as file:
        text = subprocess.run(
            ["pdftotext", "-", "-"], input=file.read(), capture_output=True, check=True
        ).stdout.decode()
    for words in said:
        assert words in text, words
    assert never not in text


def test_a_person_cannot_seal_in_the_name_of_the_portal():
    tender = an_opened_tender()
    print_opening_record.func(str(tender.pk))
    paper = Paper.objects.get(kind="opening")
    with pytest.raises(PermissionDenied):
        seal_issued(paper, reason="开标记录", by=tender.cast.officer)
    with refused("signed_already"):
        seal_issued(paper, reason="开标记录", by=service_user("tenders.clock"))
    assert paper.signatures.count() == 1
