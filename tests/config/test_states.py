"""The state diagrams in docs/states are drawn from the code: a state or a move that they lack fails here."""

import io
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import translation

DRAWN = Path(settings.BASE_DIR) / "docs" / "states"
MACHINE = re.compile(r"(subgraph cluster_(\w+?)_state \{.*?\n\t\})", re.DOTALL)


def lines_of(text: str) -> list[str]:
    """Without the order, which hangs on the hash of the run."""
    return sorted(line.strip().removeprefix("digraph {").strip() for line in text.splitlines() if line.strip(" \t{}"))


@pytest.fixture(scope="module")
def machines() -> dict[str, str]:
    out = io.StringIO()
    with translation.override(settings.LANGUAGE_CODE):
        call_command("graph_transitions", stdout=out)
    return {name: f"digraph {{\n\t{graph.strip()}\n}}\n" for graph, name in MACHINE.findall(out.getvalue())}


def test_every_state_machine_is_drawn_and_none_that_has_gone(machines):
    assert {file.stem for file in DRAWN.glob("*.dot")} == set(machines), "run `make states`"


def test_the_drawings_are_what_the_code_says(machines):
    stale = [
        name
        for name, drawn in machines.items()
        if not (DRAWN / f"{name}.dot").exists() or lines_of((DRAWN / f"{name}.dot").read_text()) != lines_of(drawn)
    ]
    assert not stale, f"run `make states`: {stale}"


@pytest.mark.parametrize("name", ["Tender", "Lot", "Bid", "Panel", "Challenge"])
def test_what_issue_three_asks_for_is_there(name):
    assert "->" in (DRAWN / f"tenders_{name}.dot").read_text()
