"""What people type into evaluations."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.directory.models import Accreditation
from marketplace.pages.forms import asked
from marketplace.pages.uploads import CheckedFileField
from marketplace.parties.models import Organisation, Role, User

from .models import Appeal, Engagement, FieldStep, Framework
from .queries import leaves


class PublishedFilter(forms.Form):
    q = forms.CharField(label=_("Words"), required=False, max_length=100)
    grade = forms.ChoiceField(label=_("Grade"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["grade"].choices = [("", pgettext_lazy("filter", "All")), *Engagement.Grade.choices]


class PlanForm(forms.Form):
    contract = forms.ModelChoiceField(label=_("Contract"), queryset=None)
    framework = forms.ModelChoiceField(label=_("Framework of indicators"), queryset=Framework.objects.of_contracts())
    evaluator = forms.ModelChoiceField(label=_("Evaluator"), queryset=None, required=False)
    appointment = forms.CharField(
        label=_("How the evaluator was hired"),
        required=False,
        max_length=200,
        help_text=_("Only where your bureau has no contract with it in this system: a purchase below every threshold."),
    )
    is_drawn = forms.BooleanField(
        label=_("Draw the evaluator at random from all who have no tie"),
        required=False,
        help_text=_("Then no evaluator is chosen above. Seed and pool are kept, so that anyone can draw again."),
    )
    due_on = forms.DateField(label=_("Due on"))

    def __init__(self, *args: Any, contracts: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contract"].queryset = contracts
        self.fields["contract"].label_from_instance = lambda contract: f"{contract.title} · {contract.supplier}"
        self.fields["evaluator"].queryset = Organisation.objects.active().filter(kind=Organisation.Kind.EVALUATOR)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not cleaned.get("evaluator") and not cleaned.get("is_drawn"):
            self.add_error("evaluator", _("Choose an evaluator, or have one drawn."))
        return cleaned


class FieldStepForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind"), choices=FieldStep.Kind.choices)
    subject = forms.CharField(label=_("What, and where or with whom"), max_length=200)
    planned_on = forms.DateField(label=_("Planned for"))


class FinishStepForm(forms.Form):
    note = forms.CharField(label=_("What was seen"), widget=forms.Textarea(attrs={"rows": 4}), max_length=4000)


class SampleForm(forms.Form):
    size = forms.IntegerField(label=_("How many residents"), min_value=1, max_value=500, initial=20)


class SuspendForm(forms.Form):
    accreditation = forms.ModelChoiceField(label=_("Programme"), queryset=None)
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 4}), max_length=2000)

    def __init__(self, *args: Any, engagement: Engagement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        standing = Accreditation.objects.filter(
            organisation=engagement.contract.supplier, state=Accreditation.State.ACTIVE
        )
        self.fields["accreditation"].queryset = standing
        self.fields["accreditation"].label_from_instance = lambda one: one.programme_code


class StartForm(forms.Form):
    scorers = forms.ModelMultipleChoiceField(
        label=_("Scorers"), queryset=User.objects.none(), widget=forms.CheckboxSelectMultiple, required=False
    )
    is_independent = forms.BooleanField(
        label=_(
            "We declare: nobody of our organisation, and none of the scorers, is tied to the buyer or the provider "
            "by membership, contract, kinship or interest."
        ),
        required=False,
    )

    def __init__(self, *args: Any, engagement: Engagement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scorers"].queryset = User.objects.filter(
            memberships__organisation=engagement.evaluator,
            memberships__role=Role.EVALUATOR,
            memberships__ended_at=None,
        ).distinct()


class ConcludeForm(forms.Form):
    findings = forms.CharField(label=_("Findings"), widget=forms.Textarea(attrs={"rows": 8}), max_length=8000)
    recommendations = forms.CharField(
        label=_("Recommendations"), required=False, widget=forms.Textarea(attrs={"rows": 5}), max_length=8000
    )


class ReplyForm(forms.Form):
    text = forms.CharField(
        label=_("Your reply"),
        widget=forms.Textarea(attrs={"rows": 8}),
        max_length=8000,
        help_text=_("It is published together with the evaluation, word for word."),
    )


class ModerateForm(forms.Form):
    points = forms.IntegerField(label=_("Points that count"), min_value=0)
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)


class AppealForm(forms.Form):
    leaves = asked(
        forms.ModelMultipleChoiceField(
            label=_("Indicators that you disagree with"),
            queryset=None,
            widget=forms.CheckboxSelectMultiple,
            required=False,
        )
    )
    reason = asked(
        forms.CharField(label=_("Why, and what shows it"), widget=forms.Textarea(attrs={"rows": 6}), required=False)
    )

    def __init__(self, *args: Any, engagement: Engagement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["leaves"].queryset = leaves(engagement.framework)
        self.fields["leaves"].label_from_instance = lambda leaf: f"{leaf.code} {leaf.local_name}"


class AssignForm(forms.Form):
    reviewer = forms.ModelChoiceField(label=_("Second evaluator"), queryset=None)

    def __init__(self, *args: Any, engagement: Engagement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        evaluators = Organisation.objects.active().filter(kind=Organisation.Kind.EVALUATOR)
        self.fields["reviewer"].queryset = evaluators.exclude(pk=engagement.evaluator_id)


class DecideForm(forms.Form):
    """For every leaf in dispute: points that count (left empty: the scorers' marks stand) and a finding."""

    def __init__(self, *args: Any, appeal: Appeal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.leaves = list(appeal.leaves.select_related("indicator"))
        for leaf in self.leaves:
            name = f"{leaf.indicator.code} {leaf.indicator.local_name}"
            self.fields[f"points_{leaf.pk}"] = forms.DecimalField(
                label=_("%(name)s: points that count, 0 to %(top)s") % {"name": name, "top": leaf.indicator.top},
                help_text=_("Leave it empty where the scorers' marks stand."),
                required=False,
                max_digits=5,
                decimal_places=2,
            )
            self.fields[f"finding_{leaf.pk}"] = forms.CharField(
                label=_("%(name)s: what was found") % {"name": name},
                widget=forms.Textarea(attrs={"rows": 3}),
                required=False,
            )

    @property
    def decisions(self) -> dict[Any, tuple[Any, str]]:
        return {
            leaf.pk: (self.cleaned_data.get(f"points_{leaf.pk}"), self.cleaned_data.get(f"finding_{leaf.pk}", ""))
            for leaf in self.leaves
        }


class DemandForm(forms.Form):
    problem = forms.CharField(label=_("What must be put right"), widget=forms.Textarea(attrs={"rows": 4}))
    due_on = forms.DateField(label=_("Due on"))


class PlanOfActionForm(forms.Form):
    plan = forms.CharField(label=_("What you will do, and by when"), widget=forms.Textarea(attrs={"rows": 5}))


class ProofForm(forms.Form):
    proof = forms.CharField(
        label=pgettext_lazy("rectification", "What was done"), widget=forms.Textarea(attrs={"rows": 5})
    )
    file = CheckedFileField(label=_("A file that shows it"), required=False)
