"""Premises that come with a lot, versions of a file, and the tender file as a paper."""

import hashlib
import subprocess
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from marketplace.tenders import actions
from marketplace.tenders.actions.documents import replace_document
from marketplace.tenders.actions.premises import provide_premises, withdraw_premises
from marketplace.tenders.models import Premises, Tender
from tests.given.refusals import code_of
from tests.given.tenders import PDF, a_draft

pytestmark = pytest.mark.django_db
ROOMS = (("活动室", Decimal(120), "文体活动"), ("助浴间", Decimal("38.5"), "助浴"))
THINGS = (("护理床", 12, "八成新"), ("轮椅", 4, "完好"))


def a_draft_with_rooms(**draft) -> Tender:
    tender = a_draft(**draft)
    provide_premises(
        tender.lots.order_by("position").first(),
        address="城厢镇新华西路18号",
        area=Decimal(620),
        terms="水电由供应商承担。",
        rooms=ROOMS,
        inventory=THINGS,
        by=tender.cast.officer,
    )
    return tender


def test_rooms_fit_into_their_house():
    tender = a_draft()
    lot, by = tender.lots.get(), tender.cast.officer
    whole = {"address": "新华西路18号", "area": Decimal(620), "rooms": ROOMS, "inventory": THINGS, "by": by}
    for change, code in (
        ({"address": " "}, "address_missing"),
        ({"area": Decimal(158)}, "rooms_exceed_area"),  # 120 + 38.5 = 158.5
        ({"area": Decimal(0)}, "area"),
        ({"inventory": (("轮椅", 0, ""),)}, "quantity"),
    ):
        with pytest.raises(ValidationError) as refusal:
            provide_premises(lot, **(whole | change))
        assert code_of(refusal) == code
    assert not Premises.objects.exists()
    provide_premises(lot, **(whole | {"area": Decimal("158.5")}))
    provide_premises(lot, **whole)  # written again, not twice
    assert Premises.objects.get().rooms.count() == 2
    withdraw_premises(lot, by=by)
    assert not Premises.objects.exists()


def test_the_page_of_premises_is_the_officers(client):
    tender = a_draft()
    address = reverse("tenders:premises", args=[tender.pk, tender.lots.get().pk])
    client.force_login(tender.cast.officer)
    typed = {"address": "新华西路18号", "area": "620", "rooms": "活动室 120 文体活动", "inventory": "护理床 12 八成新"}
    assert client.post(address, typed | {"rooms": "活动室"}).status_code == 422
    assert client.post(address, typed).status_code == 302
    assert Premises.objects.get().inventory.get().quantity == 12
    client.force_login(a_draft().cast.officer)
    assert client.get(address).status_code == 404


def test_every_version_keeps_its_fingerprint(client):
    tender = a_draft()
    by, first = tender.cast.officer, tender.documents.get()
    newer = PDF + b"% second\n"
    with pytest.raises(ValidationError) as refusal:
        replace_document(first, SimpleUploadedFile("磋商文件.pdf", PDF, "application/pdf"), by=by)
    assert code_of(refusal) == "same_file"
    second = replace_document(first, SimpleUploadedFile("磋商文件.pdf", newer, "application/pdf"), by=by)
    assert (second.version, second.sha256) == (2, hashlib.sha256(newer).hexdigest())
    with pytest.raises(ValidationError) as refusal:
        replace_document(first, SimpleUploadedFile("磋商文件.pdf", newer, "application/pdf"), by=by)
    assert code_of(refusal) == "superseded"
    actions.submit_for_approval(tender, by=by)
    published = actions.approve_tender(tender, by=tender.cast.approver)
    page = client.get(reverse("tenders:detail", args=[published.number])).content.decode()
    assert second.sha256 in page
    assert first.sha256 not in page, "the public reads the newest"
    assert client.get(reverse("tenders:document", args=[first.pk])).status_code == 404


def test_the_tender_file_holds_the_whole_tender(client, tmp_path):
    tender = a_draft_with_rooms(lots=2)
    by = tender.cast.officer
    client.force_login(by)
    assert client.get(reverse("tenders:draft_file", args=[tender.pk]))["Content-Type"] == "application/pdf"
    actions.submit_for_approval(tender, by=by)
    published = actions.approve_tender(tender, by=tender.cast.approver)
    client.logout()
    paper = tmp_path / "tender.pdf"
    address = reverse("tenders:tender_file", args=[published.number])
    paper.write_bytes(client.get(f"/en{address}").getvalue())  # printed once for all, whoever reads it first
    text = subprocess.run(["pdftotext", "-layout", paper, "-"], capture_output=True, check=True, text=True).stdout
    flat = "".join(text.split())
    said = (
        published.title,
        published.number,
        "第1包",
        "第2包",
        "活动室",
        "护理床",
        "新华西路18号",
        "服务方案",
        "500,000",
        "竞争性磋商",
    )
    for words in said:
        assert words in flat, words
    assert "Competitive" not in flat
    assert client.get(reverse("tenders:draft_file", args=[tender.pk])).status_code in (302, 404)
