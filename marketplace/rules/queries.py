"""Which rule holds, and why a date is what it is."""

import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from marketplace.pages import clock

from .explanation import Explanation, explain
from .models import Rule

__all__ = ["Explanation", "UnknownRule", "candidates", "explain", "newest_first", "resolve"]


class UnknownRule(LookupError):
    """No row holds for this key, scope and day."""


def region_prefix(region: Any) -> str:
    """The part of a region's 12-digit code that the places inside it share. Takes a Region, a code or None."""
    code = getattr(region, "code", region) or ""
    for digits in (2, 4, 6, 9):
        if len(code) > digits and not code[digits:].strip("0"):
            return code[:digits]
    return code


def resolve(
    key: str,
    *,
    on: datetime.date | None = None,
    region: Any = None,
    budget_level: str = "",
    method: str = "",
    object_kind: str = "services",
) -> Rule:
    """The most specific row that holds on the day (default: today in Shanghai).

    Specific means, in this order: the longest region prefix, the budget level, the method, the object; then the row
    that holds from the latest day, an operator's before one that Minfu ships, the one written last. One query.
    Raises UnknownRule, with what was looked for, when no row holds.
    """
    day = on or clock.today()
    rules = candidates(key, on=day, region=region, budget_level=budget_level, method=method, object_kind=object_kind)
    if not rules:
        looked_for = ", ".join(
            f"{name}={value}"
            for name, value in (
                ("region", region_prefix(region)),
                ("budget_level", budget_level),
                ("method", method),
                ("object_kind", object_kind),
            )
            if value
        )
        raise UnknownRule(
            _("No rule %(key)s holds on %(day)s (%(scope)s).")
            % {"key": key, "day": day.isoformat(), "scope": looked_for or "-"}
        )
    return rules[0]


def candidates(
    key: str,
    *,
    on: datetime.date,
    region: Any = None,
    budget_level: str = "",
    method: str = "",
    object_kind: str = "services",
) -> list[Rule]:
    """Every row that holds on the day for this scope or a wider one, the one that counts first; one a scope."""
    rows: QuerySet[Rule] = Rule.objects.filter(
        key=key,
        budget_level__in={"", budget_level},
        method__in={"", method},
        object_kind__in={"", object_kind},
        valid_from__lte=on,
    )
    code = getattr(region, "code", region) or ""
    newest: dict[tuple[str, str, str, str], Rule] = {}
    for row in sorted(rows, key=_newest):
        if code.startswith(row.region) and (row.valid_to is None or row.valid_to >= on):
            newest[row.scope] = row
    return sorted((row for row in newest.values() if not row.is_repealed), key=_specificity, reverse=True)


def newest_first(rules: list[Rule]) -> list[Rule]:
    """In the order in which the rows of one scope count."""
    return sorted(rules, key=_newest, reverse=True)


def _newest(rule: Rule) -> tuple:
    return rule.valid_from, rule.by_id is not None, rule.created_at, rule.pk


def _specificity(rule: Rule) -> tuple:
    return len(rule.region), bool(rule.budget_level), bool(rule.method), bool(rule.object_kind)
