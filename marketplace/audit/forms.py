"""Filters of the audit trail."""

from django import forms
from django.utils.translation import gettext_lazy as _


class TrailFilter(forms.Form):
    event = forms.CharField(label=_("Event"), required=False, max_length=80)
    actor = forms.CharField(label=_("Person"), required=False, max_length=80)
    subject = forms.CharField(label=_("Object's key"), required=False, max_length=64)
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
