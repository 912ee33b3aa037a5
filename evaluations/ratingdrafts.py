"""What stands on a rating sheet before all of its round are in: encrypted, for its scorer alone (as `sheets` of
evaluations). The ranking opens it."""

import datetime
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .models import Indicator, RatingMark, RatingSheet


@dataclass(frozen=True)
class RatingDraft:
    """Points and notes by leaf id, as text; what is not given is not there."""

    points: dict[str, int] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    visited_on: datetime.date | None = None
    remark: str = ""

    def as_text(self) -> str:
        visited_on = self.visited_on.isoformat() if self.visited_on else ""
        whole = {"points": self.points, "notes": self.notes, "visited_on": visited_on, "remark": self.remark}
        return json.dumps(whole, ensure_ascii=False, sort_keys=True)


def draft_of(sheet: RatingSheet) -> RatingDraft:
    """What the scorer has written so far. No statement."""
    if not sheet.draft:
        return RatingDraft()
    whole = json.loads(sheet.draft)
    visited_on = datetime.date.fromisoformat(whole["visited_on"]) if whole["visited_on"] else None
    return RatingDraft(whole["points"], whole["notes"], visited_on, whole["remark"])


def make_draft(
    points: Mapping[Any, int | None], notes: Mapping[Any, str], visited_on: datetime.date | None, remark: str
) -> RatingDraft:
    """A draft of what was typed, by leaf id; the note of a leaf without points waits with it."""
    return RatingDraft(
        {str(pk): given for pk, given in points.items() if given is not None},
        {str(pk): note.strip() for pk, note in notes.items() if note.strip()},
        visited_on,
        remark.strip(),
    )


def open_sheets(sheets: Iterable[RatingSheet], leaves: Iterable[Indicator]) -> None:
    """All are in: make the marks of the drafts, with the day and the remark. A part of the ranking."""
    by_text = {str(leaf.pk): leaf for leaf in leaves}
    opened, marks = [], []
    for sheet in sheets:
        draft = draft_of(sheet)
        marks += [
            RatingMark(sheet=sheet, indicator=by_text[pk], points=given, note=draft.notes.get(pk, ""))
            for pk, given in draft.points.items()
        ]
        sheet.visited_on, sheet.remark, sheet.draft = draft.visited_on, draft.remark, ""
        opened.append(sheet)
    RatingMark.objects.bulk_create(marks, batch_size=500)
    RatingSheet.objects.bulk_update(opened, ["visited_on", "remark", "draft"], batch_size=200)
