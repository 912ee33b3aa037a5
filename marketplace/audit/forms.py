"""Filters of the audit trail."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


def _day(label: Any) -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(label=label, required=False, widget=widget)


class TrailFilter(forms.Form):
    event = forms.CharField(label=_("Event"), required=False, max_length=80)
    actor = forms.CharField(label=_("Person"), required=False, max_length=80)
    subject = forms.CharField(label=_("Object's key"), required=False, max_length=64)
    since = _day(_("From"))
    until = _day(_("To"))
