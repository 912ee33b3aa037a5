"""A paper is printed: Chinese font inside, tagged, numbered pages, a code, and the same bytes each time."""

import hashlib
import re
import shutil
import subprocess

import pytest
from django.core.exceptions import ImproperlyConfigured

from marketplace.audit.models import Entry
from marketplace.papers import documents, rendering
from marketplace.papers.models import Paper
from tests.given.papers import a_paper, the_bytes
from tests.given.people import a_bureau

pytestmark = pytest.mark.django_db


def run(*command: str) -> str:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def test_it_is_kept_with_its_digest_and_recorded():
    paper = a_paper()

    content = the_bytes(paper)
    assert content.startswith(b"%PDF-1.7")
    assert paper.sha256 == paper.printed_sha256 == hashlib.sha256(content).hexdigest()
    assert re.fullmatch(r"MF-[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}", paper.code)
    assert paper.pages == 1
    assert Entry.objects.get(event="paper.printed").detail["sha256"] == paper.sha256


def test_the_same_paper_renders_to_the_same_bytes():
    paper = a_paper()

    again = documents.render(paper, documents.compose(paper, "papers/base.html", {}))

    assert again.pdf == the_bytes(paper)


def test_the_text_can_be_read_and_the_font_is_inside(tmp_path):
    file = tmp_path / "paper.pdf"
    file.write_bytes(the_bytes(a_paper(title="购买居家养老服务合同")))

    assert "购买居家养老服务合同" in run("pdftotext", str(file), "-")
    fonts = [line for line in run("pdffonts", str(file)).splitlines() if "CJK" in line]
    assert fonts
    assert all(re.search(r"\byes yes yes\b", line) for line in fonts)
    information = run("pdfinfo", str(file))
    assert re.search(r"Tagged:\s+yes", information)
    assert "Page size" in information and "A4" in information
    assert "No syntax or stream encoding errors" in run("qpdf", "--check", str(file))


def test_a_later_print_is_the_next_version_and_has_a_code_of_its_own():
    first = a_paper()
    second = a_paper(first.organisation)

    assert (first.version, second.version) == (1, 2)
    assert first.code != second.code
    assert a_paper(first.organisation, kind="agreement").version == 1
    assert Paper.objects.of(first.organisation, "notice").first() == second


def test_nothing_is_fetched_from_elsewhere(caplog):
    rendering.render_pdf('<img src="http://127.0.0.1:9/x.png"><img src="file:///etc/passwd">', identifier="x")

    assert caplog.text.count("disallowed protocol") == 2


def test_without_a_chinese_font_the_package_is_named(monkeypatch, tmp_path):
    none = tmp_path / "fc-list"
    none.write_text("#!/bin/sh\nexit 0\n")
    none.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    rendering.require_chinese_font.cache_clear()
    bureau = a_bureau()

    with pytest.raises(ImproperlyConfigured, match="fonts-noto-cjk"):
        a_paper(bureau)

    rendering.require_chinese_font.cache_clear()
    assert not Paper.objects.exists()
