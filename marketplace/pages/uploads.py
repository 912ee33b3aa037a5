"""Files that come in: not too large, and what they say they are."""

import csv
import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any, cast

import puremagic
from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

MEBIBYTE = 1024 * 1024
ENDINGS = {
    "pdf": (".pdf",),
    "png": (".png",),
    "jpeg": (".jpg", ".jpeg"),
    "xlsx": (".xlsx",),
    "docx": (".docx",),
    "csv": (".csv",),
    "json": (".json",),
}
NAMES = {"pdf": "PDF", "png": "PNG", "jpeg": "JPEG", "xlsx": "XLSX", "docx": "DOCX", "csv": "CSV", "json": "JSON"}
END_BYTES = 64 * 1024
MOST_PARTS, MOST_UNPACKED = 5_000, 300 * MEBIBYTE


class CheckedFileField(forms.FileField):
    """One file of the kinds named, of at most `max_bytes`. What it holds decides, not what it is called.

    Refuses with codes: too_large, wrong_ending, not_what_it_says.
    """

    def __init__(
        self, *, max_bytes: int = 10 * MEBIBYTE, kinds: Sequence[str] = ("pdf", "png", "jpeg"), **kwargs: Any
    ) -> None:
        self.max_bytes, self.kinds = max_bytes, tuple(kinds)
        kwargs.setdefault("max_length", 120)
        super().__init__(**kwargs)
        self.widget.attrs["accept"] = ",".join(ending for kind in self.kinds for ending in ENDINGS[kind])
        if not self.help_text:
            self.help_text = cast(str, _Limits(self.kinds, max_bytes))

    def clean(self, data: Any, initial: Any = None) -> Any:
        cleaned = super().clean(data, initial)
        if isinstance(cleaned, UploadedFile):
            check_file(cleaned, max_bytes=self.max_bytes, kinds=self.kinds)
        return cleaned


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class CheckedFilesField(CheckedFileField):
    """Several files at once, each checked; cleaned to a list. `most` is how many."""

    def __init__(self, *, most: int = 10, **kwargs: Any) -> None:
        self.most = most
        kwargs.setdefault("widget", ManyFiles())
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        files = [one for one in (data if isinstance(data, list | tuple) else [data]) if one]
        if not files:
            super().clean(None, initial)
            return []
        if len(files) > self.most:
            raise ValidationError(
                _("At most %(most)s files can be sent at once."), code="too_many", params={"most": self.most}
            )
        return [super(CheckedFilesField, self).clean(one, None) for one in files]


class _Limits:
    """The hint under a file field, said in the reader's language when it is drawn."""

    def __init__(self, kinds: Sequence[str], max_bytes: int) -> None:
        self.kinds, self.max_bytes = kinds, max_bytes

    def __str__(self) -> str:
        return str(
            _("%(kinds)s, at most %(size)s.")
            % {"kinds": " / ".join(NAMES[kind] for kind in self.kinds), "size": filesizeformat(self.max_bytes)}
        )


def check_file(file: UploadedFile, *, max_bytes: int, kinds: Sequence[str]) -> str:
    """The kind of the file. Raises ValidationError: too_large, wrong_ending, not_what_it_says."""
    if file.size > max_bytes:
        raise ValidationError(
            _("“%(name)s” is %(size)s. A file may be at most %(limit)s."),
            code="too_large",
            params={"name": file.name, "size": filesizeformat(file.size), "limit": filesizeformat(max_bytes)},
        )
    ending = PurePath(file.name or "").suffix.lower()
    kind = next((kind for kind in kinds if ending in ENDINGS[kind]), None)
    wanted = "、".join(NAMES[kind] for kind in kinds)
    if kind is None:
        raise ValidationError(
            _("“%(name)s” can't be used here. Send one of: %(kinds)s."),
            code="wrong_ending",
            params={"name": file.name, "kinds": wanted},
        )
    file.seek(0)
    holds = _holds(file, kind)
    file.seek(0)
    if not holds:
        raise ValidationError(
            _("“%(name)s” is not a readable %(kind)s file. Open it, save it as %(kind)s and send it again."),
            code="not_what_it_says",
            params={"name": file.name, "kind": NAMES[kind]},
        )
    return kind


def _holds(file: UploadedFile, kind: str) -> bool:
    if kind == "csv":
        return _is_csv(file.read())
    if kind == "json":
        return _is_json(file.read())
    if kind in ("xlsx", "docx"):
        return _is_office(file, "xl/workbook.xml" if kind == "xlsx" else "word/document.xml")
    try:
        found = puremagic.from_string(_both_ends(file))
    except (puremagic.PureError, ValueError):
        return False
    return found.lower() in (*ENDINGS[kind], ".jfif" if kind == "jpeg" else "")


def _both_ends(file: UploadedFile) -> bytes:
    """Enough of a file to know its kind by: large ones are not read whole into memory for it."""
    if file.size <= 2 * END_BYTES:
        return file.read()
    head = file.read(END_BYTES)
    file.seek(file.size - END_BYTES)
    return head + file.read()


def decode_text(content: bytes) -> str:
    """Text as Excel in China saves it: UTF-8 with or without its mark, else GB 18030. Raises UnicodeDecodeError."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030")


def _is_csv(content: bytes) -> bool:
    try:
        text = decode_text(content)
        return b"\x00" not in content and any(True for _row in csv.reader(io.StringIO(text), strict=True))
    except (UnicodeDecodeError, csv.Error):
        return False


def _is_json(content: bytes) -> bool:
    try:
        json.loads(content)
    except (ValueError, RecursionError):
        return False
    return True


def _is_office(file: UploadedFile, main_part: str) -> bool:
    """A ZIP with the main part of its kind, which does not unpack to more than a machine can hold."""
    try:
        parts = zipfile.ZipFile(file).infolist()
    except (zipfile.BadZipFile, ValueError):
        return False
    names = {part.filename for part in parts}
    return main_part in names and len(parts) <= MOST_PARTS and sum(part.file_size for part in parts) <= MOST_UNPACKED
