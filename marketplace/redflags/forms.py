"""What one filters by, and what an auditor writes down."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from . import queries
from .explanations import WORDS
from .models import Review

OURS = "-"  # what the address says for this portal, whose publisher is empty


class FlagFilterForm(forms.Form):
    q = forms.CharField(label=_("Name"), required=False, max_length=100)
    indicator = forms.ChoiceField(label=pgettext_lazy("red flag", "Sign"), required=False)
    publisher = forms.ChoiceField(label=pgettext_lazy("open data", "Source"), required=False)
    finding = forms.ChoiceField(label=pgettext_lazy("red flag", "Finding"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["indicator"].choices = [
            ("", _("All signs")),
            *((indicator.value, words.title) for indicator, words in WORDS.items()),
        ]
        self.fields["publisher"].choices = [
            ("", _("All sources")),
            (OURS, _("This portal")),
            *((name, name) for name in queries.publishers()),
        ]
        self.fields["finding"].choices = [("", _("All")), ("none", _("Not reviewed yet")), *Review.Finding.choices]


class ReviewForm(forms.Form):
    finding = forms.ChoiceField(
        label=pgettext_lazy("red flag", "Finding"), choices=Review.Finding.choices, widget=forms.RadioSelect
    )
    words = forms.CharField(
        label=_("What was looked at, and what it showed"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
    )
