"""The opening session: each envelope opens, or carries the cause why it does not."""

import datetime
import hashlib
import mimetypes
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.core.files import File
from django.db import transaction
from django.db.models.fields.files import FieldFile

from marketplace.audit.actions import record
from marketplace.pages import clock
from marketplace.pages.encryptedfiles import FingerprintedStream
from marketplace.papers.actions import issue_receipt
from marketplace.parties.models import User

from .. import notices, ocds, openingrecord, sealing
from ..bidcontent import BidContent
from ..disclosure import untold_lots
from ..eligibility import later_of_linked, partners_of
from ..indexing import index_tender
from ..models import Bid, BidBond, Envelope, EnvelopeFile, Lot, Opening, Tender
from ..pricing import formula_of
from ..queries.amendments import unconfirmed_envelopes
from ..rulebook import fewest_suppliers
from .closing import fail_locked, fail_lot, sweep_orphans


def open_all(tender: Tender, private_key: bytes, openers: list[User], now: datetime.datetime) -> None:
    """Open every envelope of a closed tender. The caller holds its lock and has joined the key from two shares."""
    by = openers[-1]
    lots = {str(lot.pk): lot for lot in tender.lots.select_for_update().order_by("pk")}
    envelopes = list(
        tender.envelopes.standing().select_for_update(of=("self",)).select_related("supplier").order_by("submitted_at")
    )
    kept_shut = _kept_shut(tender)
    for envelope in envelopes:
        try:
            if envelope.pk in kept_shut:
                raise sealing.Unreadable(kept_shut[envelope.pk])
            with transaction.atomic():
                _open_one(envelope, private_key, lots)
        except sealing.Unreadable as cause:
            envelope = Envelope.objects.get(pk=envelope.pk)
            envelope.mark_unreadable()
            envelope.unreadable_cause = cause.code
            envelope.save(update_fields=["state", "unreadable_cause"])
            record("bid.unreadable", envelope, by=by, organisation=tender.bureau, cause=cause.code)

    opening = Opening.objects.create(tender=tender, opened_at=now)
    opening.opened_by.set(openers)
    tender.open_bids()
    tender.save(update_fields=["state"])
    _exclude_linked(tender, by)
    receipt = issue_receipt("opening", _statement(tender, now), about=opening, organisation=tender.bureau, by=by)
    opening.receipt_code = receipt.code
    opening.save(update_fields=["receipt_code"])
    record(
        "tender.opened",
        tender,
        by=by,
        organisation=tender.bureau,
        with_custodian=str(openers[0].pk),
        envelopes=len(envelopes),
    )
    fewest = fewest_suppliers(tender)
    for lot in sorted(lots.values(), key=lambda lot: lot.position):
        if lot.state != Lot.State.OPEN:
            continue
        valid = lot.bids.valid().count()
        if valid < fewest:
            fail_lot(lot, "too_few_valid", by=by, there=valid, needed=fewest)
        else:
            lot.evaluate()
            lot.save(update_fields=["state"])
    if not tender.lots.undecided().exists():
        fail_locked(tender, "no_lot_left", at=now, by=by)
    index_tender(tender)
    ocds.release_opening(tender, at=now, by=by)
    transaction.on_commit(partial(notices.tell_opened.enqueue, str(tender.pk)))
    transaction.on_commit(partial(sweep_orphans, tender.pk))
    transaction.on_commit(partial(openingrecord.print_opening_record.enqueue, str(tender.pk)))


def _kept_shut(tender: Tender) -> dict[Any, str]:
    """Envelopes that are not opened at all, with the cause: nobody reads what can't be considered."""
    shut = dict.fromkeys(unconfirmed_envelopes(tender).values_list("pk", flat=True), "unconfirmed")
    standing = tender.envelopes.standing()
    if tender.bid_bond:
        held = BidBond.objects.filter(tender=tender, state=BidBond.State.HELD).values("supplier")
        shut |= dict.fromkeys(standing.exclude(supplier__in=held).values_list("pk", flat=True), "no_bond")
    return shut | dict.fromkeys(
        standing.filter(promised__received_at=None, promised__isnull=False).values_list("pk", flat=True), "body_missing"
    )


