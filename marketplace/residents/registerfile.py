"""The file of the civil-affairs register: what its columns may be called, and how each row is read.

The file comes in pieces and its rows go out one by one, so that a hundred thousand take no more memory than a thousand
(XLSX is a zip and is held whole, 25 MB at most). A row that can't be read keeps the codes of its problems; nothing is
skipped silently.
"""

import codecs
import csv
import datetime
import io
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from zipfile import BadZipFile

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from .models import RegisterImport, Resident, born_on, validate_id_number

MOST_BYTES = 25 * 1024 * 1024
MOST_ROWS = 200_000

COLUMNS = {
    "name": ("姓名", "name"),
    "id_number": ("身份证号", "身份证号码", "公民身份号码", "id_number", "id number"),
    "region": ("居住地代码", "居住地", "地区代码", "镇街", "region", "region code"),
    "community": ("社区", "村社区", "社区（村）", "community"),
    "household_number": ("户号", "户编号", "household number"),
    "household": ("居住情况", "household", "living situation"),
    "phone": ("联系电话", "电话", "手机号", "phone", "telephone"),
    "address": ("住址", "居住地址", "地址", "address"),
    "preferred_way": ("联系方式偏好", "联系方式", "preferred way"),
    "state": ("状态", "state"),
}
REQUIRED = {
    RegisterImport.Kind.REGISTER: ("name", "id_number", "region"),
    RegisterImport.Kind.MATCH: ("id_number", "state"),
}
HOUSEHOLDS = {
    "独居": Resident.Household.ALONE,
    "与配偶同住": Resident.Household.COUPLE,
    "与家人同住": Resident.Household.FAMILY,
    "住养老机构": Resident.Household.INSTITUTION,
}
WAYS = {
    "电话": Resident.Way.PHONE,
    "短信": Resident.Way.SMS,
    "信件": Resident.Way.POST,
    "上门": Resident.Way.WORKER,
}
STATES = {
    "": Resident.State.ACTIVE,
    "正常": Resident.State.ACTIVE,
    "死亡": Resident.State.DECEASED,
    "迁出": Resident.State.MOVED,
}


@dataclass(slots=True)
class RegisterRow:
    """One person as the file has them; `problems` are stable codes, empty when the row can be taken."""

    number: int
    name: str = ""
    id_number: str = ""
    region: str = ""
    community: str = ""
    household_number: str = ""
    household: str = Resident.Household.FAMILY.value
    phone: str = ""
    address: str = ""
    preferred_way: str = Resident.Way.PHONE.value
    state: str = Resident.State.ACTIVE.value
    born: datetime.date | None = None
    problems: list[str] = field(default_factory=list)


def _choice(text: str, words: dict[str, Any], choices: Any) -> str | None:
    """By the Chinese word of the file or by the stored code."""
    if text in words:
        return str(words[text].value)
    return text if text in choices.values else None


# A parser's own error is a SyntaxError; defusedxml refuses a DTD with a ValueError.
BROKEN_WORKBOOK = (
    InvalidFileException, BadZipFile, zlib.error, SyntaxError, OSError, LookupError, ValueError, TypeError
)  # fmt: skip


def _unreadable() -> ValidationError:
    return ValidationError(
        {"file": ValidationError(_("This file can't be read. Send it as XLSX or CSV."), code="unreadable")}
    )


def _sheet(pieces: Iterable[bytes]) -> Iterator[list[str]]:
    """Its XML is read row by row, so what is broken in it, or must not be there (a DTD that swells), shows on the way:
    the importer tells it like any other file that can't be read."""
    try:
        book = load_workbook(io.BytesIO(b"".join(pieces)), read_only=True, data_only=True)
        for row in book.worksheets[0].iter_rows(values_only=True):
            yield ["" if cell is None else str(cell).strip() for cell in row]
    except BROKEN_WORKBOOK as wrong:
        raise _unreadable() from wrong


def _text(pieces: Iterable[bytes]) -> Iterator[str]:
    """Lines of a text whose encoding the first piece tells: UTF-8, or GB 18030 as Chinese spreadsheets save it."""
    decoder, rest = None, ""
    for piece in pieces:
        if decoder is None:
            decoder, piece = _decoder_for(piece)
        rest += _decoded(decoder, piece)
        *lines, rest = rest.split("\n")  # not splitlines: a cell may hold other characters that end lines
        yield from (f"{line}\n" for line in lines)
    if decoder is not None:
        rest += _decoded(decoder, b"", final=True)
    if rest:
        yield rest


