"""What an officer types about the budget."""

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.pages.money import MOST_FEN, YuanField
from marketplace.parties.models import Organisation

from .models import BudgetLine, Fund

EARLIEST_YEAR, LATEST_YEAR = 2000, 2100


class AppropriationForm(forms.Form):
    amount = YuanField(label=_("Amount in yuan"))
    reference = forms.CharField(
        label=_("Number of the paper"),
        max_length=120,
        help_text=_("The document that grants or takes it, such as 太财社〔2026〕12号."),
    )


class LineForm(forms.Form):
    fund = forms.ModelChoiceField(Fund.objects.all(), label=_("Fund"))
    year = forms.IntegerField(label=_("Fiscal year"), min_value=EARLIEST_YEAR, max_value=LATEST_YEAR)
    code = forms.CharField(
        label=_("Line code"), max_length=40, help_text=_("By the classification of spending, such as 2081006-03.")
    )
    name = forms.CharField(label=_("Budget line"), max_length=120)
    name_en = forms.CharField(label=_("English name"), max_length=160, required=False)


class YearForm(forms.Form):
    """One amount for each line that goes on into the new year; left empty, the line opens with nothing on it."""

    reference = forms.CharField(label=_("Number of the budget paper"), max_length=120)

    def __init__(self, *args, lines: list[BudgetLine], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.lines = lines
        for line in lines:
            self.fields[f"amount_{line.pk}"] = YuanField(
                label=f"{line.code} {line.name}",
                minimum=0,
                maximum=MOST_FEN,
                required=False,
                initial=line.appropriated or None,
                help_text=f"{line.fund.name}",
            )

    def amounts(self) -> dict[BudgetLine, int]:
        return {line: self.cleaned_data.get(f"amount_{line.pk}") or 0 for line in self.lines}


class OverviewFilter(forms.Form):
    year = forms.TypedChoiceField(label=_("Fiscal year"), coerce=int, required=False)
    bureau = forms.ModelChoiceField(Organisation.objects.none(), label=_("Bureau"), required=False)

    def __init__(self, *args, years: list[int], bureaus, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["year"].choices = [(year, str(year)) for year in years]
        self.fields["bureau"].queryset = bureaus
        self.fields["bureau"].empty_label = _("All bureaus")
        if bureaus.count() < 2:
            del self.fields["bureau"]
