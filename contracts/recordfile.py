"""The file of service records: what its columns may be called, and what is wrong with each row."""

import csv
import datetime
import io
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from marketplace.pages.uploads import decode_text

MOST_ROWS = 20_000
MOST_UNITS = 100_000
COLUMNS = {
    "day": ("日期", "服务日期", "day", "date"),
    "service": ("服务内容", "服务项目", "service"),
    "place": ("服务地点", "地点", "place"),
    "quantity": ("数量", "服务数量", "人次", "quantity"),
    "people": ("服务人数", "人数", "people"),
    "note": ("备注", "note"),
}
REQUIRED = ("day", "service", "quantity")
PROBLEMS = {
    "day": gettext_lazy("no date of the form 2027-03-15"),
    "outside": gettext_lazy("a day outside the contract, or in the future"),
    "service": gettext_lazy("no service"),
    "quantity": gettext_lazy("no quantity of one or more"),
    "people": gettext_lazy("no number of people"),
    "twice": gettext_lazy("the same row as one above"),
}


def _refuse(message: str, code: str, **params: object) -> ValidationError:
    return ValidationError({"file": ValidationError(message, code=code, params=params)})


def _table(content: bytes, file_name: str) -> list[list[str]]:
    try:
        if file_name.lower().endswith(".xlsx"):
            book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
            return [[_text(cell) for cell in row] for row in book.worksheets[0].iter_rows(values_only=True)]
        return [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(decode_text(content)))]
    except (InvalidFileException, OSError, KeyError, ValueError, csv.Error) as wrong:
        raise _refuse(_("This file can't be read. Send it as XLSX or CSV."), "unreadable") from wrong


def _text(cell: Any) -> str:
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell).strip()


def read(content: bytes, file_name: str, *, first: datetime.date, last: datetime.date) -> list[dict[str, Any]]:
    """Every row with its line number and the codes of its problems (`PROBLEMS`); days count from `first` to `last`.

    Raises ValidationError on "file": "unreadable", "columns", "empty", "too_many".
    """
    table = [row for row in _table(content, file_name) if any(row)]
    head = [cell.strip().lower() for cell in table[0]] if table else []
    places = {name: next((head.index(word) for word in words if word in head), -1) for name, words in COLUMNS.items()}
    if missing := [COLUMNS[name][0] for name in REQUIRED if places[name] < 0]:
        raise _refuse(_("These columns are missing: %(names)s."), "columns", names="、".join(missing))
    if len(table) < 2:
        raise _refuse(_("The file has no rows."), "empty")
    if len(table) > MOST_ROWS + 1:
        raise _refuse(_("At most %(most)s rows at once."), "too_many", most=MOST_ROWS)
    seen: set[tuple[str, ...]] = set()
    rows = []
    for number, cells in enumerate(table[1:], start=2):
        row = {name: cells[place][:200] if 0 <= place < len(cells) else "" for name, place in places.items()}
        row["day"] = row["day"].replace("/", "-").replace(".", "-")
        problems = _problems(row, first, last)
        identity = tuple(row.values())
        if identity in seen:
            problems.append("twice")
        seen.add(identity)
        rows.append({"number": number, "problems": problems} | row)
    return rows


def _problems(row: dict[str, Any], first: datetime.date, last: datetime.date) -> list[str]:
    problems = []
    try:
        day = datetime.date(*(int(part) for part in row["day"].split("-")))
        row["day"] = day.isoformat()
        if not first <= day <= last:
            problems.append("outside")
    except (ValueError, TypeError):
        problems.append("day")
    if not row["service"]:
        problems.append("service")
    if not row["quantity"].isdecimal() or not 0 < int(row["quantity"]) <= MOST_UNITS:
        problems.append("quantity")
    if row["people"] and (not row["people"].isdecimal() or int(row["people"]) > MOST_UNITS):
        problems.append("people")
    return problems
