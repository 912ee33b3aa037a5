"""What is typed into plans and surveys."""

import datetime
import itertools
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.ledger.models import BudgetLine
from marketplace.pages import clock
from marketplace.pages.dates import written_month
from marketplace.pages.money import YuanField
from marketplace.parties.models import Organisation

from ..methods import offered
from ..models import DemandSurvey, PlanLine, SurveyQuestion, Tender
from .drafting import BudgetLineField

MONTHS_AHEAD = 18


class MonthField(forms.TypedChoiceField):
    """A month of the coming year and a half, as its first day."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(coerce=datetime.date.fromisoformat, **kwargs)

    @staticmethod
    def months() -> list[tuple[str, str]]:
        first = clock.today().replace(day=1)
        found = []
        for number in range(MONTHS_AHEAD):
            year, month = divmod(first.year * 12 + first.month - 1 + number, 12)
            day = datetime.date(year, month + 1, 1)
            found.append((day.isoformat(), written_month(day)))
        return found


class PlanLineForm(forms.ModelForm):
    """One purchase of the plan."""

    amount = YuanField(label=gettext_lazy("Planned amount"), help_text=gettext_lazy("In yuan, for the whole term."))
    method = forms.ChoiceField(label=gettext_lazy("Method"), initial=Tender.Method.CONSULTATION)
    planned_for = MonthField(label=gettext_lazy("Planned start"))

    class Meta:
        model = PlanLine
        fields = ["title", "budget_line", "category", "about", "amount", "method", "planned_for"]
        field_classes = {"budget_line": BudgetLineField}
        widgets = {"about": forms.Textarea(attrs={"rows": 5})}
        help_texts = {"about": gettext_lazy("For whom, what, how much of it. The public intention says the same.")}

    def __init__(self, *args: Any, bureau: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lines = BudgetLine.objects.filter(bureau=bureau, closed_at=None).select_related("fund")
        self.fields["budget_line"].queryset = lines
        self.fields["method"].choices = [(method.code, Tender.Method(method.code).label) for method in offered()]
        months = MonthField.months()
        planned = self.instance.planned_for if self.instance.pk else None
        if planned and planned.isoformat() not in dict(months):
            months.insert(0, (planned.isoformat(), written_month(planned)))
        self.fields["planned_for"].choices = months

    def _post_clean(self) -> None:
        """The verb writes the line, not the form."""


class SurveyForm(forms.ModelForm):
    """A survey and its questions, eight at the most on the page."""

    QUESTIONS = 8

    class Meta:
        model = DemandSurvey
        fields = ["title", "about", "closes_at"]
        widgets = {"about": forms.Textarea(attrs={"rows": 3}), "closes_at": forms.DateTimeInput}
        help_texts = {
            "title": gettext_lazy("As a resident would say it: “What should the day-care centre offer?”"),
            "about": gettext_lazy("Who asks, why, and what will be done with the answers."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = list(self.instance.questions.all()) if self.instance.pk else []
        kinds = SurveyQuestion.Kind
        for number, question in itertools.zip_longest(range(1, self.QUESTIONS + 1), asked[: self.QUESTIONS]):
            self.fields[f"text{number}"] = forms.CharField(
                label=_("Question %(number)s") % {"number": number},
                max_length=200,
                required=False,
                initial=question.text if question else "",
            )
            self.fields[f"kind{number}"] = forms.ChoiceField(
                label=_("Kind of answer"),
                choices=kinds.choices,
                required=False,
                initial=question.kind if question else kinds.ONE,
            )
            self.fields[f"options{number}"] = forms.CharField(
                label=_("To choose from, one a line"),
                required=False,
                widget=forms.Textarea(attrs={"rows": 3}),
                initial="\n".join(question.options) if question else "",
            )

    def _post_clean(self) -> None:
        """The verb writes the survey, not the form."""

    def questions(self) -> list[tuple[str, str, list[str]]]:
        """As the verb takes them; empty ones are left out."""
        cleaned = self.cleaned_data
        return [
            (cleaned[f"kind{n}"] or SurveyQuestion.Kind.WORDS, cleaned[f"text{n}"], cleaned[f"options{n}"].splitlines())
            for n in range(1, self.QUESTIONS + 1)
            if cleaned.get(f"text{n}")
        ]

    def rows(self) -> list[list[forms.BoundField]]:
        return [[self[f"{name}{n}"] for name in ("text", "kind", "options")] for n in range(1, self.QUESTIONS + 1)]


class ConclusionForm(forms.Form):
    conclusion = forms.CharField(
        label=gettext_lazy("What the bureau concludes"),
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=4000,
        required=False,
        help_text=gettext_lazy("Published with the figures. What will be in the tender because of them, and what not."),
    )


class AnswerForm(forms.Form):
    """A resident's answers. `homepage` is a trap: people do not see it, machines fill it."""

    homepage = forms.CharField(required=False, label=gettext_lazy("Leave this empty"))
    token = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, survey: DemandSurvey, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = SurveyQuestion.Kind
        steps = [("5", _("5, very much")), ("4", "4"), ("3", _("3, partly")), ("2", "2"), ("1", _("1, not at all"))]
        self.questions = list(survey.questions.all())
        for question in self.questions:
            options = [(option, option) for option in question.options]
            made: forms.Field
            if question.kind == kinds.WORDS:
                made = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), max_length=500)
                made.help_text = _("Write no names and no telephone numbers.")
            elif question.kind == kinds.MANY:
                made = forms.MultipleChoiceField(choices=options, widget=forms.CheckboxSelectMultiple)
            else:
                choices = steps if question.kind == kinds.SCALE else options
                made = forms.ChoiceField(choices=choices, widget=forms.RadioSelect)
            made.required, made.label = False, question.text
            self.fields[str(question.pk)] = made

    def replies(self) -> dict[str, Any]:
        return {str(question.pk): self.cleaned_data.get(str(question.pk)) for question in self.questions}

    def asked(self) -> list[forms.BoundField]:
        return [self[str(question.pk)] for question in self.questions]

    def is_machine(self) -> bool:
        return bool(self.cleaned_data.get("homepage"))
