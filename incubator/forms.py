"""What people type into the incubator."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.directory.models import Category
from marketplace.parties.models import Region

from .models import Cohort


class CohortForm(forms.ModelForm):
    class Meta:
        model = Cohort
        fields = ["title", "title_en", "about", "about_en", "places", "desks", "opens_on", "closes_on", "ends_on"]

    def _post_clean(self) -> None:
        """The verb checks and changes; the form only reads."""


class ApplyForm(forms.Form):
    plan = forms.CharField(
        label=_("What you want to become"),
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=4000,
        help_text=_("Whom you serve, what you do now, what you want to be able to do in a year."),
    )
    interests = forms.ModelMultipleChoiceField(
        label=_("Services you want to offer"),
        queryset=Category.objects.all(),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("You will be told of open tenders for these."),
    )
    region = forms.ModelChoiceField(label=pgettext_lazy("incubator", "Where"), queryset=None, required=False)
    desks_wanted = forms.IntegerField(label=_("Desks wanted"), min_value=0, max_value=50, initial=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["region"].queryset = Region.objects.filter(level__in=[Region.Level.COUNTY, Region.Level.TOWN])


class CheckForm(forms.Form):
    finding = forms.CharField(
        label=_("What was checked"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
        help_text=_("Registration, inspection, penalties, credit record."),
    )


class AdmitForm(forms.Form):
    desks = forms.IntegerField(label=_("Desks"), min_value=0, max_value=500, initial=0)
