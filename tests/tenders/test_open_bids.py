"""The opening: promised files, wrong passphrases, custodians who have left, outages, what lies on the disk."""

import datetime
import hashlib
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from marketplace.audit.models import Entry
from marketplace.pages import clock
from marketplace.papers.models import Paper
from marketplace.parties.models import Role
from marketplace.tenders import actions
from marketplace.tenders.bidcontent import BidContent
from marketplace.tenders.models import Amendment, Bid, Custodian, Envelope, EnvelopeFile, Outage, PromisedFile
from tests.given.particular_tenders import a_promised_bid
from tests.given.people import a_person
from tests.given.refusals import refused
from tests.given.tenders import PASSPHRASE, PDF, a_bid, a_published_tender, a_supplier, after_deadline, again

pytestmark = pytest.mark.django_db


def give(tender, *numbers, minutes=5):
    with after_deadline(tender, minutes=minutes):
        for number in numbers:
            actions.unlock_bids(tender, PASSPHRASE, by=tender.cast.custodians[number])


def upload(body=PDF):
    return SimpleUploadedFile("方案.pdf", body, "application/pdf")


def test_the_fingerprint_counts_and_the_body_follows():
    tender = a_published_tender()
    envelope = a_promised_bid(tender)
    for _ in range(2):
        a_bid(tender)
    promise = PromisedFile.objects.get()
    by = envelope.submitted_by
    with after_deadline(tender):
        with refused("bodies_awaited"):
            actions.unlock_bids(tender, PASSPHRASE, by=tender.cast.custodians[0])
        with refused("body_differs", "Order 87, Article 34"):
            actions.deliver_promised(promise, upload(PDF + b"changed"), by=by)
        with pytest.raises(PermissionDenied):
            actions.deliver_promised(promise, upload(), by=a_supplier()[1])
        actions.deliver_promised(promise, upload(), by=by)
        with refused("received_already"):
            actions.deliver_promised(promise, upload(), by=by)
    sealed = Path(settings.MEDIA_ROOT, PromisedFile.objects.get().file.name).read_bytes()
    assert PDF not in sealed
    give(tender, 0, 1)
    opened = EnvelopeFile.objects.get(envelope=envelope)
    assert (opened.name, opened.file.open().read()) == ("方案.pdf", PDF)
    assert Bid.objects.count() == 3


def test_a_body_that_never_came_keeps_the_envelope_shut():
    tender = a_published_tender()
    envelope = a_promised_bid(tender)
    for _ in range(3):
        a_bid(tender)
    with after_deadline(tender, minutes=121), refused("body_late"):
        actions.deliver_promised(PromisedFile.objects.get(), upload(), by=envelope.submitted_by)
    give(tender, 0, 1, minutes=121)
    assert Envelope.objects.get(pk=envelope.pk).unreadable_cause == "body_missing"
    assert Bid.objects.count() == 3


def test_a_fingerprint_that_is_none():
    tender = a_published_tender()
    supplier, by = a_supplier()
    content = BidContent(
        prices={str(tender.lots.get().pk): 1}, is_eligible=True, promised=[{"name": "a.pdf", "sha256": "12"}]
    )
    with refused("fingerprint"):
        actions.submit_bid(tender, supplier, content, by=by)


def test_from_fingerprint_to_body_over_http(client):
    tender = a_published_tender()
    _supplier, by = a_supplier()
    client.force_login(by)

    def post(name, data, *more):
        answer = client.post(reverse(f"tenders:{name}", args=[tender.number, *more]), data)
        assert answer.status_code == 302, answer.text

    post("bid_eligibility", {"is_eligible": "on"})
    post("bid_prices", {f"price-{tender.lots.get().pk}": "400000"})
    post("bid_promise", {"name": "方案.pdf", "sha256": hashlib.sha256(PDF).hexdigest().upper()})
    post("bid_seal", {"confirm": "on"})
    promise = PromisedFile.objects.get()
    with after_deadline(tender):
        assert client.get(reverse("tenders:bid_deliver", args=[tender.number, promise.pk])).status_code == 200
        post("bid_deliver", {"file": upload()}, promise.pk)
    assert PromisedFile.objects.get().received_at
    client.force_login(a_supplier()[1])
    assert client.get(reverse("tenders:bid_deliver", args=[tender.number, promise.pk])).status_code == 404


def a_closed_one(bids=3):
    tender = a_published_tender()
    for _ in range(bids):
        a_bid(tender, files=[("方案.pdf", PDF)])
    return tender


def test_wrong_passphrases_are_counted_kept_on_record_and_lock(client):
    tender = a_closed_one()
    custodian = tender.cast.custodians[0]
    client.force_login(custodian)
    address = reverse("tenders:opening", args=[tender.number])
    with after_deadline(tender):
        for _ in range(5):
            page = client.post(address, {"passphrase": "not the sentence"})
            assert page.status_code == 422
        assert Entry.objects.filter(event="custodian.passphrase_wrong").count() == 5
        with refused("locked"):
            actions.unlock_bids(tender, PASSPHRASE, by=custodian)
    assert Custodian.objects.get(tender=tender, user=custodian).locked_until
    with after_deadline(tender, minutes=21):
        actions.unlock_bids(tender, PASSPHRASE, by=custodian)
    assert Custodian.objects.get(tender=tender, user=custodian).unlocked_at


