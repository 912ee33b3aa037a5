"""Files of a bid that is still a draft: encrypted under FIELD_KEYS, which live outside the database and the disk."""

import base64
import hashlib
import io
import json

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings

from .bidcontent import BidContent, BidFile
from .models import BidDraft, BidDraftFile


def _box() -> MultiFernet:
    # A key of its own, derived from the same secrets: a token of one use does not open as another.
    return MultiFernet(
        [
            Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"bid-draft-file:" + key.encode()).digest()))
            for key in settings.FIELD_KEYS
        ]
    )


def encrypt_file(plain: bytes) -> bytes:
    return _box().encrypt(plain)


def decrypt_file(draft_file: BidDraftFile) -> bytes:
    with draft_file.file.open("rb") as stored:
        return _box().decrypt(stored.read())


def files_of(draft: BidDraft) -> list[BidFile]:
    """The draft's files in the clear, in memory only."""
    return [BidFile(f.name, f.content_type, f.size, io.BytesIO(decrypt_file(f))) for f in draft.files.all()]


def content_of(draft: BidDraft | None) -> BidContent:
    """What the draft says so far; an empty bid when there is none."""
    return BidContent() if draft is None else BidContent.from_plain(json.loads(draft.content))
