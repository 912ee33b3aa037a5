"""The file of the civil-affairs register: what its columns may be called, and how each row is read.

Rows come out as plain dicts that can be kept encrypted between preview and application. A row that can't be read keeps
the codes of its problems; nothing is skipped silently.
"""

import csv
import datetime
import io
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from .models import Resident, born_on, validate_id_number

MOST_BYTES = 25 * 1024 * 1024
MOST_ROWS = 200_000

COLUMNS = {
    "name": ("姓名", "name"),
    "id_number": ("身份证号", "身份证号码", "公民身份号码", "id_number", "id number"),
    "region": ("居住地代码", "居住地", "地区代码", "镇街", "region", "region code"),
    "community": ("社区", "村社区", "社区（村）", "community"),
    "household": ("居住情况", "household"),
    "phone": ("联系电话", "电话", "手机号", "phone", "telephone"),
    "address": ("住址", "居住地址", "地址", "address"),
    "preferred_way": ("联系方式偏好", "联系方式", "preferred way"),
    "state": ("状态", "state"),
}
REQUIRED = ("name", "id_number", "region")
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


@dataclass
class RegisterRow:
    """One person as the file has them; `problems` are stable codes, empty when the row can be taken."""

    number: int
    name: str = ""
    id_number: str = ""
    region: str = ""
    community: str = ""
    household: str = Resident.Household.FAMILY
    phone: str = ""
    address: str = ""
    preferred_way: str = Resident.Way.PHONE
    state: str = Resident.State.ACTIVE
    problems: list[str] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        return asdict(self)


def _choice(text: str, words: dict[str, Any], choices: Any) -> str | None:
    """By the Chinese word of the file or by the stored code."""
    if text in words:
        return str(words[text])
    return text if text in choices.values else None


def _tables(content: bytes, file_name: str) -> Iterator[list[str]]:
    if file_name.lower().endswith(".xlsx"):
        try:
            book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        except (InvalidFileException, OSError, KeyError, ValueError) as wrong:
            raise _unreadable() from wrong
        for row in book.worksheets[0].iter_rows(values_only=True):
            yield ["" if cell is None else str(cell).strip() for cell in row]
        return
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise _unreadable()
    if "\0" in text:
        raise _unreadable()
    for row in csv.reader(io.StringIO(text)):
        yield [cell.strip() for cell in row]


def _unreadable() -> ValidationError:
    return ValidationError(
        {"file": ValidationError(_("This file can't be read. Send it as XLSX or CSV."), code="unreadable")}
    )


def read_register(content: bytes, file_name: str, regions: dict[str, str]) -> list[RegisterRow]:
    """Every row of the file, in order. `regions` maps codes and names of places to their codes.

    Raises ValidationError on `file`: `unreadable`, `columns` (required ones are missing), `empty`, `too_large`.
    """
    if len(content) > MOST_BYTES:
        raise ValidationError({"file": ValidationError(_("The file is larger than 25 MB."), code="too_large")})
    try:
        table = _tables(content, file_name)
        heading = [cell.lower() for cell in next(table, [])]
        places = {
            name: next((heading.index(word) for word in words if word in heading), None)
            for name, words in COLUMNS.items()
        }
        missing = [COLUMNS[name][0] for name in REQUIRED if places[name] is None]
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
        rows = [
            _read(
                number,
                {name: row[at] if at is not None and at < len(row) else "" for name, at in places.items()},
                regions,
            )
            for number, row in enumerate(table, start=2)
            if any(row)
        ]
    except csv.Error as wrong:
        raise _unreadable() from wrong
    if not rows:
        raise ValidationError({"file": ValidationError(_("There is no row in this file."), code="empty")})
    if len(rows) > MOST_ROWS:
        raise ValidationError({"file": ValidationError(_("More than 200,000 rows: split the file."), code="too_large")})
    _mark_doubles(rows)
    return rows


def _read(number: int, cells: dict[str, str], regions: dict[str, str]) -> RegisterRow:
    row = RegisterRow(
        number=number,
        name=cells["name"][:60],
        id_number=cells["id_number"].upper().lstrip("'"),
        region=regions.get(cells["region"], ""),
        community=cells["community"][:80],
        phone=cells["phone"][:20],
        address=cells["address"][:200],
    )
    if not row.name:
        row.problems.append("no_name")
    try:
        validate_id_number(row.id_number)
        if (born := born_on(row.id_number)) is None or born > datetime.date.today():
            row.problems.append("id_number")
    except ValidationError:
        row.problems.append("id_number")
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


def _mark_doubles(rows: list[RegisterRow]) -> None:
    seen: set[str] = set()
    for row in rows:
        if row.id_number and row.id_number in seen:
            row.problems.append("twice")
        seen.add(row.id_number)
