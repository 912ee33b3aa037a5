"""What a reader filters by, and what the operator sends in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.pages.uploads import MEBIBYTE, CheckedFileField

from . import queries
from .models import ImportedProcess


class ImportedFilterForm(forms.Form):
    q = forms.CharField(label=_("Words"), required=False, max_length=100)
    publisher = forms.ChoiceField(label=pgettext_lazy("open data", "Source"), required=False)
    stage = forms.ChoiceField(
        label=_("Stage"), required=False, choices=[("", _("All stages")), *ImportedProcess.Stage.choices]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [(name, name) for name in queries.imported_publishers()]
        self.fields["publisher"].choices = [("", _("All sources")), *names]


class ImportForm(forms.Form):
    """A package, which is shown row by row before anything is taken in."""

    file = CheckedFileField(label=_("OCDS package"), kinds=("json",), max_bytes=25 * MEBIBYTE)
