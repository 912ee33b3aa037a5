"""What an officer types into a draft besides its words: conditions, lay-out, annexes; and the clause library."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contracts.models import Contract, Deliverable, TemplateClause
from marketplace.directory.models import ProviderRating
from marketplace.pages.money import YuanField


class ConditionsForm(forms.Form):
    bond_amount = YuanField(
        label=_("Performance bond"), required=False, minimum=0, help_text=_("Leave empty for none. Never in cash.")
    )
    payment_days = forms.IntegerField(label=_("Days to pay after acceptance"), min_value=1, max_value=365)
    acceptance_days = forms.IntegerField(
        label=_("Working days to accept"),
        min_value=0,
        max_value=90,
        help_text=_("After them a delivery counts as accepted. 0: never."),
    )
    shortfall_rate = forms.IntegerField(
        label=_("Deduction for each missing unit, percent of its price"), min_value=0, max_value=300
    )
    satisfaction_floor = forms.IntegerField(
        label=_("Satisfaction agreed, percent"), min_value=0, max_value=100, help_text=_("0: not agreed.")
    )
    satisfaction_rate = forms.IntegerField(
        label=_("Deduction for each point below, percent of the instalment"), min_value=0, max_value=100
    )
    renewal_months = forms.TypedChoiceField(
        label=_("Renewal"),
        coerce=int,
        choices=[(0, _("None: the whole term is assured")), (12, _("Every 12 months, after the evaluation"))],
    )
    renewal_grade = forms.ChoiceField(
        label=_("Grade that a renewal asks for"), choices=ProviderRating.Grade.choices, required=False
    )
    standards = forms.CharField(
        label=_("Service standard"),
        widget=forms.Textarea(attrs={"rows": 6}),
        required=False,
        max_length=8000,
        help_text=_("One requirement a line: it becomes an annex."),
    )
    is_bilingual = forms.BooleanField(label=_("Print the English reading copy beside the Chinese"), required=False)

    def clean_bond_amount(self) -> int:
        return self.cleaned_data["bond_amount"] or 0


class LayOutForm(forms.Form):
    every = forms.IntegerField(label=_("An instalment every how many months"), min_value=1, max_value=36, initial=1)
    quantity = forms.IntegerField(label=_("Units in each"), min_value=1, max_value=10_000_000)
    unit = forms.CharField(label=_("Unit"), max_length=20, initial="人次")
    standard = forms.CharField(label=_("Standard"), max_length=200, required=False)
    kind = forms.ChoiceField(
        label=pgettext_lazy("instalment", "Due"),
        choices=[(value, label) for value, label in Deliverable.Kind.choices if value in ("volume", "milestone")],
    )
    advance = forms.IntegerField(label=_("Advance, percent"), min_value=0, max_value=50, initial=0)
    final = forms.IntegerField(
        label=_("Final part after the evaluation, percent"), min_value=0, max_value=50, initial=0
    )


class PriceForm(forms.Form):
    name = forms.CharField(label=_("Service"), max_length=120)
    unit = forms.CharField(label=_("Unit"), max_length=20)
    price = YuanField(label=_("Unit price"))


class PremisesForm(forms.Form):
    name = forms.CharField(label=_("Name of the place"), max_length=120)
    address = forms.CharField(label=_("Address"), max_length=200)
    area = forms.IntegerField(label=_("Area in m²"), min_value=0, max_value=1_000_000, required=False)
    inventory = forms.CharField(
        label=_("Inventory"),
        widget=forms.Textarea(attrs={"rows": 10}),
        required=False,
        help_text=_("One thing a line: name, quantity, unit, condition, with commas between. 护理床，20，张，九成新"),
    )

    def clean_inventory(self) -> list[dict[str, Any]]:
        items = []
        for number, line in enumerate(self.cleaned_data["inventory"].splitlines(), start=1):
            parts = [part.strip() for part in line.replace("，", ",").split(",")]
            if not any(parts):
                continue
            if len(parts) < 2 or not parts[1].isdecimal() or not int(parts[1]):
                raise forms.ValidationError(
                    _("Line %(number)s: give the name and the quantity."), code="line", params={"number": number}
                )
            items.append(
                {
                    "name": parts[0][:120],
                    "quantity": int(parts[1]),
                    "unit": (parts[2] if len(parts) > 2 and parts[2] else "件")[:12],
                    "condition": (parts[3] if len(parts) > 3 else "")[:120],
                }
            )
        return items


def conditions_of(contract: Contract) -> dict[str, Any]:
    """What the form begins with."""
    return {name: getattr(contract, name) for name in ConditionsForm.base_fields} | {
        "bond_amount": contract.bond_amount or None
    }


class TemplateClauseForm(forms.ModelForm):
    text = forms.CharField(label=_("Text"), widget=forms.Textarea(attrs={"rows": 10}))
    text_en = forms.CharField(
        label=_("English reading copy"), widget=forms.Textarea(attrs={"rows": 10}), required=False
    )

    class Meta:
        model = TemplateClause
        fields = ["heading", "heading_en", "text", "text_en"]

    def _post_clean(self) -> None:
        """The verb checks and changes; the form only reads."""


class VersionForm(forms.Form):
    note = forms.CharField(label=_("What this version changes"), max_length=300)
