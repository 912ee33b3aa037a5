"""Hold what the database says against what was sealed, and name the first thing that is wrong.

Reads everything again: the rows, their seals, the batches and their signatures. `ledger` calls `verify_stream` for its
own stream. Needs the keys that live outside the database (see signing.py and HASH_KEY), and trusts nothing else.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db import DatabaseError, models
from django.db.models import Exists, OuterRef

from .actions import unsealed
from .canonical import column_names, row_digest, row_mac
from .heads import Head
from .models import Batch, Entry, Seal
from .sealing import CLOCK_STEP, batch_root, signed_part, streams
from .signing import is_signed

CHUNK = 2_000


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: in which stream, which row (its table and key), and what happened to it.

    `code`: changed, gone, inserted, reordered, forged, seal_changed, seal_gone, batch_changed, batch_gone, rewritten,
    unrecorded.
    """

    stream: str
    code: str
    row: str
    what: str

    def __str__(self) -> str:
        return f"{self.stream}: {self.row}: {self.what}"


@dataclass
class Report:
    """What was counted, and the faults in the order of the chain."""

    rows: dict[str, int] = field(default_factory=dict)
    unsealed: dict[str, int] = field(default_factory=dict)
    batches: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        return not self.faults


def verify(names: list[str] | None = None, heads: list[Head] | None = None, *, at_most: int = 1) -> Report:
    """Every stream (or the named ones) and the heads. Stops after `at_most` faults."""
    report = Report()
    for stream in names or streams():
        faults = islice(_stream_faults(stream, heads or [], report), at_most - len(report.faults))
        report.faults.extend(faults)
        if len(report.faults) >= at_most:
            break
    return report


def verify_stream(stream: str, heads: list[Head] | None = None, *, at_most: int = 1) -> Report:
    """One stream alone."""
    return verify([stream], heads, at_most=at_most)


def _stream_faults(stream: str, heads: list[Head], report: Report) -> Iterator[Fault]:
    report.batches[stream] = report.rows[stream] = 0
    last: Batch | None = None
    for batch in Batch.objects.filter(stream=stream).order_by("number").iterator(chunk_size=200):
        yield from _batch_faults(batch, last, heads)
        report.batches[stream] += 1
        report.rows[stream] += batch.count
        last = batch
    yield from _head_faults(stream, last, heads)
    own = Batch.objects.filter(pk=OuterRef("batch_id"), stream=stream)
    stray = Seal.objects.filter(~Exists(own), stream=stream).first()
    if stray:
        yield Fault(stream, "batch_gone", _seal_name(stray), "the batch that it belongs to is gone")
    yield from _unsealed_faults(stream, last, report)


def _row_name(stream: str, row_id: Any) -> str:
    return f"{streams()[stream]._meta.db_table} {row_id}"


def _seal_name(seal: Seal) -> str:
    return _seal_name_in(seal.stream, seal)


def _seal_name_in(stream: str, seal: Seal) -> str:
    return f"audit_seal of {_row_name(stream, seal.row_id)}"


def _batch_faults(batch: Batch, last: Batch | None, heads: list[Head]) -> Iterator[Fault]:
    stream, name = batch.stream, f"audit_batch {batch.number} ({batch.pk})"
    expected = last.number + 1 if last else 1
    if batch.number != expected:
        yield Fault(stream, "batch_gone", f"audit_batch {expected}", "the batch was sealed and is gone")
        return
    if not is_signed(signed_part(batch), batch.signature):
        yield Fault(stream, "batch_changed", name, "its root, number or signature was changed, or it was forged")
        return
    try:
        seals = list(batch.seals.order_by("position"))
    except (ValueError, TypeError):
        yield Fault(stream, "seal_changed", f"audit_seal of batch {batch.number}", "a seal can't be read any more")
        return
    places = [(str(seal.row_id), seal.digest) for seal in seals]
    rows = _rows(stream, [seal.row_id for seal in seals])
    digests = {str(key): row_digest(stream, columns) for key, columns in rows.items()}
    if batch_root(batch, places) != batch.root or any(seal.stream != stream for seal in seals):
        yield _why_root_differs(batch, last, seals, digests, rows)
        return
    if batch.previous != (last.root if last else "") or batch.size != (last.size if last else 0) + batch.count:
        yield Fault(stream, "batch_changed", name, "it does not follow the batch before it")
        return
    first_position = batch.size - batch.count + 1
    for position, seal in enumerate(seals, start=first_position):
        if seal.position != position:
            yield Fault(stream, "seal_changed", _seal_name(seal), f"its position {position} became {seal.position}")
            return
        digest = digests.get(str(seal.row_id))
        if digest is None:
            yield Fault(stream, "gone", _row_name(stream, seal.row_id), "the row was sealed and is gone")
        elif digest != seal.digest:
            yield Fault(stream, "changed", _row_name(stream, seal.row_id), "the row was changed after it was sealed")
        elif last and rows[seal.row_id]["created_at"] < last.watermark - CLOCK_STEP:
            yield Fault(
                stream,
                "inserted",
                _row_name(stream, seal.row_id),
                f"the row claims a time that was sealed before it came (batch {batch.number})",
            )
        elif (forged := _forged(stream, rows[seal.row_id])) is not None:
            yield forged
    for head in heads:
        if head.size_of(stream) == batch.size and head.root_of(stream) != batch.root:
            yield _rewritten(stream, batch, head)


