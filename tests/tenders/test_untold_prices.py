"""Where a last quote follows, no supplier learns another's price before it is open (GPL, Article 38)."""

import datetime
import re
import subprocess

import pytest

from marketplace.opendata.models import Release
from marketplace.pages.money import format_yuan
from marketplace.papers.models import Paper, Receipt
from marketplace.tenders import actions
from marketplace.tenders.openingrecord import print_opening_record
from tests.given.tenders import (
    PASSPHRASE,
    after_deadline,
    an_opened_tender,
    qualify_all,
    quote_the_same,
)

pytestmark = pytest.mark.django_db


def printed(paper: Paper) -> str:
    with paper.file.open("rb") as file:
        run = subprocess.run(["pdftotext", "-layout", "-", "-"], input=file.read(), capture_output=True, check=True)
    return run.stdout.decode()


def everything_public(client, tender) -> str:
    """What anybody reads: pages, the signed record, the printed one, open data, the interface for programs."""
    client.logout()
    pages = [f"/tenders/{tender.number}/{page}" for page in ("", "opening/", "opening/now/", "challenges/", "changes/")]
    if tender.lots.get().quote_rounds.exists():
        pages.append(f"/tenders/{tender.number}/quotes/")
    receipt = Receipt.objects.get(kind="opening")
    pages += [f"/verify/{receipt.code}/", f"/api/v1/tenders/{tender.number}"]
    answers = [client.get(page, follow=True) for page in pages]
    assert {answer.status_code for answer in answers} == {200}
    print_opening_record.func(str(tender.pk))
    releases = [bytes(release.body).decode() for release in Release.objects.filter(ocid__endswith=tender.number)]
    assert releases
    return " ".join(
        [*(answer.content.decode() for answer in answers), receipt.body, *releases]
        + [printed(paper) for paper in Paper.objects.filter(kind="opening")]
    )


def told(client, tender) -> list[bool]:
    """For each bid: whether its price is found anywhere, in yuan or in fen, as a number by itself."""
    public = everything_public(client, tender)
    amounts = tender.lots.get().bids.values_list("amount", flat=True)
    ways = [rf"{re.escape(format_yuan(fen))}|{fen}|{fen / 100}|{fen // 100}\.{fen % 100:02}" for fen in amounts]
    return [re.search(rf"(?<!\w)({way})(?!\w)", public) is not None for way in ways]


@pytest.mark.parametrize("method", ["negotiation", "consultation"])
def test_prices_are_told_with_the_last_quotes_and_not_before(client, method):
    tender = an_opened_tender(method=method, ceiling=54_321_700)
    lot, by = tender.lots.get(), tender.cast.officer
    with after_deadline(tender, minutes=20):
        assert told(client, tender) == [False] * 3
        qualify_all(lot, by=by)
    if method == "negotiation":
        quote_a_round(tender)
        with after_deadline(tender, minutes=80):
            assert told(client, tender) == [False] * 3, "a round of talks is not the last one"
    quote_the_same(tender, minutes=90)
    with after_deadline(tender, minutes=120):
        assert told(client, tender) == [True] * 3


def quote_a_round(tender) -> None:
    lot = tender.lots.get()
    due = tender.bids_due_at + datetime.timedelta(minutes=60)
    with after_deadline(tender, minutes=25):
        round = actions.call_for_quotes(lot, due_at=due, is_final=False, by=tender.cast.officer)
        for bid, by in zip(lot.bids.order_by("envelope__submitted_at"), tender.cast.bidders, strict=True):
            actions.quote_price(round, bid, bid.amount - 1_234_500, by=by)
    with after_deadline(tender, minutes=70):
        for custodian in tender.cast.custodians[:2]:
            actions.open_quotes(tender, PASSPHRASE, by=custodian)


def test_in_a_public_tender_they_are_read_out(client):
    tender = an_opened_tender(method="open", ceiling=54_321_700)
    with after_deadline(tender, minutes=20):
        assert told(client, tender) == [True] * 3
