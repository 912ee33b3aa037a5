"""What an officer types about the plan, the method and whom to invite."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from marketplace.consultations.queries import citable

from ..checks.method import TOP_UP, grounds_of
from ..checks.planning import catalogue_items
from ..invitations import may_be_invited
from ..methods import Ending, WhoMayBid, method_of
from ..models import Award, PlanLine, Tender


class PlanForm(forms.ModelForm):
    """The plan line, the intention, the residents, the catalogue, the negative list."""

    catalogue_code = forms.ChoiceField(label=gettext_lazy("Item of the guidance catalogue"), required=False)

    class Meta:
        model = Tender
        fields = [
            "plan_line",
            "no_intention_reason",
            "consultation",
            "consultation_note",
            "catalogue_code",
            "is_outside_negative_list",
        ]
        widgets = {"consultation_note": forms.Textarea(attrs={"rows": 3})}
        help_texts = {
            "no_intention_reason": gettext_lazy("Only where the need could not be foreseen. It is published."),
            "consultation_note": gettext_lazy("Only without one: a meeting, visits, a hearing; how many people."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tender = self.instance
        self.fields["plan_line"].queryset = PlanLine.objects.filter(
            bureau=tender.bureau, budget_line=tender.budget_line
        ).select_related("budget_line")
        self.fields["consultation"].queryset = citable(tender.bureau)
        self.fields["consultation"].empty_label = pgettext("consultation", "None")
        self.fields["catalogue_code"].choices = [("", _("Choose")), *(
            (code, f"{code} {name}") for code, name in catalogue_items(tender)
        )]  # fmt: skip

    def _post_clean(self) -> None:
        """The verb writes the tender, not the form."""


class MethodForm(forms.ModelForm):
    """Why this method, who allowed it, and for a framework how orders are given: only what this method asks for."""

    method_ground = forms.ChoiceField(
        label=gettext_lazy("Ground of the method"), widget=forms.RadioSelect, required=False
    )

    class Meta:
        model = Tender
        fields = ["method_ground", "method_reason", "tops_up", "approval_number", "approval_date", "second_stage"]
        widgets = {"method_reason": forms.Textarea(attrs={"rows": 4}), "approval_date": forms.DateInput}
        help_texts = {
            "method_reason": gettext_lazy("Facts, not wishes: they are published with the tender."),
            "approval_number": gettext_lazy("Of the finance department's document. Needed at the threshold."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tender, method = self.instance, method_of(self.instance)
        grounds = grounds_of(tender)
        self.fields["method_ground"].choices = grounds
        awards = Award.objects.standing().filter(lot__tender__bureau=tender.bureau).select_related("lot", "supplier")
        self.fields["tops_up"].queryset = awards
        if not method.needs_ground:
            del self.fields["method_ground"], self.fields["method_reason"]
        if TOP_UP not in dict(grounds):
            del self.fields["tops_up"]
        if not method.leaves_public_tender:
            del self.fields["approval_number"], self.fields["approval_date"]
        if method.ending != Ending.ADMISSION:
            del self.fields["second_stage"]

    def _post_clean(self) -> None:
        """The verb writes the tender, not the form."""


class QualifiedForm(forms.Form):
    """The list of an invited tender."""

    suppliers = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Suppliers that meet the qualifications"),
        queryset=may_be_invited(),
        widget=forms.CheckboxSelectMultiple,
    )


class NamedForm(forms.Form):
    """The one supplier of a single source."""

    supplier = forms.ModelChoiceField(label=gettext_lazy("Supplier"), queryset=may_be_invited())


def invitation_form(tender: Tender) -> type[forms.Form]:
    """By the method's way of inviting."""
    return {WhoMayBid.INVITED: QualifiedForm, WhoMayBid.ONE: NamedForm}[method_of(tender).who_may_bid]


class DrawForm(forms.Form):
    wanted = forms.IntegerField(label=gettext_lazy("How many to invite"), min_value=1, initial=3)


class NoticeForm(forms.Form):
    opinions = forms.CharField(
        label=gettext_lazy("The experts' opinions"),
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=6000,
        required=False,
        help_text=gettext_lazy("Each expert's name, post and opinion, as the notice must carry them."),
    )


class ObjectionForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Your name, or your organisation's"), max_length=120, required=False)
    contact = forms.CharField(label=gettext_lazy("How we reach you"), max_length=120, required=False)
    text = forms.CharField(
        label=gettext_lazy("Objection"), widget=forms.Textarea(attrs={"rows": 6}), max_length=4000, required=False
    )
    homepage = forms.CharField(required=False, widget=forms.HiddenInput)  # a trap: machines fill it


class ReplyForm(forms.Form):
    reply = forms.CharField(
        label=gettext_lazy("Reply"), widget=forms.Textarea(attrs={"rows": 5}), max_length=4000, required=False
    )
    is_upheld = forms.TypedChoiceField(
        label=gettext_lazy("Does the objection hold?"),
        choices=[
            ("no", gettext_lazy("No: the single source stands")),
            ("yes", gettext_lazy("Yes: choose another method")),
        ],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
