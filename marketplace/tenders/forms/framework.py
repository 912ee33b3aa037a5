"""What is typed about orders under a framework, and about the price of a single source."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from marketplace.pages.money import YuanField, format_yuan

from ..models import Admission, Lot, Tender


class AdmissionField(forms.ModelChoiceField):
    def label_from_instance(self, admission: Admission) -> str:
        return _("%(supplier)s: %(price)s yuan a unit") % {
            "supplier": admission.supplier,
            "price": format_yuan(admission.unit_price),
        }


class OrderForm(forms.Form):
    """An order, by the way that its framework has: only what that way asks for."""

    admission = AdmissionField(label=gettext_lazy("Provider"), queryset=Admission.objects.none(), empty_label=None)
    need = forms.CharField(
        label=gettext_lazy("What is needed"), widget=forms.Textarea(attrs={"rows": 4}), max_length=2000, required=False
    )
    quantity = forms.IntegerField(label=gettext_lazy("Quantity"), min_value=1)
    starts_on = forms.DateField(label=gettext_lazy("From"), widget=forms.DateInput)
    ends_on = forms.DateField(label=gettext_lazy("To"), widget=forms.DateInput)
    quotes_due_at = forms.DateTimeField(label=gettext_lazy("Quotes due"), widget=forms.DateTimeInput)
    reason = forms.CharField(
        label=gettext_lazy("Why this provider"),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=500,
        required=False,
    )

    def __init__(self, *args: Any, lot: Lot, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        way = lot.tender.second_stage
        self.fields["admission"].queryset = lot.admissions.select_related("supplier")
        self.fields["quantity"].help_text = _("In “%(unit)s”.") % {"unit": lot.unit}
        if way != Tender.SecondStage.CHOICE:
            del self.fields["admission"], self.fields["reason"]
        if way != Tender.SecondStage.MINI_BID:
            del self.fields["quotes_due_at"]


class ChoiceForm(forms.Form):
    """A resident's order: how much, from when to when."""

    need = forms.CharField(
        label=gettext_lazy("What do you need?"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=500,
        required=False,
    )
    quantity = forms.IntegerField(label=gettext_lazy("How many?"), min_value=1)
    starts_on = forms.DateField(label=gettext_lazy("From"), widget=forms.DateInput)
    ends_on = forms.DateField(label=gettext_lazy("To"), widget=forms.DateInput)


class QuoteForm(forms.Form):
    amount = YuanField(label=gettext_lazy("Your price for the whole order"), help_text=gettext_lazy("In yuan."))


class AgreementForm(forms.Form):
    amount = YuanField(label=gettext_lazy("Price agreed"), help_text=gettext_lazy("In yuan, for the whole term."))
    agreed_on = forms.DateField(label=gettext_lazy("Agreed on"), widget=forms.DateInput)
    people = forms.CharField(
        label=gettext_lazy("Who took part"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        required=False,
        help_text=gettext_lazy("Names and posts, of the buyer, the people of experience and the supplier."),
    )
    minutes = forms.CharField(
        label=pgettext_lazy("meeting", "Minutes"),
        widget=forms.Textarea(attrs={"rows": 8}),
        max_length=10_000,
        required=False,
        help_text=gettext_lazy("What the price is made of, what comparable contracts cost, what was agreed."),
    )
