"""Keeping a file that proves something, with its fingerprint."""

import hashlib

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile

from marketplace.parties.models import User

from .models import CaseFile, Challenge, Complaint, PriceReview


def keep_file(
    upload: UploadedFile,
    *,
    by: User,
    review: PriceReview | None = None,
    challenge: Challenge | None = None,
    complaint: Complaint | None = None,
) -> CaseFile:
    """Store one file for one case. The form has checked its kind and size."""
    content = upload.read()
    kept = CaseFile(
        review=review,
        challenge=challenge,
        complaint=complaint,
        name=(upload.name or "")[:200],
        content_type=(upload.content_type or "application/octet-stream")[:100],
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        uploaded_by=by,
    )
    kept.file.save("case", ContentFile(content), save=False)
    kept.save(force_insert=True)
    return kept
