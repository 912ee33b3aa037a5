"""Photos and papers that a scorer lays to a leaf, before the sheet is handed in."""

import datetime
import hashlib
import uuid
from functools import partial

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from evaluations import queries
from evaluations.models import Engagement, Evidence, Indicator, Scorecard
from evaluations.photos import FORMATS, Photo, Place, clean_photo
from marketplace.pages import clock
from marketplace.pages.uploads import MEBIBYTE, check_file
from marketplace.parties.models import User

from .scorecards import locked_sheet

KINDS = ("jpeg", "png", "pdf")
MOST_BYTES = 20 * MEBIBYTE


@transaction.atomic
def add_evidence(
    scorecard: Scorecard,
    leaf: Indicator,
    file: UploadedFile,
    *,
    key: uuid.UUID | None = None,
    taken_at: datetime.datetime | None = None,
    here: Place | None = None,
    by: User,
) -> Evidence:
    """Lay a file to a leaf. The same file on the same leaf is laid once, however often a device sends it.

    `key` is the device's own id of it, `taken_at` and `here` what the device says; a photo's own time and place count
    where it has them and the device says none. Nothing is recorded before the sheets are opened (see `write_sheet`).
    Raises ValidationError: "late" once the sheet is handed in, "unknown_leaf", "too_large", "wrong_ending",
    "not_what_it_says".
    """
    engagement, scorecard = _sheet_for_evidence(scorecard, by)
    if not queries.scored_leaves(engagement.framework).filter(pk=leaf.pk).exists():
        raise ValidationError(_("This sheet has no such indicator."), code="unknown_leaf")
    kind = check_file(file, max_bytes=MOST_BYTES, kinds=KINDS)
    sent = b"".join(file.chunks())
    digest = hashlib.sha256(sent).hexdigest()
    if known := scorecard.evidence.filter(indicator=leaf, sent_sha256=digest).first():
        return known
    photo = clean_photo(file, kind) if kind in FORMATS else Photo(sent, None, None)
    now, place = clock.now(), here or photo.place
    evidence = Evidence(
        scorecard=scorecard,
        indicator=leaf,
        name=str(file.name)[-120:],
        kind=kind,
        size=len(photo.content),
        sha256=hashlib.sha256(photo.content).hexdigest(),
        sent_sha256=digest,
        taken_at=min(photo.taken_at or taken_at or now, now),
        received_at=now,
        lat=place.lat if place else None,
        lng=place.lng if place else None,
        place_from=("" if place is None else Evidence.PlaceFrom.DEVICE if here else Evidence.PlaceFrom.PHOTO),
    )
    if key and not Evidence.objects.filter(pk=key).exists():
        evidence.pk = key
    evidence.file.save(f"{evidence.pk}", ContentFile(photo.content), save=False)
    evidence.save(force_insert=True)
    return evidence


@transaction.atomic
def remove_evidence(evidence: Evidence, *, by: User) -> None:
    """Take a file from one's own open sheet. Raises ValidationError(code="late")."""
    _engagement, scorecard = _sheet_for_evidence(evidence.scorecard, by)
    found = scorecard.evidence.get(pk=evidence.pk)
    transaction.on_commit(partial(found.file.storage.delete, found.file.name))
    found.delete()


def _sheet_for_evidence(scorecard: Scorecard, by: User) -> tuple[Engagement, Scorecard]:
    try:
        return locked_sheet(scorecard, by)
    except ValidationError:
        raise ValidationError(
            _("This sheet has been handed in: evidence that comes later isn't taken."), code="late"
        ) from None
