"""Documents of a draft: every file with its fingerprint, every version kept."""

import hashlib

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import record
from marketplace.pages import clock
from marketplace.parties.models import User

from ..models import Tender, TenderDocument
from .drafting import locked_draft


@transaction.atomic
def add_document(tender: Tender, title: str, upload: UploadedFile, *, by: User) -> TenderDocument:
    """Put a file into the tender; its SHA-256 is published with it."""
    tender = locked_draft(tender, by)
    document = store_document(tender, title, upload, by=by)
    record("tender.document_added", tender, by=by, organisation=tender.bureau, sha256=document.sha256)
    return document


@transaction.atomic
def replace_document(document: TenderDocument, upload: UploadedFile, *, by: User) -> TenderDocument:
    """A new version of a file. The older one keeps its number and fingerprint, and can still be read at the desk.

    Raises ValidationError `superseded` when it is not the newest, `same_file` when nothing has changed.
    """
    tender = locked_draft(document.tender, by)
    document = tender.documents.select_for_update().get(pk=document.pk)
    if document.superseded_at is not None:
        raise ValidationError(_("There is a newer version of this file already."), code="superseded")
    newer = store_document(tender, document.title, upload, replaces=document, by=by)
    if newer.sha256 == document.sha256:
        raise ValidationError(
            {"file": ValidationError(_("This is the same file: its fingerprint has not changed."), code="same_file")}
        )
    record(
        "tender.document_replaced",
        tender,
        by=by,
        organisation=tender.bureau,
        sha256=newer.sha256,
        earlier=document.sha256,
        version=newer.version,
    )
    return newer


def store_document(
    tender: Tender, title: str, upload: UploadedFile, *, replaces: TenderDocument | None = None, by: User
) -> TenderDocument:
    """Keep the file and its fingerprint; an older version steps back. The caller holds the tender's lock."""
    digest = hashlib.sha256()
    for piece in upload.chunks():
        digest.update(piece)
    upload.seek(0)
    if replaces is not None:
        replaces.superseded_at = clock.now()
        replaces.save(update_fields=["superseded_at"])
    document = TenderDocument(
        tender=tender,
        title=title,
        name=(upload.name or "")[:200],
        content_type=upload.content_type or "application/octet-stream",
        size=upload.size or 0,
        sha256=digest.hexdigest(),
        version=replaces.version + 1 if replaces else 1,
        replaces=replaces,
        uploaded_by=by,
    )
    document.file.save(document.name, upload, save=False)
    document.save()
    return document


@transaction.atomic
def remove_document(document: TenderDocument, *, by: User) -> None:
    """Take a file out of a draft, with its older versions."""
    tender = locked_draft(document.tender, by)
    gone: TenderDocument | None = tender.documents.get(pk=document.pk)
    record("tender.document_removed", tender, by=by, organisation=tender.bureau, sha256=document.sha256)
    while gone is not None:
        earlier = gone.replaces
        gone.delete()
        gone = earlier
