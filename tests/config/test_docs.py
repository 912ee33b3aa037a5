"""The documents are whole: every decision is listed once, in order, under its own number and title."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def test_every_decision_is_listed_by_its_title():
    stand = []
    for file in sorted((DOCS / "decisions").glob("*.md")):
        number, title = re.match(r"# (\d+)\. (.+)", file.read_text()).groups()
        assert file.name.startswith(f"{int(number):04}-")
        stand.append((number, title, f"decisions/{file.name}"))
    listed = re.findall(r"^ +(\d+)\. \[(.+)\]\((decisions/.+)\)$", (DOCS / "README.md").read_text(), re.M)
    assert listed == stand
    assert len({number for number, _title, _file in stand}) == len(stand)
