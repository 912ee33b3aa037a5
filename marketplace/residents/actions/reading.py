"""A file comes in: kept encrypted in pieces, read line by line in the background, held against the register.

Reading commits every couple of thousand rows, so that the page can show how far it is, and begins anew when it was
killed. Nothing of the register changes.
"""

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import batched
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Exists, Min, OuterRef

from marketplace.audit.actions import record
from marketplace.pages import clock
from marketplace.pages.models import uuid7
from marketplace.parties.encryption import decrypt, encrypt, keyed_hash
from marketplace.parties.models import Organisation, Region
from marketplace.residents.models import (
    ImportRow,
    RegisterImport,
    Resident,
    hash_of_id,
    hash_of_phone,
    mask_id,
    mask_name,
)
from marketplace.residents.registerfile import RegisterRow, read_register

from .register import sex_of

BATCH = 2_000
SHOWN = 200  # rows of each kind that the preview lists; the counts are always of all
COMPARED = ("name", "region_id", "community", "household_number", "household", "preferred_way", "phone_hash")
COLUMNS = [field.column for field in ImportRow._meta.concrete_fields]


def places_of(bureau: Organisation) -> dict[str, str]:
    """Codes and names of every place in the bureau's region, to its code."""
    places: dict[str, str] = {}
    for region in Region.objects.filter(code__startswith=bureau.region.prefix):
        places[region.name] = places[region.code] = region.code
    return places


def locked_import(register_import: RegisterImport) -> RegisterImport:
    return (
        RegisterImport.objects.select_for_update(of=("self",))
        .select_related("bureau__region", "by")
        .get(pk=register_import.pk)
    )


def read_import(register_import: RegisterImport) -> RegisterImport:
    """Read the whole file and say what it would do. Not one transaction: whoever waits sees how far it is.

    A retry begins anew. Raises ValidationError on `file` (`unreadable`, `columns`, `empty`, `too_large`).
    """
    register_import = RegisterImport.objects.select_related("bureau__region", "by").get(pk=register_import.pk)
    if register_import.state != RegisterImport.State.READING:
        return register_import
    moment = clock.now()
    register_import.rows.all().delete()
    reader = _Reader(register_import)
    rows = read_register(
        _pieces(register_import), register_import.file_name, places_of(register_import.bureau), register_import.kind
    )
    for chunk in batched(rows, BATCH):
        with transaction.atomic():
            _lay_down(reader.prepare(chunk))
            RegisterImport.objects.filter(pk=register_import.pk).update(done=reader.done)
    return _finish(register_import, moment)


def _pieces(register_import: RegisterImport) -> Iterator[bytes]:
    """One at a time, without a cursor on the server: a refused file would leave it open within another transaction."""
    for key in list(register_import.parts.order_by("number").values_list("pk", flat=True)):
        yield decrypt(bytes(register_import.parts.values_list("content", flat=True).get(pk=key)))


def _lay_down(rows: list[tuple]) -> None:
    """The fastest way that each database has for many rows into a table with few indexes."""
    columns = ", ".join(COLUMNS)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY residents_importrow ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        places = ", ".join(["%s"] * len(COLUMNS))
        keys = [COLUMNS.index(name) for name in ("id", "register_import_id", "resident")]
        plain = [
            [value.hex if place in keys else value for place, value in enumerate(row)] for row in rows
        ]  # SQLite keeps a UUID as 32 hex digits
        cursor.executemany(f"INSERT INTO residents_importrow ({columns}) VALUES ({places})", plain)  # noqa: S608 - our own names


class _Reader:
    """Turns rows of the file into rows of the table: encrypted once, hashed, and compared with who is known."""

    def __init__(self, register_import: RegisterImport) -> None:
        self.register_import = register_import
        self.prefix = register_import.bureau.region.prefix
        self.is_match = register_import.kind == RegisterImport.Kind.MATCH
        self.done = 0

    def prepare(self, rows: tuple[RegisterRow, ...]) -> list[tuple]:
        hashes = [hash_of_id(row.id_number) for row in rows]
        known = {
            entry["id_hash"]: entry
            for entry in Resident.objects.filter(id_hash__in=hashes)
            .order_by()
            .values("pk", "id_hash", "state", *COMPARED)
        }
        self.done += len(rows)
        return [self._row(row, digest, known.get(digest)) for row, digest in zip(rows, hashes, strict=True)]

    def _row(self, row: RegisterRow, id_hash: str, entry: dict[str, Any] | None) -> tuple:
        stored = {
            "name": row.name,
            "region_id": row.region,
            "community": row.community,
            "household_number": row.household_number,
            "household": row.household,
            "preferred_way": row.preferred_way,
            "phone_hash": hash_of_phone(row.phone) if row.phone else "",
        }
        kind = self._kind(row, stored, entry)
        plain = "\x1f".join([row.id_number, row.state, row.phone, row.address, *stored.values()])
        values = {
            "id": uuid7(),
            "register_import_id": self.register_import.pk,
            "number": row.number,
            "kind": kind.value,
            "problems": ",".join(row.problems),
            "resident": entry["pk"] if entry else uuid7(),
            "id_number": _secret(row.id_number),
            "id_hash": id_hash,
            "birth_date": row.born,
            "sex": str(sex_of(row.id_number)),
            "region": row.region,
            "phone": _secret(row.phone),
            "address": _secret(row.address),
            "state": row.state,
            "digest": keyed_hash("resident.row", plain),
            **stored,
        }
        return tuple(values[column] for column in COLUMNS)

    def _kind(self, row: RegisterRow, stored: dict[str, str], entry: dict[str, Any] | None) -> ImportRow.Kind:
        """What the row would do to the register as it stands."""
        Kind, State = ImportRow.Kind, Resident.State
        if not self.is_match and "unknown_region" not in row.problems and not row.region.startswith(self.prefix):
            row.problems.append("other_region")
        is_ours = entry is not None and entry["region_id"].startswith(self.prefix)
        if entry is not None and not is_ours and entry["state"] not in (State.MOVED, State.DECEASED):
            if self.is_match:
                return Kind.REJECTED if row.problems else Kind.UNCHANGED
            row.problems.append("elsewhere")  # nobody takes a resident by naming an ID number
        if entry is not None and entry["state"] == State.DECEASED and row.state == State.ACTIVE:
            row.problems.append("deceased")
        if row.problems:
            return Kind.REJECTED
        if entry is None:  # who left before we knew them stays unknown
            return Kind.ADDED if row.state == State.ACTIVE and not self.is_match else Kind.UNCHANGED
        if row.state != State.ACTIVE:
            is_news = entry["state"] not in (row.state, State.DECEASED)
            if self.is_match:
                is_news = entry["state"] == State.ACTIVE
            return Kind.ENDED if is_news else Kind.UNCHANGED
        is_same = entry["state"] != State.MOVED and all(entry[name] == value for name, value in stored.items())
        return Kind.UNCHANGED if is_same else Kind.CHANGED


