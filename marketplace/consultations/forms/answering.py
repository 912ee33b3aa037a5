"""The questions as a person fills them in: on the page, from a sheet, at the desk."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from marketplace.parties.models import Region
from marketplace.residents.models import Resident

from ..models import Consultation, Participation, Question
from ..queries import places_to_choose
from ..replying import MOST_WORDS


class QuestionsForm(forms.Form):
    """The questions of a consultation; every one may be left out."""

    def __init__(self, *args: Any, consultation: Consultation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.consultation = consultation
        self.questions = list(consultation.questions.all())
        for question in self.questions:
            self.fields[self.name_of(question)] = self._field_of(question)

    @staticmethod
    def name_of(question: Question) -> str:
        return f"q{question.position}"

    @staticmethod
    def _field_of(question: Question) -> forms.Field:
        steps = [
            ("5", _("5, very much")),
            ("4", pgettext("scale", "4")),
            ("3", _("3, partly")),
            ("2", pgettext("scale", "2")),
            ("1", _("1, not at all")),
        ]
        options = [(str(place), label) for place, label in enumerate(question.local_options)]
        kind = Question.Kind
        made: forms.Field
        if question.kind == kind.WORDS:
            made = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), max_length=MOST_WORDS)
            made.help_text = _("Write no names and no telephone numbers.")
        elif question.kind == kind.MANY:
            made = forms.MultipleChoiceField(choices=options, widget=forms.CheckboxSelectMultiple)
            made.help_text = _("You may choose several.")
        else:
            choices = steps if question.kind == kind.SCALE else options
            made = forms.ChoiceField(choices=choices, widget=forms.RadioSelect)
        made.required, made.label = False, f"{question.position}. {question.local_text}"
        return made

    def replies(self) -> dict[str, Any]:
        return {str(question.pk): self.cleaned_data.get(self.name_of(question)) for question in self.questions}

    def asked(self) -> list[forms.BoundField]:
        return [self[self.name_of(question)] for question in self.questions]


class RegionField(forms.ModelChoiceField):
    def label_from_instance(self, region: Region) -> str:
        return str(region) if region.level != Region.Level.COMMUNITY else f"{region.parent} {region}"


class AnswerForm(QuestionsForm):
    """A resident's answers on the public page. `homepage` is a trap: people do not see it, machines fill it."""

    homepage = forms.CharField(required=False, label=gettext_lazy("Leave this empty"))
    token = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, *args: Any, residents: list[Resident] | None = None, asks_place: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.residents = {str(resident.pk): resident for resident in residents or []}
        if asks_place:
            self.fields["region"] = RegionField(
                places_to_choose(self.consultation),
                label=_("Where do you live?"),
                required=False,
                empty_label=_("I'd rather not say"),
            )
        if len(self.residents) > 1 or (self.residents and not self._is_own(next(iter(self.residents.values())))):
            self.fields["resident"] = forms.ChoiceField(
                label=_("For whom do you answer?"),
                choices=[(key, resident.masked_name) for key, resident in self.residents.items()],
                widget=forms.RadioSelect,
                initial=next(iter(self.residents)),
            )

    @staticmethod
    def _is_own(resident: Resident) -> bool:
        return bool(getattr(resident, "is_own", False))

    def resident(self) -> Resident | None:
        chosen = self.cleaned_data.get("resident")
        if chosen:
            return self.residents.get(chosen)
        return next(iter(self.residents.values()), None)

    def is_machine(self) -> bool:
        return bool(self.cleaned_data.get("homepage"))

    def about_person(self) -> list[forms.BoundField]:
        return [self[name] for name in ("resident", "region") if name in self.fields]


NUMBER = {"inputmode": "numeric", "autocomplete": "off"}


class SheetNumberForm(forms.Form):
    """The number on a paper sheet."""

    number = forms.CharField(
        label=gettext_lazy("Number on the sheet"),
        max_length=30,
        help_text=gettext_lazy("Twelve digits, top right."),
        widget=forms.TextInput(attrs=NUMBER),
    )


class TypeInForm(QuestionsForm):
    """A sheet that came back on paper. The number first, as it lies on the table."""

    number = forms.CharField(
        label=gettext_lazy("Number on the sheet"),
        max_length=30,
        help_text=gettext_lazy("Twelve digits, top right; the last one checks the others."),
        widget=forms.TextInput(attrs=NUMBER | {"autofocus": True}),
    )


class EnterForm(QuestionsForm):
    """What a resident says at the desk or on the telephone, written down with their consent."""

    who = forms.CharField(
        label=gettext_lazy("Which resident"),
        max_length=60,
        help_text=gettext_lazy("ID number, telephone number, or the beginning of the name."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    consent = forms.ChoiceField(
        label=gettext_lazy("How the resident agreed"),
        choices=[
            (Participation.Consent.VISIT, Participation.Consent.VISIT.label),
            (Participation.Consent.PHONE, Participation.Consent.PHONE.label),
        ],
        widget=forms.RadioSelect,
        required=False,
        help_text=gettext_lazy("Say who asks and why, that it is voluntary, and that nobody can look the answer up."),
    )

    def offer(self, found: list[Resident]) -> None:
        """Several residents fit what was typed: let one be chosen, and keep the rest of the page."""
        self.fields["resident"] = forms.ChoiceField(
            label=_("Several residents: which one?"),
            choices=[
                (str(one.pk), f"{one.masked_name} · {one.birth_date:%Y} · {one.region}{one.community}") for one in found
            ],
            widget=forms.RadioSelect,
        )
