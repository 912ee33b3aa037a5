"""The custodians: each sets a passphrase once; after the deadline two of three unlock."""

import base64
import datetime
import hashlib
import tempfile
from functools import partial

from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.papers.actions import issue_receipt
from marketplace.parties.models import User

from .. import notices, ocds, policies, sealing
from ..bidcontent import BidContent
from ..indexing import index_tender
from ..models import Bid, Custodian, CustodianKey, Envelope, EnvelopeFile, Lot, Opening, Tender
from ..rulebook import fewest_suppliers
from .closing import close_locked, fail_locked, fail_lot

SHORTEST_PASSPHRASE = 12
WAIT = datetime.timedelta(minutes=30)  # how long the first custodian's share waits for the second
SPOOL = 2 * 1024 * 1024


@transaction.atomic
def set_passphrase(passphrase: str, *, by: User) -> CustodianKey:
    """Make the custodian's own key pair, its private half behind the passphrase. There is no way round it later.

    An older pair is retired; the shares that were sealed to it still need the older passphrase.
    """
    authorise(policies.may_hold_key, by)
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise ValidationError(
            {
                "passphrase": ValidationError(
                    _("A passphrase has at least %(length)s characters: a sentence that only you know."),
                    code="short_passphrase",
                    params={"length": SHORTEST_PASSPHRASE},
                )
            }
        )
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    now = clock.now()
    CustodianKey.objects.filter(user=by, retired_at=None).update(retired_at=now)
    made = sealing.make_custodian_key(passphrase)
    key = CustodianKey.objects.create(user=by, **made.__dict__)
    record("custodian.passphrase_set", key, by=by)
    return key


@transaction.atomic
def unlock_bids(tender: Tender, passphrase: str, *, by: User) -> Tender:
    """Give one's share of the key. The first share waits up to 30 minutes; the second opens every envelope.

    One share says nothing about the key (Shamir), so the waiting one, encrypted under FIELD_KEYS as it is, opens
    nothing. The joined key lives in this call only. Raises ValidationError `too_early`, `wrong_passphrase`,
    `unlocked_already`.
    """
    tender = Tender.objects.select_for_update(of=("self",)).select_related("bureau__region").get(pk=tender.pk)
    authorise(policies.may_unlock, by, tender)
    now = clock.now()
    if tender.state == Tender.State.PUBLISHED and tender.bids_due_at <= now:
        close_locked(tender, at=now, by=by)
    if tender.state == Tender.State.FAILED:
        return tender
    if tender.state != Tender.State.CLOSED:
        raise ValidationError(_("The envelopes can't be opened now."), code="too_early")

    custodians = list(tender.custodians.select_for_update(of=("self",)).select_related("key").order_by("position"))
    mine = next(custodian for custodian in custodians if custodian.user_id == by.pk)
    share = _share_of(mine, passphrase)
    other = next(
        (c for c in custodians if c.pk != mine.pk and c.waiting_share and c.waits_until and c.waits_until > now), None
    )
    mine.unlocked_at = now
    if other is None:
        mine.waiting_share, mine.waits_until = base64.b64encode(share).decode(), now + WAIT
        mine.save(update_fields=["unlocked_at", "waiting_share", "waits_until"])
        record("tender.first_share_given", tender, by=by, organisation=tender.bureau)
        transaction.on_commit(partial(notices.tell_second_custodian.enqueue, str(tender.pk)))
        return tender

    mine.save(update_fields=["unlocked_at"])
    private_key = sealing.join_shares(
        bytes(tender.public_key),
        (other.position, base64.b64decode(other.waiting_share)),
        (mine.position, share),
    )
    for custodian in custodians:
        if custodian.waiting_share:
            custodian.waiting_share, custodian.waits_until = "", None
            custodian.save(update_fields=["waiting_share", "waits_until"])
    _open_all(tender, private_key, [other.user, by], now)
    return tender


def _share_of(custodian: Custodian, passphrase: str) -> bytes:
    key = custodian.key
    wrapped = sealing.WrappedKey(
        bytes(key.public_key), bytes(key.wrapped_private_key), bytes(key.salt), key.opslimit, key.memlimit
    )
    try:
        private_key = sealing.open_custodian_key(wrapped, passphrase)
    except sealing.WrongPassphrase:
        raise ValidationError(
            {"passphrase": ValidationError(_("This passphrase does not open your share."), code="wrong_passphrase")}
        ) from None
    return sealing.unseal(private_key, bytes(custodian.sealed_share))