def _secret(text: str) -> str:
    return encrypt(text.encode()).decode() if text else ""


@transaction.atomic
def _finish(register_import: RegisterImport, moment: datetime.datetime) -> RegisterImport:
    """Every row is laid down: who stands in the file twice, who is gone, how many of each."""
    register_import = locked_import(register_import)
    _mark_doubles(register_import)
    register_import.report = report_of(register_import)
    register_import.total = register_import.done = register_import.rows.count()
    register_import.read_at = moment
    register_import.problem = ""
    register_import.preview()
    register_import.save(update_fields=["report", "total", "done", "read_at", "problem", "state"])
    counts = register_import.report["counts"]
    record("register.previewed", register_import, by=register_import.by, organisation=register_import.bureau, **counts)
    return register_import


def _mark_doubles(register_import: RegisterImport) -> None:
    """The same person in a second line is wrong, whichever of the two is right."""
    rows = register_import.rows.exclude(id_hash="").order_by()
    doubles = rows.values("id_hash").annotate(count=Count("id"), first=Min("number")).filter(count__gt=1)
    for double in doubles.iterator(chunk_size=BATCH):
        for row in rows.filter(id_hash=double["id_hash"], number__gt=double["first"]):
            row.kind, row.problems = ImportRow.Kind.REJECTED, ",".join(filter(None, [row.problems, "twice"]))
            row.save(update_fields=["kind", "problems"])


def gone_from(register_import: RegisterImport):
    """Active residents of the bureau's region who are missing from a complete file."""
    if not register_import.is_complete:
        return Resident.objects.none()
    named = ImportRow.objects.filter(register_import=register_import, id_hash=OuterRef("id_hash"))
    return Resident.objects.active().within(register_import.bureau.region).order_by().filter(~Exists(named))


def report_of(register_import: RegisterImport) -> dict[str, Any]:
    """Counts of all, and the first rows of each kind, masked: this is stored in the clear."""
    rows = register_import.rows
    counts = Counter(dict.fromkeys(ImportRow.Kind.values, 0))
    counts.update(dict(rows.order_by().values_list("kind").annotate(count=Count("id"))))
    gone = gone_from(register_import)
    counts["gone"] = gone.count()
    report: dict[str, Any] = {"counts": dict(counts)}
    for kind in ("added", "changed", "ended", "rejected"):
        report[kind] = [_shown(row) for row in rows.filter(kind=kind).order_by("number")[:SHOWN]]
    _say_what_changes(report["changed"], rows.filter(kind=ImportRow.Kind.CHANGED).order_by("number")[:SHOWN])
    report["gone"] = [{"name": mask_name(name)} for name in gone.values_list("name", flat=True)[:SHOWN]]
    return report


def _say_what_changes(shown: list[dict[str, Any]], rows: Iterable[ImportRow]) -> None:
    """Names of what a row would make different: of telephones and addresses that they differ, not what they are."""
    rows = list(rows)
    known = Resident.objects.in_bulk([row.resident for row in rows])
    for line, row in zip(shown, rows, strict=True):
        resident = known[row.resident]
        new = {name: row.region if name == "region_id" else getattr(row, name) for name in COMPARED}
        line["fields"] = [name for name, value in new.items() if getattr(resident, name) != value]
        if resident.state == Resident.State.MOVED:
            line["fields"].append("state")


def _shown(row: ImportRow) -> dict[str, Any]:
    problems = row.problems.split(",") if row.problems else []
    return {
        "row": row.number,
        "name": mask_name(row.name),
        "id": mask_id(row.id_number) if "id_number" not in problems else "",
        "state": row.state,
        "problems": problems,
    }


@transaction.atomic
def fail_import(register_import: RegisterImport, problem: str) -> RegisterImport:
    """The file is no table of residents: say why, keep nothing of it."""
    register_import = locked_import(register_import)
    if register_import.state == RegisterImport.State.READING:
        register_import.fail(problem)
        register_import.save(update_fields=["state", "problem"])
        forget_file(register_import)
        record("register.unreadable", register_import, by=register_import.by, organisation=register_import.bureau)
    return register_import


def forget_file(register_import: RegisterImport) -> None:
    """Pieces and rows are there for the decision only."""
    register_import.parts.all().delete()
    register_import.rows.all()._raw_delete(using=connection.alias)
