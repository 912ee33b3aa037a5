"""Every event that the code records has words: nobody reads a code in a history."""

import ast
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from marketplace.audit.events import in_words

ROOMS = ("marketplace", "contracts", "evaluations", "incubator", "cms")


def recorded_events() -> set[str]:
    """What stands as the first word of a `record(…)` anywhere in the rooms."""
    calls = (
        node
        for room in ROOMS
        for path in (settings.BASE_DIR / room).rglob("*.py")
        if "migrations" not in path.parts
        for node in ast.walk(ast.parse(Path(path).read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "record" and node.args
    )
    return {call.args[0].value for call in calls if isinstance(call.args[0], ast.Constant)}


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_event_is_said_in_words(language):
    events = recorded_events()
    assert len(events) > 100
    with translation.override(language):
        assert [event for event in sorted(events) if in_words(event) == event] == []


def test_a_history_in_chinese_is_chinese_throughout():
    with translation.override("zh-hans"):
        assert [event for event in sorted(recorded_events()) if in_words(event).isascii()] == []
        assert in_words("card.wrong_pin") == "服务卡：密码错误"
