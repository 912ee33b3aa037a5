"""Bids being written: drafts that only their bidder reads."""

import datetime
import json
from functools import partial

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise
from marketplace.pages import clock
from marketplace.parties.models import Organisation, User

from .. import policies
from ..bidcontent import MOST_FILES, BidContent
from ..invitations import refuse_bidder, refuse_reserved_lots
from ..models import BidDraft, BidDraftFile, Tender

# The clock is read when the lock has been given: PostgreSQL computes nothing above a locked subquery before.
LOCK_AND_CLOCK = "SELECT clock_timestamp() FROM (SELECT 1 FROM tenders_tender WHERE id = %s FOR SHARE) AS locked"


def open_tender(tender: Tender) -> Tender:
    """The tender under a shared lock; see `open_tender_at`."""
    return open_tender_at(tender)[0]


def open_tender_at(tender: Tender) -> tuple[Tender, datetime.datetime]:
    """The tender under a shared lock, and the moment at which it was found to take bids: what a receipt says.

    Bidders don't wait for each other, closing waits for them all. Read again later, the clock might be past the
    deadline by then. Raises ValidationError(code="too_late") when the database's clock has reached it.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(LOCK_AND_CLOCK, [tender.pk])
            found = cursor.fetchone()
        if found:
            clock.hold(found[0].astimezone(datetime.UTC))
    tender = Tender.objects.prefetch_related("lots").get(pk=tender.pk)
    return tender, refuse_late(tender)


def refuse_late(tender: Tender) -> datetime.datetime:
    """The moment, which is before the deadline. Raises ValidationError `not_open`, `too_late`."""
    now = clock.now()
    if not tender.is_public:
        raise ValidationError(_("This tender is not published."), code="not_open")
    if not tender.takes_bids_at(now):
        raise ValidationError(
            _(
                "Bids were due on %(due)s. Nothing can be handed in, replaced or withdrawn any more "
                "(Order 87, Article 33)."
            ),
            code="too_late",
            params={"due": tender.bids_due_at.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M")},
        )
    return now


def _locked_bid_draft(tender: Tender, supplier: Organisation, by: User) -> BidDraft:
    tender = open_tender(tender)
    authorise(policies.may_bid, by, supplier)
    if tender.bureau_id == supplier.pk:
        raise ValidationError(
            _("A buyer can't bid for its own tender (Government Procurement Law, Article 12)."), code="conflict"
        )
    refuse_bidder(tender, supplier)
    draft, _created = BidDraft.objects.select_for_update().get_or_create(tender=tender, supplier=supplier)
    return draft


@transaction.atomic
def save_bid_draft(tender: Tender, supplier: Organisation, content: BidContent, *, by: User) -> BidDraft:
    """Keep what has been written so far. Nothing is checked yet; nothing is in the clear in the database."""
    draft = _locked_bid_draft(tender, supplier, by)
    refuse_reserved_lots(tender, [supplier], content.prices)
    draft.content = json.dumps(content.__dict__, ensure_ascii=False)
    draft.save(update_fields=["content", "saved_at"])
    return draft


@transaction.atomic
def add_draft_file(tender: Tender, supplier: Organisation, upload: UploadedFile, *, by: User) -> BidDraftFile:
    """Put a file into the draft, encrypted before it is stored."""
    draft = _locked_bid_draft(tender, supplier, by)
    if draft.files.count() >= MOST_FILES:
        raise ValidationError(
            {"file": ValidationError(_("At most %(most)s files."), code="too_many_files", params={"most": MOST_FILES})}
        )
    draft_file = BidDraftFile(
        draft=draft,
        name=(upload.name or "")[:200],
        content_type=upload.content_type or "application/octet-stream",
        size=upload.size or 0,
    )
    draft_file.file.save("draft", File(upload), save=False)
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
