"""A tree of indicators as the rows of a table, as people type it, and back."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from .models import Indicator
from .scoring import depth_of

CELLS = (
    "level", "code", "name", "name_en", "dimension", "weight", "top", "evidence", "evidence_en", "measure",
    "measure_from", "measure_to", "standard",
)  # fmt: skip
DEEPEST = 4


def rows_of(indicators: list[Indicator]) -> list[dict[str, str]]:
    by_id = {indicator.pk: indicator for indicator in indicators}
    return [
        {
            "level": str(depth_of(one, by_id) + 1),
            "code": one.code,
            "name": one.name,
            "name_en": one.name_en,
            "dimension": one.dimension,
            "weight": f"{one.weight.normalize():f}" if one.is_leaf else "",
            "top": str(one.top or ""),
            "evidence": one.evidence,
            "evidence_en": one.evidence_en,
            "measure": one.measure,
            "measure_from": "" if one.measure_from is None else f"{one.measure_from.normalize():f}",
            "measure_to": "" if one.measure_to is None else f"{one.measure_to.normalize():f}",
            "standard": one.standard.standard.code if one.standard else "",
        }
        for one in indicators
    ]


def is_blank(row: dict[str, str]) -> bool:
    return not any(row.get(name, "").strip() for name in CELLS if name not in ("level", "dimension", "measure"))


def total_of(rows: list[dict[str, str]]) -> Decimal:
    """What the typed weights come to; what is no number counts nothing."""
    found = Decimal(0)
    for row in rows:
        number = _number(row.get("weight", ""))
        found += number if number is not None and number > 0 else 0
    return found


def tree_of(rows: list[dict[str, str]]) -> list[dict[str, Any]]:
    """The nested tree that `add_framework` takes. Blank rows are passed over.

    Raises ValidationError "row", naming the first row that can't be read and why, or "empty".
    """
    roots: list[dict[str, Any]] = []
    above: list[dict[str, Any]] = []
    written = [row for row in rows if not is_blank(row)]
    for number, row in enumerate(written, start=1):
        level = int(row["level"]) if row.get("level", "").isdigit() else 1
        if not row.get("code", "").strip() or not row.get("name", "").strip():
            raise _refusal(number, _("it needs a code and a name"))
        if level > len(above) + 1 or level > DEEPEST:
            raise _refusal(number, _("its level has nothing above it"))
        node = _node(number, row)
        above = above[: level - 1]
        if above:
            above[-1].setdefault("children", []).append(node)
            for name in ("weight", "top", "measure", "measure_from", "measure_to"):
                above[-1].pop(name, None)  # a branch weighs what its leaves weigh
        else:
            roots.append(node)
        above.append(node)
    if not roots:
        raise ValidationError(_("Write at least one indicator."), code="empty")
    return roots


def _node(number: int, row: dict[str, str]) -> dict[str, Any]:
    node: dict[str, Any] = {
        name: row.get(name, "").strip()
        for name in ("code", "name", "name_en", "dimension", "evidence", "evidence_en", "measure", "standard")
    }
    for name, label in (
        ("weight", _("weight")),
        ("measure_from", _("nought at")),
        ("measure_to", _("highest mark at")),
    ):
        typed = row.get(name, "").strip()
        value = _number(typed)
        if typed and value is None:
            raise _refusal(number, _("%(what)s is no number") % {"what": label})
        if value is not None:
            node[name] = value
    top = row.get("top", "").strip()
    if top and not (top.isdigit() and 1 <= int(top) <= 100):
        raise _refusal(number, _("the highest mark is a whole number from 1 to 100"))
    if top:
        node["top"] = int(top)
    if node.get("weight") is not None and not 0 < node["weight"] <= 100:
        raise _refusal(number, _("a weight lies between 0 and 100"))
    return node


def _number(typed: str) -> Decimal | None:
    try:
        value = Decimal(typed.strip())
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def _refusal(number: int, why: str) -> ValidationError:
    return ValidationError(_("Row %(number)s: %(why)s."), code="row", params={"number": number, "why": why})
