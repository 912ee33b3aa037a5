"""Money, dates and states as every page shows them. A builtin: templates need not load it."""

import datetime
from decimal import Decimal

from django import forms, template
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils import dateformat, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from marketplace.pages import clock, dates
from marketplace.pages.language import address_here
from marketplace.pages.money import YuanField, format_yuan

register = template.Library()
PICKERS = [
    (forms.DateInput, "date", "%Y-%m-%d"),
    (forms.DateTimeInput, "datetime-local", "%Y-%m-%dT%H:%M"),
    (forms.TimeInput, "time", "%H:%M"),
]
# Django's own templates include another one for each option and for all attributes: that is half of a page's time.
INPUTS = ("date", "datetime", "email", "number", "text", "time", "url")
FLAT = {f"django/forms/widgets/{name}.html": "pages/widgets/input.html" for name in INPUTS}
FLAT["django/forms/widgets/select.html"] = "pages/widgets/select.html"


@register.filter
def yuan(fen: int | None) -> SafeString:
    """Fen as ¥1,234.56 in tabular figures."""
    if fen is None:
        return format_html('<span class="money">{}</span>', "—")
    return format_html('<span class="money"><span class="money-sign">¥</span>{}</span>', format_yuan(fen))


@register.filter
def here(address: str) -> str:
    """An address that was kept, in the reader's language."""
    return address_here(address)


@register.filter
def short_yuan(fen: int | None) -> SafeString:
    """Fen as a headline's figure, cut to what an eye takes in: ¥86.4万 in Chinese, ¥864,000 in English."""
    if fen is None or get_language() != "zh-hans" or abs(fen) < 1_000_000:
        return format_html('<span class="money"><span class="money-sign">¥</span>{}</span>', f"{(fen or 0) // 100:,}")
    size, unit = (10**10, "亿") if abs(fen) >= 10**10 else (10**6, "万")
    figure = f"{Decimal(fen) / size:,.2f}".rstrip("0").rstrip(".")
    return format_html('<span class="money"><span class="money-sign">¥</span>{}{}</span>', figure, unit)


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


@register.filter
def written_day(value: datetime.date | datetime.datetime | None) -> str:
    """2026年11月23日, as a notice writes it."""
    return "—" if value is None else dates.written_day(value)


@register.filter
def written_moment(value: datetime.datetime | None) -> str:
    """2026年11月23日 9:30, as a notice writes it."""
    return "—" if value is None else dates.written_moment(value)


@register.filter
def written_month(value: datetime.date | None) -> str:
    """2026年11月."""
    return "—" if value is None else dates.written_month(value)


SPOKEN = {True: ("n月j日", "Y年n月j日", "{day}（{weekday}）{time}"), False: ("j F", "j F Y", "{weekday} {day}, {time}")}


@register.filter
def spoken_day(value: datetime.date | datetime.datetime | None) -> str:
    """11月30日, as people say it; with the year where it is another one."""
    if value is None:
        return "—"
    if isinstance(value, datetime.datetime):
        value = timezone.localtime(value)
    this_year, other_year, _both = SPOKEN[get_language() == "zh-hans"]
    return dateformat.format(value, this_year if value.year == clock.today().year else other_year)


@register.filter
def spoken_moment(value: datetime.datetime | None) -> str:
    """11月24日（星期二）14:00: who plans a week thinks in its days."""
    if value is None:
        return "—"
    local = timezone.localtime(value)
    both = SPOKEN[get_language() == "zh-hans"][2]
    return both.format(day=spoken_day(local), weekday=dateformat.format(local, "l"), time=f"{local:%H:%M}")


@register.simple_tag
def badge(label: str, tone: str = "quiet") -> SafeString:
    """A state by word, shape and colour. Tones: quiet, active, good, warn, bad."""
    return format_html('<span class="badge badge-{}">{}</span>', tone, label)


@register.inclusion_tag("pages/field.html")
def field(bound_field: BoundField, plain: bool = False) -> dict[str, object]:
    """Label, hint, error and widget of one form field. `plain`: a filter, where nothing is "optional"."""
    widget = bound_field.field.widget
    _dress(widget)
    shape = "control"
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        shape = "choices"
    elif isinstance(widget, forms.CheckboxInput):
        shape = "check"
    elif isinstance(bound_field.field, YuanField):
        shape = "money"
    asked = bound_field.field.required or getattr(bound_field.field, "is_asked", False)
    return {"field": bound_field, "shape": shape, "is_optional": not asked and not plain}


@register.filter
def control(bound_field: BoundField) -> SafeString:
    """The widget alone, for a cell of a table that labels it itself."""
    _dress(bound_field.field.widget)
    return bound_field.as_widget()


def _dress(widget: forms.Widget) -> None:
    """Give a widget Bootstrap's class and the browser's own picker. The form holds its own copy of the widget."""
    widget.template_name = FLAT.get(widget.template_name, widget.template_name)
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple | forms.CheckboxInput):
        name = "form-check-input"
    elif isinstance(widget, forms.Select):
        name = "form-select"
    else:
        name = "form-control"
    names = widget.attrs.get("class", "").split()
    if name not in names:
        widget.attrs["class"] = " ".join([name, *names])
    for kind, input_type, written_as in PICKERS:
        if isinstance(widget, kind) and widget.input_type == "text":
            widget.input_type, widget.format = input_type, written_as
    if isinstance(widget, forms.Textarea):
        widget.attrs.setdefault("rows", 5)


@register.simple_tag(takes_context=True)
def page_link(context: template.Context, number: int) -> str:
    """The address of another page of this list, with the filters kept."""
    request = context.get("request")
    query = request.GET.copy() if request else QueryDict(mutable=True)
    query["page"] = str(number)
    return f"?{query.urlencode()}"


@register.simple_tag(takes_context=True)
def with_query(context: template.Context, **changes: object) -> str:
    """This address with some parameters changed; None takes one away."""
    request = context.get("request")
    query = request.GET.copy() if request else QueryDict(mutable=True)
    query.pop("page", None)
    for name, value in changes.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}"