def _rows(stream: str, keys: list) -> dict[Any, dict]:
    """The rows by key. One that can't be read any more (broken JSON, say) comes back empty: no digest fits it."""
    model = streams()[stream]
    rows: dict[Any, dict] = {}
    for start in range(0, len(keys), 500):
        chunk = keys[start : start + 500]
        try:
            rows |= {columns["id"]: columns for columns in _columns(model, chunk)}
        except (ValueError, TypeError, DatabaseError):
            for key in chunk:
                try:
                    rows |= {columns["id"]: columns for columns in _columns(model, [key])}
                except (ValueError, TypeError, DatabaseError):
                    rows[key] = {}
    return rows


def _columns(model: type[models.Model], keys: list) -> list[dict]:
    return list(model._base_manager.filter(pk__in=keys).values(*column_names(model)))


def _why_root_differs(batch: Batch, last: Batch | None, seals: list[Seal], digests: dict, rows: dict) -> Fault:
    """The signed root and the seals disagree. Find the seal that lies."""
    stream = batch.stream
    start = batch.size - batch.count + 1
    held = {seal.position for seal in seals}
    if moved := next((seal for seal in seals if seal.stream != stream), None):
        return Fault(stream, "seal_changed", _seal_name_in(stream, moved), "the seal was moved to another stream")
    if len(seals) < batch.count:
        missing = next((n for n in range(start, start + batch.count) if n not in held), start)
        return Fault(stream, "seal_gone", f"audit_seal {missing} of batch {batch.number}", "the seal is gone")
    if len(seals) > batch.count:
        extra = next((s for s in seals if not start <= s.position < start + batch.count), seals[-1])
        return Fault(stream, "seal_changed", _seal_name(extra), "the seal was put into a finished batch")
    if away := next((s for s in seals if not start <= s.position < start + batch.count), None):
        return Fault(stream, "seal_changed", _seal_name(away), f"its position became {away.position}")
    actual = [(str(seal.row_id), digests.get(str(seal.row_id), seal.digest)) for seal in seals]
    if batch_root(batch, actual) == batch.root:
        liar = next((s for s in seals if digests.get(str(s.row_id)) not in (None, s.digest)), seals[0])
        return Fault(stream, "seal_changed", _seal_name(liar), "its digest was changed")
    born = sorted((s for s in seals if rows.get(s.row_id)), key=lambda s: (rows[s.row_id]["created_at"], s.row_id))
    if batch_root(batch, [(str(s.row_id), s.digest) for s in born]) == batch.root:
        moved = next((s for s, right in zip(seals, born, strict=False) if s.pk != right.pk), seals[0])
        return Fault(stream, "reordered", _seal_name(moved), "its place in the batch was changed")
    for seal in seals:
        if str(seal.row_id) not in digests:
            return Fault(stream, "seal_changed", _seal_name(seal), "it names a row that is not there")
        if digests[str(seal.row_id)] != seal.digest:
            return Fault(stream, "changed", _row_name(stream, seal.row_id), "the row or its seal was changed")
    return Fault(stream, "batch_changed", f"audit_batch {batch.number} ({batch.pk})", "a column of it was changed")


def _forged(stream: str, columns: dict) -> Fault | None:
    """Audit entries carry an HMAC from the moment they are written."""
    if streams()[stream] is not Entry or columns["mac"] == row_mac(columns):
        return None
    return Fault(stream, "forged", _row_name(stream, columns["id"]), "the entry was changed or not written by Minfu")


def _unsealed_faults(stream: str, last: Batch | None, report: Report) -> Iterator[Fault]:
    report.unsealed[stream] = 0
    keys = iter(unsealed(stream).order_by("created_at", "pk").values_list("pk", flat=True).iterator(CHUNK))
    while chunk := list(islice(keys, CHUNK)):
        rows = _rows(stream, chunk)
        for key in chunk:
            report.unsealed[stream] += 1
            report.rows[stream] += 1
            if not (columns := rows.get(key)) or columns["created_at"] is None:
                yield Fault(stream, "changed", _row_name(stream, key), "the row can't be read any more")
            elif last and columns["created_at"] < last.watermark - CLOCK_STEP:
                yield Fault(
                    stream,
                    "inserted",
                    _row_name(stream, key),
                    "the row was put into history that was sealed without it, or its seal is gone",
                )
            elif (forged := _forged(stream, columns)) is not None:
                yield forged


def _head_faults(stream: str, last: Batch | None, heads: list[Head]) -> Iterator[Fault]:
    size = last.size if last else 0
    for head in heads:
        signed = head.size_of(stream)
        if signed > size:
            yield Fault(
                stream,
                "gone",
                f"rows {size + 1} to {signed}",
                f"the head of {head.signed_at} signed {signed} sealed rows, the database holds {size}",
            )
        elif signed and not Batch.objects.filter(stream=stream, size=signed).exists():
            yield Fault(
                stream,
                "rewritten",
                f"row {signed}",
                f"no batch ends where the head of {head.signed_at} says: the chain was written anew",
            )


def _rewritten(stream: str, batch: Batch, head: Head) -> Fault:
    return Fault(
        stream,
        "rewritten",
        f"audit_batch {batch.number} ({batch.pk})",
        f"its root is not the one that the head of {head.signed_at} signed: the chain was written anew",
    )
