"""What a bidder types."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.pages.money import YuanField, format_yuan
from marketplace.pages.uploads import CheckedFilesField

from ..bidcontent import MOST_BYTES, PLAN_LENGTH, BidContent
from ..models import Lot


class EligibilityForm(forms.Form):
    is_eligible = forms.BooleanField(
        label=gettext_lazy("We meet every condition of taking part and can prove it"),
        required=False,
    )
    contact = forms.CharField(
        label=gettext_lazy("Who answers questions about this bid"), max_length=120, required=False
    )


class PricesForm(forms.Form):
    """One price a lot; a lot left empty is not bid for."""

    def __init__(self, *args: Any, lots: list[Lot], content: BidContent, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lots = lots
        for lot in lots:
            self.fields[f"price-{lot.pk}"] = YuanField(
                label=f"{lot.position}. {lot.title}",
                required=False,
                maximum=lot.ceiling,
                initial=content.prices.get(str(lot.pk)),
                help_text=_("At most %(ceiling)s yuan for %(months)s months. Leave empty if you don't bid for it.")
                % {"ceiling": format_yuan(lot.ceiling), "months": lot.term_months},
            )

    def prices(self) -> dict[str, int]:
        given = {str(lot.pk): self.cleaned_data.get(f"price-{lot.pk}") for lot in self.lots}
        return {lot: price for lot, price in given.items() if price is not None}


class PlanForm(forms.Form):
    plan = forms.CharField(
        label=gettext_lazy("Service plan"),
        required=False,
        max_length=PLAN_LENGTH,
        widget=forms.Textarea(attrs={"rows": 16}),
        help_text=gettext_lazy("How you will serve: answer the criteria one by one. Long plans are better as a file."),
    )


class FilesForm(forms.Form):
    file = CheckedFilesField(
        label=gettext_lazy("Files"),
        max_bytes=MOST_BYTES,
        kinds=("pdf", "docx", "xlsx", "png", "jpeg"),
        most=10,
    )


class SealForm(forms.Form):
    confirm = forms.BooleanField(
        label=gettext_lazy("I have kept a copy of my own: once sealed, nobody can read this bid before the opening"),
        error_messages={"required": gettext_lazy("Confirm that you have a copy of your own.")},
    )
