"""What the buyer's people type about bonds and about who may not bid."""

from django import forms
from django.utils.translation import gettext_lazy

from marketplace.pages.money import YuanField

from .bidding import PartnerForm


class AmountForm(forms.Form):
    bid_bond = YuanField(label=gettext_lazy("Bid bond (yuan)"), required=False)


class NoteForm(forms.Form):
    note = forms.CharField(label=gettext_lazy("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class DesignerForm(PartnerForm):
    """An organisation by its code, and what it did."""

    work = forms.CharField(
        label=gettext_lazy("What it did for this project"), max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )
