"""Figures about few people are hidden (rule privacy.small_cells), and can't be had from the total either.

A single hidden row is its table's total less the rows that are shown: so rows are hidden, the smallest first, until
at least two are, and together they tell of no fewer people than the rule names.
"""

from collections.abc import Sequence
from typing import Any

from .queries import resolve

RULE = "privacy.small_cells"


def smallest_shown() -> int:
    """The rule's number: fewer people than this are hidden."""
    return int(resolve(RULE).value)


def is_small(people: int, least: int) -> bool:
    return 0 < people < least


def hide_small(
    rows: Sequence[dict[str, Any]], *, least: int, people: str = "people", among: str = ""
) -> list[dict[str, Any]]:
    """Each row with `is_hidden`. `people` names the count that a row tells of; `among`, when given, a count that holds
    it: then the rest (who has one and never used it) is a cell too.
    """

    def cells(row: dict[str, Any]) -> list[int]:
        return [row[people], *([row[among] - row[people]] if among else [])]

    marked = [dict(row) | {"is_hidden": any(is_small(cell, least) for cell in cells(row))} for row in rows]
    hidden = [row for row in marked if row["is_hidden"]]
    if not hidden:
        return marked
    shown = sorted((row for row in marked if not row["is_hidden"] and row[people]), key=lambda row: row[people])
    for row in shown:
        if len(hidden) >= 2 and sum(one[people] for one in hidden) >= least:
            break
        row["is_hidden"] = True
        hidden.append(row)
    return marked


def may_show_total(rows: Sequence[dict[str, Any]], *, least: int, people: str = "people") -> bool:
    """The total may stand under the table: nobody can work a hidden row out of it."""
    hidden = [row for row in rows if row["is_hidden"]]
    return not hidden or (len(hidden) >= 2 and sum(row[people] for row in hidden) >= least)
