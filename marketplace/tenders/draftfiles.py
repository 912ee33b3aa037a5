"""A bid that is still a draft: readable to its writer, encrypted under FIELD_KEYS (docs/decisions/0004)."""

import json

from .bidcontent import BidContent, BidFile
from .models import BidDraft


def files_of(draft: BidDraft) -> list[BidFile]:
    """The draft's files, opened: decrypted piece by piece as they are read."""
    return [BidFile(f.name, f.content_type, f.size, f.file.open("rb")) for f in draft.files.all()]


def content_of(draft: BidDraft | None) -> BidContent:
    """What the draft says so far; an empty bid when there is none."""
    return BidContent() if draft is None else BidContent.from_plain(json.loads(draft.content))
