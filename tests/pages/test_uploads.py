"""A file that is too large, or not what it says, is refused with words that help."""

import io
import zipfile

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from marketplace.pages.uploads import CheckedFileField, CheckedFilesField

PDF = b"%PDF-1.7\n1 0 obj\n<< >>\nendobj\ntrailer\n<< >>\n%%EOF\n"
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489") + b"\0" * 20


class Paper(forms.Form):
    file = CheckedFileField(max_bytes=2_000_000, kinds=("pdf", "png", "xlsx", "csv", "json", "docx"), label="文件")


def send(name: str, content: bytes) -> Paper:
    form = Paper({}, {"file": SimpleUploadedFile(name, content)})
    form.is_valid()
    return form


def a_workbook() -> bytes:
    out = io.BytesIO()
    Workbook().save(out)
    return out.getvalue()


def a_zip(**parts: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("投标文件.pdf", PDF),
        ("图.PNG", PNG),
        ("名单.xlsx", a_workbook()),
        ("名单.csv", "姓名,金额\n张某,80\n".encode("gb18030")),
        ("包.json", b'{"releases": []}'),
        ("说明.docx", a_zip(**{"word/document.xml": "<w/>"})),
    ],
)
def test_files_that_are_what_they_say_come_in(name, content):
    form = send(name, content)
    assert not form.errors
    assert form.cleaned_data["file"].read() == content


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("假.pdf", b"MZ\x90\x00 this program cannot be run in DOS mode"),
        ("假.png", PDF),
        ("假.xlsx", a_zip(**{"word/document.xml": "<w/>"})),
        ("假.csv", b"\x00\x01\x02\xff\xfe"),
        ("假.json", b"{not json"),
        ("空.pdf", b"   "),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused(name, content):
    assert [error.code for error in send(name, content).errors["file"].as_data()] == ["not_what_it_says"]


def test_too_large_says_how_large_it_may_be():
    form = send("大.pdf", PDF + b"0" * 3_000_000)
    (error,) = form.errors["file"].as_data()
    assert error.code == "too_large"
    assert "大.pdf" in str(form.errors["file"])


def test_a_kind_that_is_not_asked_for_is_refused():
    assert send("脚本.exe", b"MZ").errors["file"].as_data()[0].code == "wrong_ending"


def test_several_files_are_each_checked():
    class Papers(forms.Form):
        files = CheckedFilesField(most=2, kinds=("pdf",))

    def codes(*files):
        form = Papers({}, {"files": list(files)} if files else {})
        form.is_valid()
        return [error.code for error in form.errors.get("files", forms.utils.ErrorList()).as_data()]

    good = lambda: SimpleUploadedFile("一.pdf", PDF)  # noqa: E731
    assert codes() == ["required"]
    assert codes(good(), good()) == []
    assert codes(good(), good(), good()) == ["too_many"]
    assert codes(good(), SimpleUploadedFile("二.pdf", b"no")) == ["not_what_it_says"]