def test_a_form_that_was_wrong_once_may_be_sent_again(client):
    tender = a_closed_one()
    client.force_login(tender.cast.custodians[0])
    address = reverse("tenders:opening", args=[tender.number])
    with after_deadline(tender):
        page = client.get(address)
        sent = {"passphrase": "wrong", "submission_key": str(page.context["submission_key"])}
        again_key = str(client.post(address, sent).context["submission_key"])
        assert again_key != sent["submission_key"]
        assert client.post(address, {"passphrase": PASSPHRASE, "submission_key": again_key}).status_code == 302
    assert Custodian.objects.filter(tender=tender, unlocked_at__isnull=False).count() == 1


def test_who_is_a_custodian_no_more_gives_no_share():
    tender = a_closed_one()
    custodian = tender.cast.custodians[0]
    custodian.memberships.update(ended_at=clock.now())
    with after_deadline(tender), pytest.raises(PermissionDenied):
        actions.unlock_bids(tender, PASSPHRASE, by=custodian)
    give(tender, 1, 2)
    assert Bid.objects.count() == 3


def test_opened_files_lie_encrypted_and_the_record_is_printed(client):
    tender = a_closed_one()
    give(tender, 0, 2)
    opened = EnvelopeFile.objects.first()
    assert PDF not in Path(settings.MEDIA_ROOT, opened.file.name).read_bytes()
    client.force_login(tender.cast.officer)
    assert b"".join(client.get(reverse("tenders:opened_file", args=[opened.pk]))) == PDF


@pytest.mark.django_db(transaction=True)
def test_the_record_of_the_opening_is_a_paper_that_anyone_verifies(client):
    tender = a_closed_one()
    give(tender, 0, 2)
    tender = again(tender)
    paper = Paper.objects.get(kind="opening")
    assert tender.opening.paper_code == paper.code
    assert paper.code in client.get(reverse("tenders:opening", args=[tender.number])).text
    assert client.get(f"/verify/{paper.code}").status_code == 200


def test_the_countdown_needs_nobody_to_sign_in(client):
    tender = a_closed_one()
    for address in ("/tenders/", "/en/tenders/"):
        page = client.get(f"{address}{tender.number}/opening/").text
        assert "data-countdown" in page
        assert f"{address}{tender.number}/opening/now/" in page
    part = client.get(reverse("tenders:opening_now", args=[tender.number])).text
    assert "<html" not in part
    names = [envelope.supplier.name for envelope in tender.envelopes.select_related("supplier")]
    assert not any(f"<li>{name}" in part for name in names)  # who bids is not known before the deadline


def an_outage(tender, minutes=180):
    due = tender.bids_due_at
    with clock.pretend(due + datetime.timedelta(hours=2)):
        return actions.propose_outage(
            due - datetime.timedelta(hours=1),
            due + datetime.timedelta(hours=1),
            minutes,
            "机房断电",
            by=a_person(is_superuser=True),
        )


def test_an_outage_moves_all_alike_and_reopens_what_the_clock_closed():
    hit, closed, later = a_published_tender(), a_closed_one(bids=1), a_published_tender()
    with after_deadline(closed):
        actions.run_due_events()  # too few: it failed
    later.bids_due_at += datetime.timedelta(days=9)
    later.save(update_fields=["bids_due_at"])
    due = again(hit).bids_due_at
    outage = an_outage(hit)
    with pytest.raises(PermissionDenied):  # two people
        actions.decide_outage(outage, by=outage.proposed_by)
    with pytest.raises(PermissionDenied):
        actions.decide_outage(outage, by=hit.cast.officer)
    with clock.pretend(due + datetime.timedelta(hours=2)):
        moved = actions.decide_outage(outage, by=hit.cast.approver)
        assert {one.tender.pk for one in moved} == {hit.pk, closed.pk}
        for tender in (hit, closed):
            fresh = again(tender)
            assert fresh.bids_due_at == tender.bids_due_at + datetime.timedelta(minutes=180)
            assert fresh.state == "published"
            assert Amendment.objects.get(tender=tender).reason == "机房断电"
        assert again(later).bids_due_at == later.bids_due_at
        a_bid(again(closed))
    assert set(closed.lots.values_list("state", flat=True)) == {"open"}


def test_refused_outages(client):
    tender = a_published_tender()
    operator = a_person(is_superuser=True)
    due = tender.bids_due_at
    with clock.pretend(due + datetime.timedelta(hours=2)):
        with refused("too_short", "180"):
            actions.propose_outage(
                due - datetime.timedelta(hours=1), due + datetime.timedelta(hours=1), 30, "断电", by=operator
            )
        with refused("order"):
            actions.propose_outage(due, due - datetime.timedelta(hours=1), 300, "断电", by=operator)
        with pytest.raises(PermissionDenied):
            actions.propose_outage(due - datetime.timedelta(hours=1), due, 300, "断电", by=tender.cast.approver)
    assert not Outage.objects.exists()
    client.force_login(a_person(Role.COUNTER, of=tender.cast.bureau))
    assert client.get(reverse("tenders:outages")).status_code == 403