def _open_one(envelope: Envelope, private_key: bytes, lots: dict[str, Lot]) -> None:
    """One envelope, whole or not at all. Raises Unreadable."""
    try:
        with _opened(envelope.file, envelope.sha256, private_key) as opened:
            content = BidContent.from_plain(opened.manifest)
            for described in opened.manifest["files"]:
                _keep(envelope, described["name"], described["content_type"], opened.file_pieces(described))
        for promise in envelope.promised.all():
            said = content.promised[promise.position]
            with _opened(promise.file, promise.sealed_sha256, private_key) as opened:
                body = opened.file_pieces(opened.manifest["files"][0])
                row = _keep(envelope, said["name"], said_type(said["name"]), body)
            if not row.sha256 == promise.sha256 == said["sha256"]:
                raise sealing.Unreadable("changed")
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        raise sealing.Unreadable("content") from None
    envelope.open()
    envelope.save(update_fields=["state"])
    for lot_id, price in content.prices.items():
        lot = lots.get(lot_id)
        if lot is None or price <= 0:
            raise sealing.Unreadable("content")
        if lot.state != Lot.State.OPEN:
            continue
        bid = Bid.objects.create(
            envelope=envelope, lot=lot, supplier=envelope.supplier, amount=price, plan=content.plan
        )
        if price > lot.ceiling:
            _exclude(bid, "above_ceiling")
        elif price != lot.ceiling and formula_of(lot.tender) == Tender.Pricing.FIXED:
            _exclude(bid, "not_fixed_price")


@contextmanager
def _opened(file: FieldFile, sha256: str, private_key: bytes) -> Iterator[sealing.OpenedEnvelope]:
    """The sealed file, if it is the one that was handed in: anyone can seal something to a public key."""
    try:
        stored = file.open("rb")
    except FileNotFoundError:
        raise sealing.Unreadable("missing") from None
    with stored:
        if hashlib.file_digest(stored, "sha256").hexdigest() != sha256:
            raise sealing.Unreadable("changed")
        stored.seek(0)
        yield sealing.OpenedEnvelope(private_key, stored)


def said_type(name: str) -> str:
    """The kind of a promised file, by its name: what it holds was not looked at when only the fingerprint came."""
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def _keep(envelope: Envelope, name: str, content_type: str, pieces: Iterable[bytes]) -> EnvelopeFile:
    plain: Any = FingerprintedStream(pieces)
    row = EnvelopeFile(envelope=envelope, name=name[:200], content_type=content_type[:100])
    row.file.save("opened", File(plain, "opened"), save=False)
    row.size, row.sha256 = plain.size, plain.sha256
    row.save()
    return row


def _exclude(bid: Bid, code: str) -> None:
    bid.exclude()
    bid.exclude_code = code
    bid.save(update_fields=["state", "exclude_code"])


def _exclude_linked(tender: Tender, by: User) -> None:
    """Of linked suppliers only the one that came first stays in a lot (REG 18)."""
    for lot in tender.lots.all():
        for bid in later_of_linked(lot.bids.valid().select_related("envelope", "supplier")):
            _exclude(bid, "linked")
            record("bid.excluded", bid, by=by, organisation=tender.bureau, reason="linked")


def _statement(tender: Tender, now: datetime.datetime) -> dict:
    """The opening record that is signed: every envelope by its fingerprint, every price that is read out."""
    untold = untold_lots(tender)
    return {
        "tender": tender.number,
        "title": tender.title,
        "opened_at": now.astimezone(clock.SHANGHAI).isoformat(timespec="seconds"),
        "envelopes": [
            {
                "supplier": envelope.supplier.name,
                "uscc": envelope.supplier.uscc,
                "consortium": [partner.member.name for partner in partners_of(tender, envelope.supplier)],
                "sha256": envelope.sha256,
                "state": envelope.state,
                "cause": envelope.unreadable_cause,
                "prices": {
                    str(bid.lot.position): bid.amount
                    for bid in envelope.bids.select_related("lot")
                    if bid.lot_id not in untold
                },
            }
            for envelope in tender.envelopes.exclude(
                state__in=[Envelope.State.REPLACED, Envelope.State.WITHDRAWN]
            ).select_related("supplier")
        ],
    }
