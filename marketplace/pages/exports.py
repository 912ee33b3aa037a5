"""Every list leaves as XLSX or CSV, with nothing in it that a spreadsheet would run."""

import csv
import datetime
import io
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, Any
from urllib.parse import quote

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import FileResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
AT_A_TIME = 2_000  # rows read from the database
IN_MEMORY = 1024 * 1024  # bytes of a file
# What starts a formula in Excel, LibreOffice and WPS, in half and full width (OWASP, "CSV injection").
STARTS_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")


@dataclass(frozen=True)
class Column:
    """One column of a list, on the page and in a file.

    `value` is a path ("tender.title"; what is callable on the way is called) or a function of the row.
    `kind`: text, money (fen), number, day, moment. `link`, a path or function, is the address behind the cell.
    """

    label: Any
    value: str | Callable[[Any], Any]
    kind: str = "text"
    link: str | Callable[[Any], str] | None = None

    def of(self, row: Any) -> Any:
        return _follow(row, self.value)

    def link_of(self, row: Any) -> str:
        return _follow(row, self.link) or "" if self.link else ""


def _follow(row: Any, path: str | Callable[[Any], Any]) -> Any:
    if callable(path):
        return path(row)
    value = row
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else getattr(value, name)
        if value is None:
            return None
        if callable(value) and not isinstance(value, type):
            value = value()
    return value


def neutralise(text: str) -> str:
    """Text that a spreadsheet shows and never runs."""
    text = ILLEGAL_CHARACTERS_RE.sub("", text)
    return f"'{text}" if text.startswith(STARTS_FORMULA) or text.lstrip().startswith(STARTS_FORMULA) else text


def _cell(value: Any, kind: str) -> Any:
    """A value as a spreadsheet holds it: yuan as a number with two decimals, time in Asia/Shanghai."""
    if value is None:
        return ""
    if kind == "money":
        return Decimal(value) / 100
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, int | float | Decimal):
        return value
    if isinstance(value, datetime.datetime):
        value = timezone.localtime(value) if timezone.is_aware(value) else value
        return value.strftime("%Y-%m-%d" if kind == "day" else "%Y-%m-%d %H:%M")
    if isinstance(value, datetime.date):
        return value.isoformat()
    return neutralise(str(value))


def export_rows(rows: Iterable[Any], columns: Sequence[Column], *, format: str, filename: str) -> FileResponse:
    """The rows as a file to save; `filename` without its ending. Raises ValidationError(code="format").

    However long the list, memory holds some rows of it, and beyond `IN_MEMORY` the file lies on the disk until it is
    sent: a reader with a slow line keeps neither a cursor of the database open nor a half-sent list.
    """
    if format not in FORMATS:
        raise ValidationError(_("Lists come as CSV or XLSX."), code="format")
    head = [neutralise(str(column.label)) for column in columns]
    found = rows.iterator(chunk_size=AT_A_TIME) if isinstance(rows, QuerySet) else rows
    body = ([_cell(column.of(row), column.kind) for column in columns] for row in found)
    out = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the response closes it
    if format == "csv":
        _csv(out, head, body)
    else:
        _xlsx(out, head, body, columns, title=filename)
    out.seek(0)
    response = FileResponse(out, content_type=FORMATS[format])
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(filename)}.{format}"
    return response


def _csv(out: IO[bytes], head: list[str], body: Iterable[list[Any]]) -> None:
    text = io.TextIOWrapper(out, "utf-8-sig", newline="")
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows([f"{cell:.2f}" if isinstance(cell, Decimal) else cell for cell in row] for row in body)
    text.detach()


def _xlsx(out: IO[bytes], head: list[str], body: Iterable[list[Any]], columns: Sequence[Column], *, title: str) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title="".join(c for c in title if c not in "[]:*?/\\'")[:31] or "1")
    sheet.freeze_panes = "A2"
    for number, column in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = {"text": 28, "moment": 18}.get(column.kind, 14)
    labels = [WriteOnlyCell(sheet, value=label) for label in head]
    for label in labels:
        label.font = Font(bold=True)
    sheet.append(labels)
    for row in body:
        sheet.append([_typed(sheet, cell, column.kind) for cell, column in zip(row, columns, strict=True)])
    book.save(out)


def _typed(sheet: Any, value: Any, kind: str) -> Any:
    if kind != "money" or value == "":
        return value
    cell = WriteOnlyCell(sheet, value=value)
    cell.number_format = "#,##0.00"
    return cell
