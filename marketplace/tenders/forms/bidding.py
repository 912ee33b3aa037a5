"""What a bidder types."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.pages.money import YuanField, format_yuan
from marketplace.pages.uploads import CheckedFileField, CheckedFilesField
from marketplace.parties.models import Organisation

from ..bidcontent import FINGERPRINT, MOST_BYTES, PLAN_LENGTH, BidContent
from ..models import BidBond, Lot


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


class PromiseForm(forms.Form):
    """The fingerprint of a file that is still on its way. The script fills it in from the file; without it, by hand."""

    name = forms.CharField(
        label=gettext_lazy("File name"),
        max_length=200,
        help_text=gettext_lazy("As you will upload it, for example plan.pdf."),
    )
    sha256 = forms.CharField(
        label=gettext_lazy("Fingerprint of the file (SHA-256)"),
        max_length=80,
        help_text=gettext_lazy(
            "Choose the file above, or type what your computer says: on Windows “certutil -hashfile FILE SHA256”, "
            "on macOS “shasum -a 256 FILE”."
        ),
    )

    def clean_sha256(self) -> str:
        found = "".join(self.cleaned_data["sha256"].lower().split())
        if not FINGERPRINT.fullmatch(found):
            raise forms.ValidationError(
                _("A fingerprint is the SHA-256 of the file: 64 digits and letters a to f."), code="fingerprint"
            )
        return found


class BodyForm(forms.Form):
    file = CheckedFileField(
        label=gettext_lazy("The file"), max_bytes=MOST_BYTES, kinds=("pdf", "docx", "xlsx", "png", "jpeg")
    )


class PartnerForm(forms.Form):
    uscc = forms.CharField(label=gettext_lazy("Unified social credit code of the partner"), max_length=18)
    work = forms.CharField(
        label=gettext_lazy("What it will do"), max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )

    def clean_uscc(self) -> Organisation:
        found = Organisation.objects.providers().filter(uscc=self.cleaned_data["uscc"].strip().upper()).first()
        if found is None:
            raise forms.ValidationError(_("No supplier of this portal has this code."), code="unknown")
        return found


class BondForm(forms.Form):
    form = forms.ChoiceField(
        label=gettext_lazy("How it is given"), choices=BidBond.Form.choices, widget=forms.RadioSelect
    )
    reference = forms.CharField(label=gettext_lazy("Bank's reference, or number of the guarantee"), max_length=80)
    file = CheckedFileField(label=gettext_lazy("Letter of guarantee"), required=False, kinds=("pdf", "png", "jpeg"))


class SealForm(forms.Form):
    confirm = forms.BooleanField(
        label=gettext_lazy("I have kept a copy of my own: once sealed, nobody can read this bid before the opening"),
        error_messages={"required": gettext_lazy("Confirm that you have a copy of your own.")},
    )
