"""Bids before the deadline: drafts that only their bidder reads, and envelopes that nobody reads."""

import json
import tempfile
from collections.abc import Sequence
from functools import partial

from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.papers.actions import issue_receipt
from marketplace.parties.models import Organisation, User

from .. import notices, policies, sealing
from ..bidcontent import MOST_FILES, BidContent, BidFile, refuse_content
from ..draftfiles import encrypt_file
from ..invitations import refuse_bidder
from ..models import BidDraft, BidDraftFile, Envelope, Tender

SPOOL = 2 * 1024 * 1024


def _open_tender(tender: Tender) -> Tender:
    """The tender under a shared lock: bidders don't wait for each other, closing waits for them all.

    Raises ValidationError(code="too_late") when the database's clock has reached the deadline.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM tenders_tender WHERE id = %s FOR SHARE", [tender.pk])
    tender = Tender.objects.select_related("bureau").get(pk=tender.pk)
    if not tender.is_public:
        raise ValidationError(_("This tender is not published."), code="not_open")
    if not tender.takes_bids_at(clock.now()):
        raise ValidationError(
            _("Bids were due on %(due)s. Nothing can be handed in, replaced or withdrawn any more."),
            code="too_late",
            params={"due": tender.bids_due_at.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M")},
        )
    return tender


def _refuse_own_tender(tender: Tender, supplier: Organisation) -> None:
    if tender.bureau_id == supplier.pk:
        raise ValidationError(_("A buyer can't bid for its own tender."), code="conflict")
    refuse_bidder(tender, supplier)


@transaction.atomic
def save_bid_draft(tender: Tender, supplier: Organisation, content: BidContent, *, by: User) -> BidDraft:
    """Keep what has been written so far. Nothing is checked yet; nothing is in the clear in the database."""
    tender = _open_tender(tender)
    authorise(policies.may_bid, by, supplier)
    _refuse_own_tender(tender, supplier)
    draft, _created = BidDraft.objects.select_for_update().get_or_create(tender=tender, supplier=supplier)
    draft.content = json.dumps(content.__dict__, ensure_ascii=False)
    draft.save(update_fields=["content", "saved_at"])
    return draft


@transaction.atomic
def add_draft_file(tender: Tender, supplier: Organisation, upload: UploadedFile, *, by: User) -> BidDraftFile:
    """Put a file into the draft, encrypted before it is stored."""
    tender = _open_tender(tender)
    authorise(policies.may_bid, by, supplier)
    _refuse_own_tender(tender, supplier)
    draft, _created = BidDraft.objects.select_for_update().get_or_create(tender=tender, supplier=supplier)
    if draft.files.count() >= MOST_FILES:
        raise ValidationError(
            {"file": ValidationError(_("At most %(most)s files."), code="too_many_files", params={"most": MOST_FILES})}
        )
    plain = upload.read()
    draft_file = BidDraftFile(
        draft=draft,
        name=(upload.name or "")[:200],
        content_type=upload.content_type or "application/octet-stream",
        size=len(plain),
    )
    draft_file.file.save("draft", ContentFile(encrypt_file(plain)), save=False)
    draft_file.save()
    return draft_file


@transaction.atomic
def remove_draft_file(draft_file: BidDraftFile, *, by: User) -> None:
    """Take a file out of the draft and destroy it."""
    draft = BidDraft.objects.select_for_update().select_related("supplier").get(pk=draft_file.draft_id)
    authorise(policies.may_bid, by, draft.supplier)
    draft_file = draft.files.get(pk=draft_file.pk)
    transaction.on_commit(partial(default_storage.delete, draft_file.file.name))
    draft_file.delete()


def destroy_draft(draft: BidDraft) -> None:
    """Words and files, gone. The caller holds the transaction."""
    for draft_file in draft.files.all():
        transaction.on_commit(partial(default_storage.delete, draft_file.file.name))
    draft.delete()


def _destroy_envelope(envelope: Envelope) -> None:
    transaction.on_commit(partial(default_storage.delete, envelope.file.name))


def submit_bid(
    tender: Tender, supplier: Organisation, content: BidContent, files: Sequence[BidFile] = (), *, by: User
) -> Envelope:
    """Seal the bid to the tender's key and hand it in; an earlier one of the same supplier is replaced and destroyed.

    The draft is destroyed too: from now on not even its writer can read the bid here. Returns the envelope with the
    code of its signed receipt. Raises ValidationError `too_late`, or on the fields that would make the bid invalid.
    """
    authorise(policies.may_bid, by, supplier)
    _refuse_own_tender(tender, supplier)
    if tender.public_key is None:
        raise ValidationError(_("This tender is not published."), code="not_open")
    refuse_content(tender, content, file_count=len(files))
    envelope = Envelope(tender=tender, supplier=supplier, submitted_by=by)
    with tempfile.SpooledTemporaryFile(max_size=SPOOL) as sealed:
        envelope.sha256 = sealing.seal_bid(
            bytes(tender.public_key), content.as_manifest(list(files)), [f.stream for f in files], sealed
        )
        envelope.size = sealed.tell()
        sealed.seek(0)
        # Stored before the lock: a hundred bidders in the last minute wait for the disk, not for each other.
        envelope.file.save("sealed", File(sealed), save=False)
    try:
        return _hand_in(envelope, by)
    except BaseException:
        default_storage.delete(envelope.file.name)
        raise


@transaction.atomic
def _hand_in(envelope: Envelope, by: User) -> Envelope:
    supplier = Organisation.objects.select_for_update(no_key=True).get(pk=envelope.supplier_id)
    tender = _open_tender(envelope.tender)
    authorise(policies.may_bid, by, supplier)
    earlier = Envelope.objects.select_for_update().filter(tender=tender, supplier=supplier).standing().first()
    if earlier:
        earlier.replace()
        earlier.save(update_fields=["state"])
        _destroy_envelope(earlier)
    envelope.submitted_at = clock.now()
    envelope.save(force_insert=True)
    receipt = issue_receipt(
        "bid",
        {
            "tender": tender.number,
            "title": tender.title,
            "supplier": supplier.name,
            "uscc": supplier.uscc,
            "sha256": envelope.sha256,
            "size": envelope.size,
            "submitted_at": envelope.submitted_at.astimezone(clock.SHANGHAI).isoformat(timespec="milliseconds"),
            "replaces": earlier.receipt_code if earlier else "",
        },
        about=envelope,
        organisation=supplier,
        by=by,
    )
    envelope.receipt_code = receipt.code
    envelope.save(update_fields=["receipt_code"])
    for draft in BidDraft.objects.filter(tender=tender, supplier=supplier):
        destroy_draft(draft)
    record("bid.sealed", envelope, by=by, organisation=supplier, tender=tender.number, sha256=envelope.sha256)
    transaction.on_commit(partial(notices.tell_sealed.enqueue, str(envelope.pk)))
    return envelope


@transaction.atomic
def withdraw_bid(envelope: Envelope, *, by: User) -> Envelope:
    """Take a bid back before the deadline. It is destroyed unread; the receipt of its handing-in stays."""
    supplier = Organisation.objects.select_for_update(no_key=True).get(pk=envelope.supplier_id)
    tender = _open_tender(envelope.tender)
    authorise(policies.may_bid, by, supplier)
    envelope = Envelope.objects.select_for_update().get(pk=envelope.pk)
    if envelope.state != Envelope.State.SEALED:
        raise ValidationError(_("This bid was replaced or withdrawn before."), code="not_standing")
    envelope.withdraw()
    envelope.save(update_fields=["state"])
    _destroy_envelope(envelope)
    record("bid.withdrawn", envelope, by=by, organisation=supplier, tender=tender.number)
    return envelope
