"""What people type into the incubator."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.directory.models import Category
from marketplace.ledger.models import BudgetLine
from marketplace.pages.money import YuanField
from marketplace.pages.uploads import CheckedFileField
from marketplace.parties.models import Organisation, Region

from .models import Cohort, Subsidy


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


class AskSubsidyForm(forms.Form):
    bureau = forms.ModelChoiceField(label=_("Bureau"), queryset=None)
    kind = forms.ChoiceField(label=_("Kind"), choices=Subsidy.Kind.choices)
    purpose = forms.CharField(label=pgettext_lazy("payment", "Purpose"), max_length=120)
    amount = YuanField(label=_("Amount"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["bureau"].queryset = Organisation.objects.bureaus()


class GrantForm(forms.Form):
    line = forms.ModelChoiceField(
        label=_("Budget line"),
        queryset=None,
        help_text=_("The money is set aside on this line until the receipts are checked."),
    )

    def __init__(self, *args: Any, bureau: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["line"].queryset = BudgetLine.objects.open().filter(bureau=bureau).select_related("fund")


class ClaimForm(forms.Form):
    spent = YuanField(label=_("Spent in all"))
    account = forms.CharField(
        label=_("What it was spent on"), widget=forms.Textarea(attrs={"rows": 4}), max_length=2000
    )
    file = CheckedFileField(label=pgettext_lazy("subsidy", "Receipts"), kinds=("pdf", "png", "jpeg", "xlsx"))


class OrderForm(forms.Form):
    amount = YuanField(label=_("To be paid"), help_text=_("What was spent, within what was granted. The rest is free."))
