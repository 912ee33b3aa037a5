"""A rule is either read by the code, or marked on its page as a ground from which nothing is computed."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from marketplace.rules.grounds import GROUNDS
from marketplace.rules.models import Rule

pytestmark = pytest.mark.django_db
ROOMS = ("marketplace", "contracts", "evaluations", "incubator", "cms", "config")


def texts_of_the_code() -> Iterator[str]:
    """Every text of the code as a pattern; what is put into it at run time may be any one word."""
    for room in ROOMS:
        for file in Path(settings.BASE_DIR, room).rglob("*.py"):
            if "migrations" in file.parts or file.name in ("chapters.py", "grounds.py"):  # these only sort them
                continue
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield re.escape(node.value)
                elif isinstance(node, ast.JoinedStr):
                    parts = [re.escape(p.value) if isinstance(p, ast.Constant) else r"[a-z0-9_]+" for p in node.values]
                    yield "".join(str(part) for part in parts)


def test_every_rule_is_read_or_marked():
    keys = set(Rule.objects.values_list("key", flat=True))
    assert keys >= GROUNDS
    said = {text for text in texts_of_the_code() if "." in text and len(text) < 100}
    patterns = [re.compile(text) for text in said if "[a-z0-9_]+" in text and re.match(r"[a-z]+\\\.", text)]
    read = {key for key in keys if re.escape(key) in said or any(one.fullmatch(key) for one in patterns)}
    assert keys - read == GROUNDS


def test_the_pages_say_which(client):
    why = "Nothing is computed from it"
    assert why in client.get("/en/rules/tender.standstill/").content.decode()
    assert why not in client.get("/en/rules/tender.bid_period/").content.decode()
    chapter = client.get("/en/rules/?chapter=award").content.decode()
    assert "for reference" in chapter
    assert "供参考" in client.get("/rules/?chapter=award").content.decode()
