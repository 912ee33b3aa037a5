"""A law is cited one way everywhere: 第四十八条, never 第48条; in English "Art. 48"."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings

from marketplace.rules.citations import WORDS, english_of

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


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("政府采购法（2014年修正）第三十六条", "Government Procurement Law (amended 2014), Art. 36"),
        (
            "个人信息保护法第十五条、第四十五条至第四十七条；系统设计",
            "Personal Information Protection Law, Arts. 15, 45–47; design of this system",
        ),
        ("财库〔2014〕214号第二十五条；财政部令第74号", "Caiku [2014] No. 214, Art. 25; Ministry of Finance Order 74"),
        ("电子签名法第一百零三条", "Electronic Signature Law, Art. 103"),
        ("某省办法（2025年）第九条", ""),
        ("系统设计；某省办法", ""),
    ],
)
def test_a_source_in_english_whole_or_not_at_all(source, said):
    assert english_of(source) == said


def test_every_shipped_source_is_said_in_english():
    sources = {rule["source"] for rule in json.loads(SHIPPED.read_text())["rules"]}
    assert [source for source in sources if not english_of(source)] == []
    text = " ".join(sources)
    assert [name for words in WORDS.values() for name in words if name not in text] == [], "in no source"


@pytest.mark.django_db
def test_each_reader_sees_the_source_in_her_language(client):
    chinese, english = "政府采购法（2014年修正）第三十六条", "Government Procurement Law (amended 2014), Art. 36"
    page = client.get("/rules/tender.min_suppliers/").content.decode()
    assert chinese in page and english not in page
    page = client.get("/en/rules/tender.min_suppliers/").content.decode()
    assert english in page and chinese not in page
    assert english in client.get("/en/rules/", {"q": "procurement law"}).content.decode()
