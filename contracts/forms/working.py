"""What people type into contracts."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contracts import registers
from contracts.models import Clause, Contract, Deliverable
from marketplace.pages.money import YuanField
from marketplace.pages.uploads import CheckedFileField
from marketplace.parties.models import Organisation, Region
from marketplace.tenders.models import Award


class RegisterFilter(forms.Form):
    q = forms.CharField(label=_("Words or number"), required=False, max_length=100)
    kind = forms.ChoiceField(
        label=_("Kind"), required=False, choices=[("", pgettext_lazy("filter", "All")), *Contract.Kind.choices]
    )
    state = forms.ChoiceField(label=_("State"), required=False)
    buyer = forms.ChoiceField(label=_("Buyer"), required=False)
    region = forms.ChoiceField(label=_("Place"), required=False)
    since = forms.DateField(label=_("Signed from"), required=False)
    until = forms.DateField(label=_("Signed until"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        buyers = registers.buyers()
        everything = ("", pgettext_lazy("filter", "All"))
        self.fields["state"].choices = [everything, *((state, state.label) for state in Contract.SIGNED_STATES)]
        self.fields["buyer"].choices = [everything, *((str(buyer.pk), buyer.name) for buyer in buyers)]
        self.places = {buyer.region_id: buyer for buyer in buyers}
        places = ((code, buyer.region__name) for code, buyer in sorted(self.places.items()))
        self.fields["region"].choices = [everything, *places]

    def clean_region(self) -> str:
        """What every place inside shares of its code."""
        code = self.cleaned_data["region"]
        return Region(code=code, level=self.places[code].region__level).prefix if code else ""


class DeskFilter(forms.Form):
    """The contracts of one organisation."""

    q = forms.CharField(label=_("Words or number"), required=False, max_length=100)
    kind = forms.ChoiceField(
        label=_("Kind"), required=False, choices=[("", pgettext_lazy("filter", "All")), *Contract.Kind.choices]
    )
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", pgettext_lazy("filter", "All")), *Contract.State.choices]
    )
    other = forms.ChoiceField(label=_("The other side"), required=False)
    year = forms.ChoiceField(label=_("Year in which it runs"), required=False)

    def __init__(self, *args: Any, organisation: Organisation | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        everything = ("", pgettext_lazy("filter", "All"))
        others = registers.others_of(organisation) if organisation else []
        years = registers.years_of(organisation) if organisation else []
        self.fields["other"].choices = [everything, *others]
        self.fields["year"].choices = [everything, *((str(year), str(year)) for year in years)]


class DraftForm(forms.Form):
    starts_on = forms.DateField(label=_("The service begins on"))
    lots = forms.MultipleChoiceField(
        label=_("Other lots in the same contract"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, others: Sequence[Award] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["lots"].choices = [(str(award.pk), award.lot.title) for award in others]
        if not others:
            del self.fields["lots"]


class AdmitForm(forms.Form):
    provider = forms.ModelChoiceField(label=_("Provider"), queryset=None)
    starts_on = forms.DateField(label=_("Begins on"))
    ends_on = forms.DateField(label=_("Ends on"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["provider"].queryset = Organisation.objects.providers().active()


class TermsForm(forms.ModelForm):
    class Meta:
        model = Contract
        fields = ["title", "title_en", "place", "starts_on", "ends_on", "term_condition"]
        field_classes = {"starts_on": forms.DateField, "ends_on": forms.DateField}

    def _post_clean(self) -> None:
        """The verb checks and changes; the form only reads."""


class ClauseForm(forms.ModelForm):
    text = forms.CharField(label=_("Text"), widget=forms.Textarea(attrs={"rows": 10}))

    class Meta:
        model = Clause
        fields = ["heading", "text", "text_en"]

    def _post_clean(self) -> None:
        """The verb checks and changes; the form only reads."""


class InstalmentForm(forms.Form):
    title = forms.CharField(label=_("Instalment"), max_length=200)
    kind = forms.ChoiceField(
        label=pgettext_lazy("instalment", "Due"), choices=Deliverable.Kind.choices, initial=Deliverable.Kind.MILESTONE
    )
    quantity = forms.IntegerField(label=_("Quantity"), min_value=1, max_value=10_000_000)
    unit = forms.CharField(label=_("Unit"), max_length=20)
    standard = forms.CharField(label=_("Standard"), max_length=200, required=False)
    amount = YuanField(label=_("Amount"))
    due_on = forms.DateField(label=pgettext_lazy("deliverable", "Due on"))


class InstalmentFormSet(forms.BaseFormSet):
    """A row left empty or marked for deletion is none."""

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [
            {name: value for name, value in form.cleaned_data.items() if name != "DELETE"}
            for form in self.forms
            if form.cleaned_data and not form.cleaned_data.get("DELETE")
        ]


def instalment_formset(contract: Contract, data: Any = None) -> InstalmentFormSet:
    """The instalments of a draft, with two empty rows to add more."""
    kind = forms.formset_factory(
        InstalmentForm, formset=InstalmentFormSet, extra=2, can_delete=True, max_num=60, validate_max=True
    )
    deliverables: list[Deliverable] = list(contract.deliverables.all())
    return kind(
        data,
        prefix="instalments",
        initial=[
            {
                "title": deliverable.title,
                "kind": deliverable.kind,
                "standard": deliverable.standard,
                "quantity": deliverable.quantity,
                "unit": deliverable.unit,
                "amount": deliverable.amount,
                "due_on": deliverable.due_on,
            }
            for deliverable in deliverables
        ],
    )


class SignForm(forms.Form):
    has_read = forms.BooleanField(label=_("I have read the contract and sign it for my organisation."))


class ReportForm(forms.Form):
    quantity = forms.IntegerField(label=_("Quantity delivered"), min_value=1, max_value=10_000_000)
    note = forms.CharField(
        label=_("What was done"),
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=4000,
        help_text=_("Services, numbers, anything unusual. Name no residents: this may be published."),
    )
    invoice_number = forms.CharField(label=_("Invoice number"), max_length=40)
    invoice = CheckedFileField(label=_("Invoice file"), kinds=("pdf", "png", "jpeg"), required=False)
    file = CheckedFileField(label=_("Evidence"), kinds=("pdf", "png", "jpeg", "xlsx"))

    def __init__(self, *args: Any, needs_evidence: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].required = needs_evidence


class AcceptForm(forms.Form):
    """What the page can't ask of a part without a delivery is left away."""

    quantity = forms.IntegerField(label=_("Quantity accepted"), min_value=0, max_value=10_000_000, required=False)
    residents_heard = forms.IntegerField(
        label=_("Recipients heard"),
        min_value=0,
        max_value=10_000,
        help_text=_("How many recipients took part in the acceptance. The result is published."),
    )
    satisfaction = forms.IntegerField(
        label=_("Of them satisfied, in percent"), min_value=0, max_value=100, required=False
    )
    opinion = forms.CharField(
        label=_("What recipients said"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        help_text=_("In your words, naming nobody: it is published."),
    )
    deduction = YuanField(
        label=_("Further deduction"),
        required=False,
        minimum=0,
        help_text=_("Beyond what the contract's formula takes off. What you deduct goes back to the budget line."),
    )
    reason = forms.CharField(
        label=_("Finding"), required=False, widget=forms.Textarea(attrs={"rows": 4}), max_length=2000
    )

    def __init__(self, *args: Any, is_delivery: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_delivery:
            for name in ("quantity", "residents_heard", "satisfaction", "opinion"):
                del self.fields[name]