def _open_all(tender: Tender, private_key: bytes, openers: list[User], now: datetime.datetime) -> None:
    lots = {str(lot.pk): lot for lot in tender.lots.select_for_update().order_by("pk")}
    envelopes = list(
        tender.envelopes.standing().select_for_update(of=("self",)).select_related("supplier").order_by("submitted_at")
    )
    for envelope in envelopes:
        try:
            with transaction.atomic():
                _open_one(envelope, private_key, lots)
        except sealing.Unreadable as cause:
            envelope = Envelope.objects.get(pk=envelope.pk)
            envelope.mark_unreadable()
            envelope.unreadable_cause = cause.code
            envelope.save(update_fields=["state", "unreadable_cause"])
            record("bid.unreadable", envelope, by=openers[-1], organisation=tender.bureau, cause=cause.code)

    opening = Opening.objects.create(tender=tender, opened_at=now)
    opening.opened_by.set(openers)
    tender.open_bids()
    tender.save(update_fields=["state"])
    receipt = issue_receipt(
        "opening", _statement(tender, now), about=opening, organisation=tender.bureau, by=openers[-1]
    )
    opening.receipt_code = receipt.code
    opening.save(update_fields=["receipt_code"])
    record(
        "tender.opened",
        tender,
        by=openers[-1],
        organisation=tender.bureau,
        with_custodian=str(openers[0].pk),
        envelopes=len(envelopes),
    )
    fewest = fewest_suppliers(tender)
    for lot in sorted(lots.values(), key=lambda lot: lot.position):
        valid = lot.bids.valid().count()
        if valid < fewest:
            fail_lot(lot, "too_few_valid", by=openers[-1], there=valid, needed=fewest)
        else:
            lot.evaluate()
            lot.save(update_fields=["state"])
    if not tender.lots.undecided().exists():
        fail_locked(tender, "no_lot_left", at=now, by=openers[-1])
    index_tender(tender)
    ocds.release_opening(tender, at=now, by=openers[-1])
    transaction.on_commit(partial(notices.tell_opened.enqueue, str(tender.pk)))


def _open_one(envelope: Envelope, private_key: bytes, lots: dict[str, Lot]) -> None:
    """One envelope, whole or not at all. Raises Unreadable."""
    try:
        stored = envelope.file.open("rb")
    except FileNotFoundError:
        raise sealing.Unreadable("missing") from None
    with stored:
        # Anyone can seal something to a public key: only the bytes that the receipt names are this bid.
        if hashlib.file_digest(stored, "sha256").hexdigest() != envelope.sha256:
            raise sealing.Unreadable("changed")
        stored.seek(0)
        opened = sealing.OpenedBid(private_key, stored)
        try:
            content = BidContent.from_plain(opened.manifest)
            for described in opened.manifest["files"]:
                with tempfile.SpooledTemporaryFile(max_size=SPOOL) as plain:
                    sha256 = opened.read_file(described["size"], plain)
                    plain.seek(0)
                    row = EnvelopeFile(
                        envelope=envelope,
                        name=described["name"][:200],
                        content_type=described["content_type"][:100],
                        size=described["size"],
                        sha256=sha256,
                    )
                    row.file.save("opened", File(plain), save=False)
                    row.save()
            opened.finish()
        except (KeyError, TypeError, ValueError, AttributeError):
            raise sealing.Unreadable("content") from None
    envelope.open()
    envelope.save(update_fields=["state"])
    for lot_id, price in content.prices.items():
        lot = lots.get(lot_id)
        if lot is None or price <= 0:
            raise sealing.Unreadable("content")
        bid = Bid.objects.create(
            envelope=envelope, lot=lot, supplier=envelope.supplier, amount=price, plan=content.plan
        )
        if price > lot.ceiling:
            bid.exclude()
            bid.exclude_code = "above_ceiling"
            bid.save(update_fields=["state", "exclude_code"])


def _statement(tender: Tender, now: datetime.datetime) -> dict:
    """The opening record that is signed: every envelope by its fingerprint, every price read out."""
    return {
        "tender": tender.number,
        "title": tender.title,
        "opened_at": now.astimezone(clock.SHANGHAI).isoformat(timespec="seconds"),
        "envelopes": [
            {
                "supplier": envelope.supplier.name,
                "uscc": envelope.supplier.uscc,
                "sha256": envelope.sha256,
                "state": envelope.state,
                "cause": envelope.unreadable_cause,
                "prices": {str(bid.lot.position): bid.amount for bid in envelope.bids.select_related("lot")},
            }
            for envelope in tender.envelopes.exclude(
                state__in=[Envelope.State.REPLACED, Envelope.State.WITHDRAWN]
            ).select_related("supplier")
        ],
    }