def _decoder_for(piece: bytes) -> tuple[codecs.IncrementalDecoder, bytes]:
    piece = piece.removeprefix(codecs.BOM_UTF8)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(piece)
    except UnicodeDecodeError:
        return codecs.getincrementaldecoder("gb18030")(), piece
    return codecs.getincrementaldecoder("utf-8")(), piece


def _decoded(decoder: codecs.IncrementalDecoder, piece: bytes, *, final: bool = False) -> str:
    try:
        text = decoder.decode(piece, final)
    except UnicodeDecodeError as wrong:
        raise _unreadable() from wrong
    if "\0" in text:
        raise _unreadable()
    return text


def _table(pieces: Iterable[bytes], file_name: str) -> Iterator[list[str]]:
    if file_name.lower().endswith(".xlsx"):
        yield from _sheet(pieces)
        return
    for row in csv.reader(_text(pieces)):
        yield [cell.strip() for cell in row]


def read_register(
    pieces: Iterable[bytes], file_name: str, regions: dict[str, str], kind: str = RegisterImport.Kind.REGISTER
) -> Iterator[RegisterRow]:
    """Every row of the file, in order. `regions` maps codes and names of places to their codes.

    Raises ValidationError on `file`: `unreadable`, `columns` (required ones are missing), `empty`, `too_large`.
    """
    table = _table(pieces, file_name)
    count = 0
    try:
        heading = [cell.lower() for cell in next(table, [])]
        places = {
            name: next((heading.index(word) for word in words if word in heading), None)
            for name, words in COLUMNS.items()
        }
        missing = [COLUMNS[name][0] for name in REQUIRED[RegisterImport.Kind(kind)] if places[name] is None]
        if missing:
            raise ValidationError(
                {
                    "file": ValidationError(
                        _("The first line must name the columns. Missing: %(columns)s."),
                        code="columns",
                        params={"columns": "、".join(missing)},
                    )
                }
            )
        read = _read_person if kind == RegisterImport.Kind.REGISTER else _read_match
        for number, row in enumerate(table, start=2):
            if not any(row):
                continue
            count += 1
            if count > MOST_ROWS:
                words = _("More than 200,000 rows: split the file.")
                raise ValidationError({"file": ValidationError(words, code="too_large")})
            cells = {name: row[at] if at is not None and at < len(row) else "" for name, at in places.items()}
            yield read(number, cells, regions)
    except csv.Error as wrong:
        raise _unreadable() from wrong
    if not count:
        raise ValidationError({"file": ValidationError(_("There is no row in this file."), code="empty")})


def _read_identity(row: RegisterRow) -> None:
    try:
        validate_id_number(row.id_number)
    except ValidationError:
        row.problems.append("id_number")
        return
    row.born = born_on(row.id_number)
    if row.born is None or row.born > datetime.date.today():
        row.problems.append("id_number")


def _read_person(number: int, cells: dict[str, str], regions: dict[str, str]) -> RegisterRow:
    row = RegisterRow(
        number=number,
        name=cells["name"][:60],
        id_number=cells["id_number"].upper().lstrip("'")[:30],
        region=regions.get(cells["region"], ""),
        community=cells["community"][:80],
        household_number=cells["household_number"][:30],
        phone=cells["phone"][:20],
        address=cells["address"][:200],
    )
    if not row.name:
        row.problems.append("no_name")
    _read_identity(row)
    if not row.region:
        row.problems.append("unknown_region")
    for name, words, choices in (
        ("household", HOUSEHOLDS, Resident.Household),
        ("preferred_way", WAYS, Resident.Way),
        ("state", STATES, Resident.State),
    ):
        if cells[name] or name == "state":
            value = _choice(cells[name], words, choices)
            if value is None:
                row.problems.append(f"unknown_{name}")
            else:
                setattr(row, name, value)
    return row


def _read_match(number: int, cells: dict[str, str], _regions: dict[str, str]) -> RegisterRow:
    """A line of the monthly match: who, and that they died or moved away."""
    row = RegisterRow(number=number, name=cells["name"][:60], id_number=cells["id_number"].upper().lstrip("'")[:30])
    _read_identity(row)
    value = _choice(cells["state"], STATES, Resident.State) if cells["state"] else None
    if value in (Resident.State.DECEASED, Resident.State.MOVED):
        row.state = value
    else:
        row.problems.append("unknown_state")
    return row
