"""Filters of the rules, and the operator's two forms."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from marketplace.pages.money import YuanField

from .chapters import CHAPTERS
from .models import Rule


def date_field(label: Any, **kwargs: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **kwargs)


class RuleFilter(forms.Form):
    q = forms.CharField(label=_("Words"), required=False, max_length=80)
    chapter = forms.ChoiceField(label=_("Chapter"), required=False, choices=[("", _("all")), *CHAPTERS.items()])
    method = forms.ChoiceField(
        label=_("Method of procurement"), required=False, choices=[("", _("all")), *Rule.Method.choices[1:]]
    )
    status = forms.ChoiceField(label=_("How sure"), required=False, choices=[("", _("all")), *Rule.Status.choices])


class ChangeRule(forms.Form):
    """Made for one rule: its value has the rule's unit; a table is edited as JSON."""

    valid_from = date_field(_("Holds from"))
    valid_to = date_field(_("Holds until"), required=False, help_text=_("Leave empty while no end is known."))
    region = forms.RegexField(
        r"^\d{0,12}$", label=_("Region code"), required=False, help_text=_("Empty for the whole country.")
    )
    source = forms.CharField(label=_("Source"), max_length=300)
    source_url = forms.URLField(label=_("Address of the source"), required=False, max_length=500)
    status = forms.ChoiceField(label=_("How sure"), choices=Rule.Status.choices)
    is_repealed = forms.BooleanField(label=_("The rule no longer applies from this day"), required=False)
    reason = forms.CharField(label=_("Reason for the change"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, rule: Rule, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, forms.Field] = {}
        if rule.value is not None and rule.unit == Rule.Unit.FEN:
            fields["value"] = YuanField(label=_("New value, in yuan"), minimum=0, required=False)
        elif rule.value is not None:
            fields["value"] = forms.DecimalField(
                label=_("New value (%(unit)s)") % {"unit": rule.get_unit_display()}, min_value=0, required=False
            )
        if rule.data:
            fields["data"] = forms.JSONField(label=_("Table"), required=False, widget=forms.Textarea(attrs={"rows": 8}))
        self.fields = fields | self.fields

    def clean_data(self) -> dict:
        data = self.cleaned_data["data"]
        if data is not None and not isinstance(data, dict):
            raise ValidationError(_("Enter a JSON object."), code="value")
        return data


class DecideDay(forms.Form):
    day = date_field(_("Day"))
    is_working = forms.TypedChoiceField(
        label=_("Offices"), choices=[("1", _("work")), ("0", _("are closed"))], coerce=lambda value: value == "1"
    )
    name = forms.CharField(label=_("Name of the day"), max_length=80, required=False)
    reason = forms.CharField(label=_("Reason"), max_length=300)
