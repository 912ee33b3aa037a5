"""Sealed means sealed: until two custodians open, nothing of a bid but who and when can be found anywhere."""

import logging
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse

from marketplace.pages import clock
from marketplace.papers.models import Receipt
from marketplace.parties.models import Role
from marketplace.tenders import actions
from marketplace.tenders.bidcontent import BidContent
from marketplace.tenders.models import Bid, BidDraft, Envelope, EnvelopeFile
from tests.given.people import a_person
from tests.given.tenders import PASSPHRASE, PDF, a_bid, a_published_tender, a_supplier, after_deadline, again

pytestmark = pytest.mark.django_db

CANARY_FEN = 37_412_963
CANARY_YUAN = "374129.63"
CANARY_NAME = "金丝雀方案"
CANARY_WORDS = "金丝雀在此鸣叫"


def everything_stored() -> bytes:
    """Every column of every table as text, every file, the cache."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                found.append(b"|".join(bytes(c) if isinstance(c, bytes | memoryview) else str(c).encode() for c in row))
    root = Path(settings.MEDIA_ROOT)
    for path in root.rglob("*"):
        found.append(str(path.relative_to(root)).encode())
        if path.is_file():
            found.append(path.read_bytes())
    found.append(repr(getattr(cache, "_cache", "")).encode())
    return b"\n".join(found)


def traces(stored: bytes, log: str) -> list[str]:
    wanted = [CANARY_NAME, CANARY_WORDS, str(CANARY_FEN), CANARY_YUAN, "374,129.63"]
    escaped = [word.encode("unicode_escape").decode() for word in wanted]
    return [word for word in {*wanted, *escaped} if word.encode() in stored or word in log]


def test_a_canary_is_found_nowhere_before_the_opening(client, caplog):
    """Through the pages, as a bidder does it: the draft, the sealed bid, the receipt and the logs say nothing."""
    caplog.set_level(logging.DEBUG)
    tender = a_published_tender()
    supplier, bidder = a_supplier()
    client.force_login(bidder)
    lot = tender.lots.get()

    def post(name, data):
        answer = client.post(reverse(f"tenders:{name}", args=[tender.number]), data)
        assert answer.status_code == 302, (name, answer.status_code)

    post("bid_eligibility", {"is_eligible": "on", "contact": "林"})
    post("bid_prices", {f"price-{lot.pk}": CANARY_YUAN})
    post("bid_plan", {"plan": CANARY_WORDS})
    post("bid_files", {"file": SimpleUploadedFile(f"{CANARY_NAME}.pdf", PDF + CANARY_WORDS.encode())})
    assert BidDraft.objects.get().files.count() == 1
    assert traces(everything_stored(), caplog.text) == []

    post("bid_seal", {"confirm": "on"})
    assert not BidDraft.objects.exists()
    assert traces(everything_stored(), caplog.text) == []

    for _ in range(2):
        a_bid(tender)
    with after_deadline(tender):
        actions.unlock_bids(tender, PASSPHRASE, by=tender.cast.custodians[0])
        assert traces(everything_stored(), caplog.text) == []
        actions.unlock_bids(tender, PASSPHRASE, by=tender.cast.custodians[2])
    assert Bid.objects.get(supplier=supplier).amount == CANARY_FEN
    assert EnvelopeFile.objects.get(envelope__supplier=supplier).name == f"{CANARY_NAME}.pdf"
    assert str(CANARY_FEN).encode() in everything_stored()  # the search itself finds what is there


def test_the_receipt_names_the_ciphertext():
    tender = a_published_tender()
    envelope = a_bid(tender)
    receipt = Receipt.objects.get(code=envelope.receipt_code)
    assert envelope.sha256 in receipt.body
    assert str(tender.lots.get().ceiling * 9 // 10) not in receipt.body


def test_late_is_late():
    tender = a_published_tender()
    supplier, bidder = a_supplier()
    with clock.pretend(tender.bids_due_at), pytest.raises(ValidationError) as refusal:
        a_bid(tender, supplier=supplier, by=bidder)
    assert refusal.value.code == "too_late"
    assert not Envelope.objects.exists()


def test_the_last_one_counts_and_the_earlier_is_destroyed():
    tender = a_published_tender()
    supplier, bidder = a_supplier()
    first = a_bid(tender, supplier=supplier, by=bidder, price=40_000_000)
    second = a_bid(tender, supplier=supplier, by=bidder, price=41_000_000)
    assert Envelope.objects.get(pk=first.pk).state == Envelope.State.REPLACED
    assert list(tender.envelopes.standing()) == [second]


def test_withdraw_until_the_deadline():
    tender = a_published_tender()
    envelope = a_bid(tender)
    bidder = tender.cast.bidders[0]
    with after_deadline(tender), pytest.raises(ValidationError) as refusal:
        actions.withdraw_bid(envelope, by=bidder)
    assert refusal.value.code == "too_late"
    assert actions.withdraw_bid(envelope, by=bidder).state == Envelope.State.WITHDRAWN


@pytest.mark.parametrize(
    ("prices", "field", "code"),
    [
        ({}, "prices", "price_missing"),
        ({"lot": -5}, "prices", "negative"),
        ({"lot": 50_000_001}, "prices", "above_ceiling"),
    ],
)
def test_refusals(prices, field, code):
    tender = a_published_tender()
    supplier, bidder = a_supplier()
    lot = str(tender.lots.get().pk)
    content = BidContent(dict.fromkeys([lot], prices["lot"]) if prices else {}, plan="方案", is_eligible=True)
    with pytest.raises(ValidationError) as refusal:
        actions.submit_bid(tender, supplier, content, by=bidder)
    assert refusal.value.error_dict[field][0].code == code
    assert not Envelope.objects.exists()


def test_a_stranger_may_not_bid_for_others():
    tender = a_published_tender()
    supplier, _bidder = a_supplier()
    with pytest.raises(PermissionDenied):
        a_bid(tender, supplier=supplier, by=a_person(Role.COUNTER, of=supplier))


def test_a_file_that_is_not_what_it_says(client):
    tender = a_published_tender()
    _supplier, bidder = a_supplier()
    client.force_login(bidder)
    answer = client.post(
        reverse("tenders:bid_files", args=[tender.number]), {"file": SimpleUploadedFile("方案.pdf", b"MZ not a pdf")}
    )
    assert answer.status_code == 422
    assert not BidDraft.objects.exists()


def test_sent_twice_is_one_bid(client):
    tender = a_published_tender()
    supplier, bidder = a_supplier()
    client.force_login(bidder)
    lot = str(tender.lots.get().pk)
    content = BidContent({lot: 40_000_000}, plan="方案", is_eligible=True)
    actions.save_bid_draft(tender, supplier, content, by=bidder)
    data = {"confirm": "on", "submission_key": "018f0000-0000-7000-8000-000000000001"}
    url = reverse("tenders:bid_seal", args=[tender.number])
    assert client.post(url, data).status_code == 302
    assert client.post(url, data).status_code == 302
    assert Envelope.objects.count() == 1


@pytest.mark.parametrize("pair", [(0, 1), (0, 2), (1, 2)])
def test_any_two_custodians_open_everything(pair):
    tender = a_published_tender(lots=2)
    for number in range(3):
        a_bid(tender, price=40_000_000 + number, files=[("方案.pdf", PDF)])
    first, second = (tender.cast.custodians[index] for index in pair)
    with after_deadline(tender):
        actions.unlock_bids(tender, PASSPHRASE, by=first)
        actions.unlock_bids(tender, PASSPHRASE, by=first)
        assert not Bid.objects.exists()
        actions.unlock_bids(tender, PASSPHRASE, by=second)
    assert Bid.objects.count() == 6
    assert again(tender).state == "evaluating"


def test_one_share_lapses_after_thirty_minutes():
    tender = a_published_tender()
    for _ in range(3):
        a_bid(tender)
    with after_deadline(tender):
        actions.unlock_bids(tender, PASSPHRASE, by=tender.cast.custodians[0])
    with after_deadline(tender, minutes=40):
        actions.unlock_bids(tender, PASSPHRASE, by=tender.cast.custodians[1])
    assert not Bid.objects.exists()


def test_a_wrong_passphrase_and_too_early():
    tender = a_published_tender()
    for _ in range(3):
        a_bid(tender)
    custodian = tender.cast.custodians[0]
    with pytest.raises(ValidationError) as refusal:
        actions.unlock_bids(tender, PASSPHRASE, by=custodian)
    assert refusal.value.code == "too_early"
    with after_deadline(tender), pytest.raises(ValidationError) as refusal:
        actions.unlock_bids(tender, "not the right sentence", by=custodian)
    assert refusal.value.error_dict["passphrase"][0].code == "wrong_passphrase"
    with after_deadline(tender), pytest.raises(PermissionDenied):
        actions.unlock_bids(tender, PASSPHRASE, by=tender.cast.approver)


def test_a_tampered_envelope_carries_its_cause_and_the_others_open():
    tender = a_published_tender()
    envelopes = [a_bid(tender) for _ in range(4)]
    path = Path(settings.MEDIA_ROOT) / envelopes[0].file.name
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with after_deadline(tender):
        actions.unlock_bids(tender, PASSPHRASE, by=tender.cast.custodians[0])
        actions.unlock_bids(tender, PASSPHRASE, by=tender.cast.custodians[1])
    broken = Envelope.objects.get(pk=envelopes[0].pk)
    assert (broken.state, broken.unreadable_cause) == (Envelope.State.UNREADABLE, "changed")
    assert Bid.objects.count() == 3


def test_too_few_envelopes_are_never_opened():
    tender = a_published_tender()
    for _ in range(2):
        a_bid(tender)
    with after_deadline(tender):
        assert actions.run_due_events() == 1
        assert actions.run_due_events() == 0
    tender = again(tender)
    assert (tender.state, tender.end_code) == ("failed", "too_few_envelopes")
    assert not Bid.objects.exists()
    draft = actions.repeat_tender(tender, by=tender.cast.officer)
    assert draft.state == "draft"
    assert sum(criterion.weight for criterion in draft.criteria.scored()) == Decimal(100)
