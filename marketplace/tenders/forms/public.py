"""Filters of the public list."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.directory.models import Category
from marketplace.parties.models import Region

from ..models import Tender

PUBLIC_STATES = [
    (state.value, state.label)
    for state in Tender.State
    if state not in (Tender.State.DRAFT, Tender.State.PENDING_APPROVAL)
]


class TenderFilter(forms.Form):
    """Words, kind of service, place, state and time of publication."""

    q = forms.CharField(label=_("Words"), required=False, max_length=80)
    category = forms.ModelChoiceField(
        label=_("Kind of service"), queryset=Category.objects.all(), required=False, empty_label=_("All kinds")
    )
    region = forms.ModelChoiceField(
        label=_("Place"), queryset=Region.objects.none(), required=False, empty_label=_("All places")
    )
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", pgettext_lazy("state", "All states")), *PUBLIC_STATES]
    )
    since = forms.DateField(label=_("Published from"), required=False, widget=forms.DateInput)
    until = forms.DateField(label=_("Published until"), required=False, widget=forms.DateInput)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["region"].queryset = Region.objects.filter(level__in=[Region.Level.COUNTY, Region.Level.TOWN])

    def typed(self) -> dict[str, str]:
        """What was filled in, as the address carries it."""
        return {name: self.data[name] for name in self.fields if self.data.get(name)}

    def in_words(self) -> str:
        """`助浴 · 城厢镇`: what the filters ask for."""
        self.is_valid()
        words = []
        for name, value in self.cleaned_data.items():
            if not value:
                continue
            choices = dict(PUBLIC_STATES) if name == "state" else {}
            words.append(
                f"{self.fields[name].label} {value}" if name in ("since", "until") else str(choices.get(value, value))
            )
        return " · ".join(words)


class SearchForm(forms.Form):
    """What a kept search is called."""

    name = forms.CharField(label=_("Name"), max_length=80)
