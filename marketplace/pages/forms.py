"""Forms that several rooms ask."""

from django import forms
from django.utils.translation import gettext_lazy as _


def asked(field: forms.Field) -> forms.Field:
    """Mark a field that the verb refuses to go without, naming its article: no page calls it optional."""
    field.is_asked = True  # type: ignore[attr-defined]
    return field


class ReasonForm(forms.Form):
    """Why, in a person's own words."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 4}), max_length=2000)


class ShortReasonForm(forms.Form):
    """Why, in one sentence: for columns of 200 characters."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 2}), max_length=200)
