"""Envelopes: sealed, replaced, withdrawn, confirmed; and files whose fingerprint came first."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from typing import IO, Any, cast

from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.pages.afterwards import afterwards
from marketplace.pages.encryptedfiles import PIECE, FingerprintedStream
from marketplace.pages.spools import Spool
from marketplace.pages.uploadhandlers import SpooledUpload
from marketplace.papers.actions import issue_receipt
from marketplace.parties.models import Organisation, User

from .. import eligibility, notices, policies, sealing
from ..bidcontent import BidContent, BidFile, refuse_content
from ..invitations import refuse_reserved_lots
from ..models import BidConfirmation, BidDraft, Envelope, PromisedFile, Tender
from ..models.bid import SEALED, envelope_path, promised_file_path
from ..queries.amendments import unconfirmed_amendments
from ..rulebook import rule_for
from .biddrafts import destroy_draft, open_tender, open_tender_at, refuse_late


def _destroy_envelope(envelope: Envelope) -> None:
    for file in [envelope.file, *(promise.file for promise in envelope.promised.all())]:
        if file:
            transaction.on_commit(partial(default_storage.delete, file.name))


@contextmanager
def _spool_for(spool: Spool | None) -> Iterator[Spool]:
    """The one into which the files came in, or else one that is closed at the end."""
    if spool is not None:
        yield spool
        return
    with closing(Spool(SEALED)) as own:
        yield own


def _enclosed(spool: Spool, files: Sequence[BidFile]) -> list[dict[str, Any]]:
    """The files within the spool, those too that were not there yet, as a manifest describes them."""
    return [
        file.described | sealing.where(file.part)
        if file.part and file.part.spool is spool
        else sealing.add_file(spool, file.described, iter(partial(file.stream.read, PIECE), b""))
        for file in files
    ]


@contextmanager
def _kept(spool: Spool, tender: Tender, manifest: dict[str, Any], name: str) -> Iterator[None]:
    """The sealed file, on its way to the disk: whoever tells that it is there calls `settle` before.

    It is gone again when what is done with it is refused.
    """
    sealing.finish(spool, bytes(tender.public_key), manifest)
    spool.keep(name)
    try:
        yield
    except BaseException:
        default_storage.delete(name)
        raise


def submit_bid(
    tender: Tender,
    supplier: Organisation,
    content: BidContent,
    files: Sequence[BidFile] = (),
    *,
    by: User,
    spool: Spool | None = None,
) -> Envelope:
    """Seal the bid to the tender's key and hand it in; an earlier one of the same supplier is replaced and destroyed.

    The draft is destroyed too: from now on not even its writer can read the bid here. Returns the envelope with the
    code of its signed receipt. `spool` is the one into which the files came in, if they did; it is kept as it is.
    Raises ValidationError `too_late`, what `eligibility` refuses, or on the fields that would make the bid invalid.
    """
    if not tender.takes_bids_at(clock.pretended() or clock.reckoned()):
        refuse_late(tender)  # asked again under the lock, where it counts; here it spares a late bidder the sealing
    envelope = Envelope(tender=tender, supplier=supplier, submitted_by=by)
    envelope.file.name = envelope_path(envelope, "")
    with _spool_for(spool) as sealed:
        # Written before the locks: a hundred bidders in the last minute wait for the disk, not for each other.
        enclosed = _enclosed(sealed, files)
        return _hand_in(envelope, content, sealed, enclosed, by)


@transaction.atomic
def _hand_in(
    envelope: Envelope, content: BidContent, sealed: Spool, enclosed: list[dict[str, Any]], by: User
) -> Envelope:
    supplier = Organisation.objects.select_for_update(no_key=True).get(pk=envelope.supplier_id)
    with clock.held():
        tender, now = open_tender_at(envelope.tender)
        envelope.tender = tender
        authorise(policies.may_bid, by, supplier)
        content.name_lots(tender)
        refuse_content(tender, content, file_count=len(enclosed))
        is_unknown = eligibility.nothing_on_record(tender, supplier)
        members = eligibility.admit_bidder(tender, supplier, is_unknown=is_unknown)
        refuse_reserved_lots(tender, members, content.prices)
        with _kept(sealed, tender, content.as_manifest(enclosed), envelope.file.name):
            envelope.sha256, envelope.size, envelope.submitted_at = sealed.sha256, sealed.size, now
            replaced = None if is_unknown else _replace_earlier(tender, supplier)
            _give_receipt(envelope, tender, members, content, replaced, by)
            for position, promise in enumerate(content.promised):
                PromisedFile.objects.create(envelope=envelope, position=position, sha256=promise["sha256"])
            if not is_unknown:
                for draft in BidDraft.objects.filter(tender=tender, supplier=supplier):
                    destroy_draft(draft)
            record("bid.sealed", envelope, by=by, organisation=supplier, tender=tender.number, sha256=envelope.sha256)
            afterwards(notices.tell_sealed, str(envelope.pk))
            sealed.settle()  # a receipt that is committed survives a power cut: its envelope is on the disk by now
    return envelope


def _replace_earlier(tender: Tender, supplier: Organisation) -> Envelope | None:
    earlier = Envelope.objects.select_for_update().filter(tender=tender, supplier=supplier).standing().first()
    if earlier:
        earlier.replace()
        earlier.save(update_fields=["state"])
        _destroy_envelope(earlier)
    return earlier


def _give_receipt(
    envelope: Envelope,
    tender: Tender,
    members: Sequence[Organisation],
    content: BidContent,
    earlier: Envelope | None,
    by: User,
) -> None:
    """Sign what was handed in when, and keep the envelope with it. `members`: the supplier, then its partners."""
    supplier = members[0]
    receipt = issue_receipt(
        "bid",
        {
            "tender": tender.number,
            "title": tender.title,
            "supplier": supplier.name,
            "uscc": supplier.uscc,
            "consortium": [partner.name for partner in members[1:]],
            "sha256": envelope.sha256,
            "size": envelope.size,
            "promised": [promise["sha256"] for promise in content.promised],
            "submitted_at": _said(envelope.submitted_at),
            "replaces": earlier.receipt_code if earlier else "",
        },
        about=envelope,
        organisation=supplier,
        by=by,
    )
    envelope.receipt_code, envelope.receipt = receipt.code, receipt
    envelope.save(force_insert=True)


def _said(moment) -> str:
    return moment.astimezone(clock.SHANGHAI).isoformat(timespec="milliseconds")


def _standing(envelope: Envelope) -> Envelope:
    """The envelope under lock. Raises ValidationError(code="not_standing") when it was replaced or withdrawn."""
    envelope = Envelope.objects.select_for_update(of=("self",)).select_related("supplier").get(pk=envelope.pk)
    if envelope.state != Envelope.State.SEALED:
        raise ValidationError(_("This bid was replaced or withdrawn before."), code="not_standing")
    return envelope


@transaction.atomic
def withdraw_bid(envelope: Envelope, *, by: User) -> Envelope:
    """Take a bid back before the deadline. It is destroyed unread; the receipt of its handing-in stays."""
    supplier = Organisation.objects.select_for_update(no_key=True).get(pk=envelope.supplier_id)
    tender = open_tender(envelope.tender)
    authorise(policies.may_bid, by, supplier)
    envelope = _standing(envelope)
    envelope.withdraw()
    envelope.save(update_fields=["state"])
    _destroy_envelope(envelope)
    record("bid.withdrawn", envelope, by=by, organisation=supplier, tender=tender.number)
    return envelope


@transaction.atomic
def confirm_bid(envelope: Envelope, *, by: User) -> Envelope:
    """Say that a bid sealed before material amendments stands as it is: one click for all of them."""
    supplier = Organisation.objects.select_for_update(no_key=True).get(pk=envelope.supplier_id)
    tender = open_tender(envelope.tender)
    authorise(policies.may_bid, by, supplier)
    envelope, now = _standing(envelope), clock.now()
    amendments = list(unconfirmed_amendments(envelope))
    if not amendments:
        raise ValidationError(_("There is nothing to confirm: your bid stands."), code="nothing_to_confirm")
    for amendment in amendments:
        BidConfirmation.objects.create(amendment=amendment, envelope=envelope, confirmed_by=by, confirmed_at=now)
    record(
        "bid.confirmed",
        envelope,
        by=by,
        organisation=supplier,
        tender=tender.number,
        amendments=[amendment.number for amendment in amendments],
    )
    return envelope


def deliver_promised(
    promise: PromisedFile, upload: UploadedFile, *, by: User, spool: Spool | None = None
) -> PromisedFile:
    """The body of a file whose fingerprint came in time; until the rule's hours after the deadline are over.

    `spool` is the one into which it came in, if it did. Raises ValidationError `body_late`, `body_differs`,
    `received_already`.
    """
    tender = promise.envelope.tender
    authorise(policies.may_bid, by, promise.envelope.supplier)
    _refuse_late_body(tender)
    body = BidFile.uploaded(upload)
    plain = FingerprintedStream(upload.chunks())
    if body.part is None or body.part.spool is not spool:
        body.stream = cast(IO[bytes], plain)
    name = promised_file_path(promise, "")
    with _spool_for(spool) as sealed:
        manifest = {"promised": str(promise.pk), "files": _enclosed(sealed, [body])}
        with _kept(sealed, tender, manifest, name), transaction.atomic():
            sha256 = upload.sha256 if isinstance(upload, SpooledUpload) else plain.sha256
            return _receive(promise, name, body.size, sha256, sealed, by)


def _receive(promise: PromisedFile, name: str, size: int, sha256: str, sealed: Spool, by: User) -> PromisedFile:
    Tender.objects.select_for_update(of=("self",)).get(pk=promise.envelope.tender_id)
    tender = Tender.objects.select_related("bureau__region").get(pk=promise.envelope.tender_id)
    envelope = _standing(promise.envelope)
    authorise(policies.may_bid, by, envelope.supplier)
    _refuse_late_body(tender)
    promise = envelope.promised.select_for_update().get(pk=promise.pk)
    if promise.received_at:
        raise ValidationError(_("This file is here already."), code="received_already")
    if sha256 != promise.sha256:
        raise ValidationError(
            {
                "file": ValidationError(
                    _(
                        "This is not the file whose fingerprint you handed in before the deadline: its SHA-256 is "
                        "%(found)s. A bid can't be changed after the deadline (Order 87, Article 34)."
                    ),
                    code="body_differs",
                    params={"found": sha256},
                )
            }
        )
    sealed.settle()
    promise.file.name, promise.size, promise.sealed_sha256 = name, size, sealed.sha256
    promise.received_at = clock.now()
    promise.save(update_fields=["file", "size", "sealed_sha256", "received_at"])
    record("bid.body_received", envelope, by=by, organisation=envelope.supplier, tender=tender.number)
    return promise


def _refuse_late_body(tender: Tender) -> None:
    rule = rule_for(tender, "tender.body_period")
    if clock.now() >= tender.bodies_due_at or tender.state not in (Tender.State.PUBLISHED, Tender.State.CLOSED):
        raise ValidationError(
            _(
                "Promised files were due %(minutes)s minutes after the deadline (%(source)s). "
                "Nothing can follow any more."
            ),
            code="body_late",
            params={"minutes": int(rule.value or 0), "source": rule.citation},
        )
