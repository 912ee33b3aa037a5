"""A law is cited one way everywhere: 第四十八条, never 第48条."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
IN_DIGITS = re.compile(r"第\s*\d+(?:\s*[、至]\s*\d+)*\s*条")
SHIPPED = ROOT / "marketplace/rules/data/rules.json"


def shown() -> list[Path]:
    """Whatever of ours a reader may see: catalogues, templates, the text of pages and contracts."""
    ours = (ROOT / room for room in ("cms", "config", "contracts", "evaluations", "incubator", "marketplace"))
    kinds = ("*.po", "*.html", "*.txt", "*.json", "*.py")
    return [file for room in ours for kind in kinds for file in room.rglob(kind) if "migrations" not in file.parts]


def test_every_citation_is_in_chinese_numerals():
    found = [f"{file.relative_to(ROOT)}: {m[0]}" for file in shown() for m in IN_DIGITS.finditer(file.read_text())]
    assert not found, found


@pytest.mark.parametrize("text", ["第48条", "第 38、40 条", "第26至32条"])
def test_digits_would_be_found(text):
    assert IN_DIGITS.search(f"政府采购法{text}")


def test_the_rules_do_cite_articles():
    sources = [rule["source"] for rule in json.loads(SHIPPED.read_text())["rules"]]
    assert sum(bool(re.search(r"第[一二三四五六七八九十百]+条", source)) for source in sources) > 90
