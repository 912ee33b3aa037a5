"""Money, dates and states as every page shows them. A builtin: templates need not load it."""

import datetime

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from marketplace.pages.money import format_yuan

register = template.Library()


@register.filter
def yuan(fen: int | None) -> SafeString:
    """Fen as ¥1,234.56 in tabular figures."""
    if fen is None:
        return format_html('<span class="money">—</span>')
    return format_html('<span class="money"><span class="money-sign">¥</span>{}</span>', format_yuan(fen))


@register.filter
def day(value: datetime.date | datetime.datetime | None) -> str:
    """2026-11-22, in Asia/Shanghai."""
    if value is None:
        return "—"
    if isinstance(value, datetime.datetime):
        value = timezone.localtime(value)
    return value.strftime("%Y-%m-%d")


@register.filter
def moment(value: datetime.datetime | None) -> str:
    """2026-11-22 17:30, in Asia/Shanghai."""
    return "—" if value is None else timezone.localtime(value).strftime("%Y-%m-%d %H:%M")


@register.inclusion_tag("pages/badge.html")
def badge(label: str, tone: str = "quiet") -> dict[str, str]:
    """A state by word, shape and colour. Tones: quiet, active, good, warn, bad."""
    return {"label": label, "tone": tone}


@register.inclusion_tag("pages/field.html")
def field(bound_field) -> dict[str, object]:
    """Label, hint, error and widget of one form field."""
    return {"field": bound_field}
