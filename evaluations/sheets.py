"""The fields of a sheet: their names on the page and on the device, and what may stand in them."""

import datetime
import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from marketplace.pages import clock

from .models import Evidence, Indicator, Mark, Scorecard, SheetEntry

VISITED_ON, REMARK = "visited_on", "remark"
LONGEST_NOTE = Mark._meta.get_field("note").max_length or 0
LONGEST_REMARK = 4000


def points_of(leaf: Indicator) -> str:
    return f"points_{leaf.pk}"


def note_of(leaf: Indicator) -> str:
    return f"note_{leaf.pk}"


def names_of(leaves: Iterable[Indicator]) -> list[str]:
    """Every field of a sheet with these leaves, in its order."""
    return [VISITED_ON, *(name for leaf in leaves for name in (points_of(leaf), note_of(leaf))), REMARK]


@dataclass(frozen=True)
class Change:
    """One value written into one field.

    `seen` are the entries that stood there when it was written, by id; None says that it replaces whatever stands.
    """

    name: str
    value: str
    seen: frozenset[uuid.UUID] | None = None
    id: uuid.UUID = field(default_factory=uuid.uuid4)
    device: str = ""
    written_at: datetime.datetime | None = None


def cleaned(name: str, value: str, leaves: Mapping[str, Indicator]) -> str:
    """The value as it is kept; `leaves` by the names of their fields.

    Raises ValidationError: "unknown_leaf", "out_of_range", "too_long", "not_a_day", "future".
    """
    if "\x00" in value:
        raise ValidationError(_("This can't be read."), code="unreadable")
    if name == VISITED_ON:
        return _day(value)
    if name == REMARK:
        return _text(value, LONGEST_REMARK)
    if name not in leaves:
        raise ValidationError(_("This sheet has no such indicator."), code="unknown_leaf")
    if name.startswith("note_"):
        return _text(value, LONGEST_NOTE)
    return _points(value, leaves[name].top or 0)


def _day(value: str) -> str:
    if not value.strip():
        return ""
    try:
        day = datetime.date.fromisoformat(value.strip())
    except ValueError:
        raise ValidationError(_("Write the day as 2026-03-31."), code="not_a_day") from None
    if day > clock.today():
        raise ValidationError(_("This day has not come yet."), code="future")
    return day.isoformat()


def _text(value: str, longest: int) -> str:
    text = value.replace("\r\n", "\n").strip()
    if len(text) > longest:
        raise ValidationError(_("At most %(most)s characters."), code="too_long", params={"most": longest})
    return text


def _points(value: str, top: int) -> str:
    if not value.strip():
        return ""
    digits = value.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 4 and int(digits) <= top):
        raise ValidationError(_("Give 0 to %(top)s points."), code="out_of_range", params={"top": top})
    return str(int(digits))


def fields_of(leaves: Iterable[Indicator]) -> dict[str, Indicator]:
    """The leaf that a field belongs to, by the field's name."""
    return {name: leaf for leaf in leaves for name in (points_of(leaf), note_of(leaf))}


def fingerprint(values: Mapping[str, str], evidence: Iterable[Evidence]) -> str:
    """SHA-256 of a sheet as it was handed in: its values by field, and the files laid to it."""
    whole: dict[str, Any] = {
        "values": {name: values[name] for name in sorted(values) if values[name]},
        "evidence": sorted([str(one.indicator_id), one.sha256] for one in evidence),
    }
    return hashlib.sha256(json.dumps(whole, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def values_of(heads: Mapping[str, list[SheetEntry]]) -> dict[str, str]:
    """What stands in each field; where two devices differ, what came last."""
    return {name: entries[-1].value for name, entries in heads.items()}


def values_of_marks(scorecard: Scorecard) -> dict[str, str]:
    """The same of a sheet that has been opened: from its marks. One statement."""
    values = {REMARK: scorecard.remark, VISITED_ON: scorecard.visited_on.isoformat() if scorecard.visited_on else ""}
    for mark in scorecard.marks.select_related("indicator"):
        values |= {points_of(mark.indicator): str(mark.points), note_of(mark.indicator): mark.note}
    return values
