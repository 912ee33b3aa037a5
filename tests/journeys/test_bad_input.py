"""What people get wrong: a clear message in their language at the place of the mistake, 422, nothing typed lost."""

import datetime

import pytest

from marketplace.ledger.models import BudgetLine, Transfer
from marketplace.pages import clock
from marketplace.tenders.models import Tender

from .town import Town, a_file, later

pytestmark = pytest.mark.django_db(transaction=True)

PREFIXES = ("", "/en")


@pytest.fixture
def town():
    with later(clock.at_hour(datetime.date(2026, 3, 2), 9)):
        yield Town()


def says(page, chinese: str, english: str) -> None:
    """The page refuses in its own language."""
    assert page.status == 422, page.words
    wanted = english if page.address.startswith("/en/") else chinese
    assert wanted.lower() in page.words.lower(), page.words


def test_an_import_that_can_not_be_read(town):
    for prefix in PREFIXES:
        page = town.visitor("admin").open(f"{prefix}/imported/upload/")
        says(page.fill({"file": a_file("package.json", b'{"releases": [')}), "JSON", "JSON")


def test_a_wrong_uscc(town):
    for prefix in PREFIXES:
        page = town.visitor("admin").open(f"{prefix}/organisations/new/")
        refused = page.fill({"uscc": "52320585MADEMA0110", "name": "怡园养老服务社", "address": "城厢镇东亭路1号"})
        says(refused, "统一社会信用代码", "unified social credit code")
        assert refused.form("uscc").fields["name"] == "怡园养老服务社"
        assert refused.form("uscc").fields["uscc"] == "52320585MADEMA0110"


def test_a_deadline_in_the_past(town):
    for prefix in PREFIXES:
        buyer = town.visitor("buyer")
        tender = draft_of(town)
        page = buyer.open(f"{prefix}/procurement/{tender.pk}/schedule/")
        refused = page.fill({"bids_due_at": "2026-02-20 09:00", "questions_until": "2026-02-18 17:00"})
        assert refused.status == 422
        assert refused.form("bids_due_at").fields["bids_due_at"] == "2026-02-20 09:00"
        assert refused.document.xpath("//*[@aria-invalid='true' and @name='bids_due_at']"), refused.words


def test_a_negative_amount(town):
    for prefix in PREFIXES:
        line = BudgetLine.objects.filter(bureau=town.world.organisation("city_bureau"), year=2026).first()
        before = Transfer.objects.count()
        page = town.visitor("approver").open(f"{prefix}/ledger/lines/{line.pk}/appropriate/")
        refused = page.fill({"amount": "-500", **reference_of(page)})
        says(refused, "负", "negative")
        assert refused.form("amount").fields["amount"] == "-500"
        assert Transfer.objects.count() == before


def test_a_file_that_is_too_large_or_not_what_it_says(town):
    for prefix in PREFIXES:
        tender = draft_of(town)
        documents = f"{prefix}/procurement/{tender.pk}/documents/"
        page = town.visitor("buyer").open(documents)
        disguised = page.fill({"title": "磋商文件", "file": a_file("磋商文件.pdf", b"MZ\x90\x00 not a PDF at all")})
        says(disguised, "PDF", "PDF")
        assert disguised.form("title").fields["title"] == "磋商文件"
        heavy = disguised.fill({"file": a_file("磋商文件.pdf", b"%PDF-1.7\n" + b"0" * (21 * 1024 * 1024))})
        says(heavy, "20", "20")


def test_a_form_sent_twice_has_one_effect(town):
    buyer = town.visitor("buyer")
    page = buyer.open("/procurement/new/")
    typed = {"title": "只发一次的采购", "region": page.option("region", "城厢镇")}
    first, second = page.fill(typed), page.fill(typed)
    assert first.status == second.status == 200
    assert first.address == second.address
    assert Tender.objects.filter(title="只发一次的采购").count() == 1


def draft_of(town: Town) -> Tender:
    buyer = town.visitor("buyer")
    page = buyer.open("/procurement/new/")
    page.fill({"title": "日间照料", "method": "consultation", "region": page.option("region", "城厢镇")})
    return Tender.objects.latest("created_at")


def reference_of(page) -> dict[str, str]:
    """The other fields that the form asks for."""
    return {
        name: "苏财社〔2026〕1号" for name in page.form("amount").fields if name in ("reference", "reason", "document")
    }
