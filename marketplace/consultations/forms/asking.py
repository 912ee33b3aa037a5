"""What an officer types: the questions, the sheets to print, what came of it."""

import itertools
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.directory.models import StandardVersion
from marketplace.pages import clock
from marketplace.pages.forms import asked
from marketplace.parties.models import Organisation, Region
from marketplace.rules.queries import resolve

from ..actions import QuestionRow
from ..models import Consultation, Question
from ..queries import places_to_choose


class PlacesField(forms.ModelMultipleChoiceField):
    """Tick the places; the verb says when none is ticked."""

    widget = forms.CheckboxSelectMultiple


class ConsultationForm(forms.ModelForm):
    """A consultation and its questions, eight at the most on the page."""

    QUESTIONS = 8
    NAMES = ("text", "kind", "options", "text_en", "options_en")

    regions = PlacesField(Region.objects.none(), label=gettext_lazy("Whose opinion"), required=False)

    class Meta:
        model = Consultation
        fields = ["title", "about", "title_en", "about_en", "audience", "regions", "standard", "starts_at", "closes_at"]
        widgets = {
            "about": forms.Textarea(attrs={"rows": 3}),
            "about_en": forms.Textarea(attrs={"rows": 2}),
            "audience": forms.RadioSelect,
            "starts_at": forms.DateTimeInput,
            "closes_at": forms.DateTimeInput,
        }
        help_texts = {
            "title": gettext_lazy("As a resident would say it: “When should the day-care centre open?”"),
            "about": gettext_lazy("Who asks, why, and what will be done with the answers."),
            "standard": gettext_lazy(
                "Only when this asks about a draft standard: it is published for comment with it."
            ),
        }

    def __init__(self, *args: Any, bureau: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        regions = Region.objects.filter(code__startswith=bureau.region.prefix)
        self.fields["regions"].queryset = regions.filter(level__in=[Region.Level.COUNTY, Region.Level.TOWN])
        asked(self.fields["regions"])
        drafts = StandardVersion.objects.filter(standard__bureau=bureau, state=StandardVersion.State.DRAFT)
        self.fields["standard"].queryset = drafts.select_related("standard")
        self.fields["standard"].empty_label = _("None")
        self.fields["audience"].choices = Consultation.Audience.choices
        if self.instance.pk:
            self.initial["regions"] = list(self.instance.regions.values_list("pk", flat=True))
        rows = list(self.instance.questions.all()) if self.instance.pk else []
        for number, question in itertools.zip_longest(range(1, self.QUESTIONS + 1), rows[: self.QUESTIONS]):
            self._add_row(number, question)

    def _add_row(self, number: int, question: Question | None) -> None:
        lines = forms.Textarea(attrs={"rows": 3})
        made = {
            "text": forms.CharField(label=_("Question %(number)s") % {"number": number}, max_length=200),
            "kind": forms.ChoiceField(label=_("Kind of answer"), choices=Question.Kind.choices),
            "options": forms.CharField(label=_("To choose from, one a line"), widget=lines),
            "text_en": forms.CharField(label=_("In English"), max_length=300),
            "options_en": forms.CharField(label=_("Choices in English, one a line"), widget=lines),
        }
        for name, field in made.items():
            field.required = False
            value = getattr(question, name) if question else (Question.Kind.ONE if name == "kind" else "")
            field.initial = "\n".join(value) if isinstance(value, list) else value
            self.fields[f"{name}{number}"] = field

    def _post_clean(self) -> None:
        """The verb writes the consultation, not the form."""

    def fields_of(self) -> dict[str, Any]:
        names = ("title", "about", "title_en", "about_en", "audience", "standard", "starts_at", "closes_at")
        return {name: self.cleaned_data[name] for name in names}

    def questions(self) -> list[QuestionRow]:
        """As the verb takes them; empty ones are left out."""
        cleaned = self.cleaned_data
        return [
            QuestionRow(
                cleaned[f"kind{n}"] or Question.Kind.WORDS,
                cleaned[f"text{n}"],
                cleaned[f"options{n}"].splitlines(),
                cleaned[f"text_en{n}"],
                cleaned[f"options_en{n}"].splitlines(),
            )
            for n in range(1, self.QUESTIONS + 1)
            if cleaned.get(f"text{n}") or cleaned.get(f"options{n}", "").strip()
        ]

    def rows(self) -> list[list[forms.BoundField]]:
        return [[self[f"{name}{n}"] for name in self.NAMES] for n in range(1, self.QUESTIONS + 1)]


class PrintForm(forms.Form):
    """How many sheets, for which place."""

    region = forms.ModelChoiceField(Region.objects.none(), label=gettext_lazy("For which place"))
    count = forms.IntegerField(label=gettext_lazy("How many sheets"), min_value=1, initial=20)
    language = forms.ChoiceField(
        label=gettext_lazy("Language"), choices=[("zh-hans", "中文"), ("en", "English")], initial="zh-hans"
    )

    def __init__(self, *args: Any, consultation: Consultation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        inside = places_to_choose(consultation) | Region.objects.filter(
            pk__in=consultation.regions.values("pk")
        ).select_related("parent")
        self.fields["region"].queryset = inside.distinct().order_by("code")
        most = int(resolve("consultation.sheets_a_run").value)
        self.fields["count"].help_text = _("Up to %(most)s at a time.") % {"most": most}


class ReportForm(forms.Form):
    summary = asked(
        forms.CharField(
            label=gettext_lazy("What was said"),
            widget=forms.Textarea(attrs={"rows": 5}),
            max_length=4000,
            required=False,
            help_text=gettext_lazy("A few plain sentences. They stand above the figures."),
        )
    )


class OutcomeForm(forms.Form):
    text = asked(
        forms.CharField(
            label=gettext_lazy("What was done with the answers"),
            widget=forms.Textarea(attrs={"rows": 6}),
            max_length=4000,
            required=False,
            help_text=gettext_lazy("What will be done, by when; what won't be done, and why. It can't be rewritten."),
        )
    )
    text_en = forms.CharField(
        label=gettext_lazy("The same in English"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=4000,
        required=False,
    )


class RemarkForm(forms.Form):
    """One remark, read by an officer: names, numbers and addresses are taken out, or it is held back."""

    words = forms.CharField(
        label=gettext_lazy("As published"), widget=forms.Textarea(attrs={"rows": 3}), max_length=600, required=False
    )


class AdoptForm(forms.Form):
    in_force_from = forms.DateField(label=gettext_lazy("In force from"), widget=forms.DateInput, initial=clock.today)
