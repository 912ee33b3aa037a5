"""Every change to the rules and the calendar is a new row; the old ones stay to be read.

The rows are their own record: they name who, when and why, only grow, and are sealed beside the audit trail.
"""

import datetime
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.pages import clock

from .models import CalendarDay, Rule
from .policies import may_change_rules
from .queries import region_prefix

SHIPPED = Path(__file__).parent / "data" / "rules.json"
MOST_YEARS_AWAY = 30


def _authorise(by: Any) -> None:
    """The audit's `authorise` lives in a neighbouring room."""
    if not may_change_rules(by):
        raise PermissionDenied(_("You may not do this."))


@transaction.atomic
def load_shipped_rules() -> int:
    """Add the rows of data/rules.json that are not there yet; return how many. Idempotent.

    A shipped row that was corrected in a later release becomes a new row; an operator's own rows are never touched.
    """
    shipped = json.loads(SHIPPED.read_text(encoding="utf-8"), parse_float=Decimal)["rules"]
    known = {_identity(rule) for rule in Rule.objects.filter(by=None)}
    fresh = [rule for rule in map(_from_file, shipped) if _identity(rule) not in known]
    Rule.objects.bulk_create(fresh)
    return len(fresh)


def _from_file(row: dict[str, Any]) -> Rule:
    value = row.get("value")
    dates = {
        name: datetime.date.fromisoformat(row[name]) if row.get(name) else None for name in ("valid_from", "valid_to")
    }
    return Rule(**{**row, **dates, "value": None if value is None else Decimal(value)})


def _identity(rule: Rule) -> tuple:
    value = None if rule.value is None else rule.value.normalize()
    data = json.dumps(rule.data, sort_keys=True)
    dates = (rule.valid_from, rule.valid_to)
    words = (rule.title, rule.title_en, rule.note, rule.note_en, rule.source, rule.source_url, rule.status, rule.unit)
    return rule.key, rule.scope, dates, value, data, words


@transaction.atomic
def change_rule(
    rule: Rule,
    *,
    by: Any,
    reason: str,
    valid_from: datetime.date,
    value: Decimal | int | None = None,
    data: dict | None = None,
    valid_to: datetime.date | None = None,
    region: Any = None,
    source: str = "",
    source_url: str = "",
    status: str = "",
    is_repealed: bool = False,
) -> Rule:
    """From `valid_from` on the rule says something else, in the same scope or for one region.

    `rule` is the row that is being replaced; what isn't given stays as in it. Raises ValidationError with the codes
    `reason`, `value`, `dates`, `unchanged`.
    """
    rule = Rule.objects.get(pk=rule.pk)
    _authorise(by)
    value = None if value is None else Decimal(value)
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Say why the rule changes."), code="reason")})
    if rule.value is not None and value is None and not is_repealed:
        raise ValidationError({"value": ValidationError(_("Enter the new value."), code="value")})
    if value is not None and (not value.is_finite() or value < 0 or value >= Decimal(10) ** 14):
        raise ValidationError({"value": ValidationError(_("The value is out of range."), code="value")})
    if valid_to is not None and valid_to < valid_from:
        raise ValidationError({"valid_to": ValidationError(_("The end lies before the beginning."), code="dates")})
    new = Rule(
        key=rule.key,
        title=rule.title,
        title_en=rule.title_en,
        value=rule.value if value is None else value,
        data=rule.data if data is None else data,
        unit=rule.unit,
        region=rule.region if region is None else region_prefix(region),
        budget_level=rule.budget_level,
        method=rule.method,
        object_kind=rule.object_kind,
        valid_from=valid_from,
        valid_to=valid_to,
        is_repealed=is_repealed,
        source=source or rule.source,
        source_url=source_url or rule.source_url,
        status=status or rule.status,
        note=rule.note,
        note_en=rule.note_en,
        reason=reason.strip(),
        by=by,
    )
    if (new.is_repealed, _identity(new)) == (rule.is_repealed, _identity(rule)):
        raise ValidationError(_("Nothing would change."), code="unchanged")
    new.save(force_insert=True)
    return new


@transaction.atomic
def decide_day(day: datetime.date, *, is_working: bool, reason: str, by: Any, name: str = "") -> CalendarDay:
    """Say whether offices work on a day, over the published calendar. Raises ValidationError `reason`, `far`."""
    _authorise(by)
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Say why this day is different."), code="reason")})
    if not 2000 <= day.year <= datetime.MAXYEAR - 1 or abs(day.year - clock.today().year) > MOST_YEARS_AWAY:
        raise ValidationError({"day": ValidationError(_("This day is too far away."), code="far")})
    return CalendarDay.objects.create(day=day, is_working=is_working, reason=reason.strip(), name=name.strip(), by=by)
