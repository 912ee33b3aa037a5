"""Choosing a place: typed, or picked from the towns of the city, by name or by code."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from .models import Region

MOST_OFFERED = 300


class RegionInput(forms.TextInput):
    """A text field with a list to pick from: works without script, and with 40,000 towns loaded."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        list_id = f"{(attrs or {}).get('id', name)}_places"
        box = super().render(name, value, {**(attrs or {}), "list": list_id}, renderer)
        places = Region.objects.filter(level__in=self.attrs.get("data-levels", "").split())[:MOST_OFFERED]
        options = format_html_join("", '<option value="{}">', ((spell_region(place),) for place in places))
        return format_html('{}<datalist id="{}">{}</datalist>', box, list_id, options)


def spell_region(region: Region) -> str:
    return f"{region.name} {region.code}"


class RegionField(forms.CharField):
    """Typed as `城厢镇`, `320585100` or `城厢镇 320585100000`; cleaned to a Region. `levels` are those allowed."""

    widget = RegionInput

    def __init__(self, *, levels: tuple[str, ...] = ("prefecture", "county", "town"), **kwargs: Any) -> None:
        self.levels = levels
        super().__init__(**{"max_length": 120, **kwargs})
        self.widget.attrs |= {"autocomplete": "off", "data-levels": " ".join(levels)}

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, Region):
            return spell_region(value)
        if isinstance(value, str) and re.fullmatch(r"\d{12}", value):
            found = Region.objects.filter(pk=value).first()
            return spell_region(found) if found else value
        return value

    def to_python(self, value: Any) -> Region | None:
        text = super().to_python(value)
        if text in self.empty_values:
            return None
        places = Region.objects.filter(level__in=self.levels)
        if digits := re.search(r"\d{2,12}", text):
            found = list(places.filter(pk=digits.group().ljust(12, "0")))
        else:
            found = list(places.filter(name=text.strip()).select_related("parent")[:6])
        if len(found) == 1:
            return found[0]
        if found:
            choices = ", ".join(f"{place.parent} {spell_region(place)}" for place in found)
            raise ValidationError(
                _("There are several places of this name: %(choices)s. Enter the code as well."),
                code="ambiguous",
                params={"choices": choices},
            )
        raise ValidationError(_("There is no such place in the list. Pick one that is offered."), code="region")

    def run_validators(self, value: Any) -> None:
        """The length of the text was checked by the widget; a place has none."""
