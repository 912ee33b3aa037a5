"""What people type into rating rounds."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.pages.forms import asked
from marketplace.parties.models import Organisation

from .models import ConductEntry, Framework, Indicator, RatingApplication, RatingSheet
from .ratingdrafts import draft_of


class CallForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=160)
    text = forms.CharField(
        label=_("The call"),
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("Anyone reads it on the round's page."),
    )
    framework = forms.ModelChoiceField(
        label=_("Framework of indicators"), queryset=Framework.objects.of_ratings().order_by("code", "-version")
    )
    evaluators = forms.ModelMultipleChoiceField(
        label=_("Evaluators"), queryset=None, widget=forms.CheckboxSelectMultiple
    )
    scorers_each = forms.IntegerField(label=_("Scorers for each organisation"), min_value=1, max_value=9, initial=2)
    closes_on = forms.DateField(label=_("Applications until"))
    scoring_due_on = forms.DateField(label=_("Scored by"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["evaluators"].queryset = Organisation.objects.active().filter(kind=Organisation.Kind.EVALUATOR)


def points_field(leaf: Indicator, initial: int | None) -> forms.Field:
    label = f"{leaf.code} {leaf.local_name}"
    if leaf.top > 10:
        return forms.IntegerField(
            label=label, required=False, min_value=0, max_value=leaf.top, initial=initial,
            widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        )  # fmt: skip
    return forms.TypedChoiceField(
        label=label,
        required=False,
        choices=[(points, str(points)) for points in range(leaf.top + 1)],
        coerce=int,
        empty_value=None,
        initial=initial,
        widget=forms.RadioSelect,
    )


class TreeForm(forms.Form):
    """A mark for every leaf that people judge, on the tree as it is read."""

    def __init__(
        self, *args: Any, indicators: list[Indicator], given: dict[Any, Any], notes: dict[Any, str] | None = None,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self.indicators = indicators
        self.has_notes = notes is not None
        for leaf in indicators:
            if not leaf.is_judged:
                continue
            self.fields[f"points_{leaf.pk}"] = points_field(leaf, given.get(leaf.pk))
            if notes is not None:
                self.fields[f"note_{leaf.pk}"] = forms.CharField(
                    label=_("Evidence seen: %(name)s") % {"name": leaf.local_name},
                    required=False,
                    max_length=500,
                    initial=notes.get(leaf.pk, ""),
                )

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [
            {
                "indicator": one,
                "points": self[f"points_{one.pk}"] if one.is_judged else None,
                "note": self[f"note_{one.pk}"] if one.is_judged and self.has_notes else None,
            }
            for one in self.indicators
        ]

    @property
    def marks(self) -> dict[Any, int | None]:
        return {one.pk: self.cleaned_data.get(f"points_{one.pk}") for one in self.indicators if one.is_judged}

    @property
    def notes(self) -> dict[Any, str]:
        return {one.pk: self.cleaned_data.get(f"note_{one.pk}", "") for one in self.indicators if one.is_judged}


class ApplicationForm(TreeForm):
    statement = asked(
        forms.CharField(
            label=_("What your organisation is and does"), widget=forms.Textarea(attrs={"rows": 6}), required=False
        )
    )
    is_declared = forms.BooleanField(
        label=_("We declare that what we say here is true, and know that a false word leads out of the round."),
        required=False,
    )

    def __init__(self, *args: Any, application: RatingApplication, **kwargs: Any) -> None:
        indicators = list(application.round.framework.indicators.all())
        by_text = {str(one.pk): one.pk for one in indicators}
        given = {by_text[pk]: mark for pk, mark in application.self_marks.items()}
        super().__init__(*args, indicators=indicators, given=given, **kwargs)
        self.fields["statement"].initial = application.statement


class RatingSheetForm(TreeForm):
    visited_on = forms.DateField(label=_("Visited on"), required=False)
    remark = forms.CharField(label=_("Remarks"), required=False, widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, *args: Any, sheet: RatingSheet, **kwargs: Any) -> None:
        draft = draft_of(sheet)
        indicators = list(sheet.application.round.framework.indicators.all())
        super().__init__(
            *args,
            indicators=indicators,
            given={leaf.pk: draft.points.get(str(leaf.pk)) for leaf in indicators},
            notes={leaf.pk: draft.notes.get(str(leaf.pk), "") for leaf in indicators},
            **kwargs,
        )
        self.fields["visited_on"].initial = draft.visited_on
        self.fields["remark"].initial = draft.remark


class ObjectionForm(forms.Form):
    text = forms.CharField(
        label=_("What you disagree with, and what shows it"), widget=forms.Textarea(attrs={"rows": 6}), max_length=8000
    )


class DecideObjectionForm(forms.Form):
    """An answer, and for every leaf the points that count from now on; left empty, what is there stands."""

    answer = asked(forms.CharField(label=_("Answer"), widget=forms.Textarea(attrs={"rows": 5}), required=False))

    def __init__(self, *args: Any, application: RatingApplication, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.leaves = [one for one in application.round.framework.indicators.all() if one.is_leaf]
        for leaf in self.leaves:
            self.fields[f"points_{leaf.pk}"] = forms.DecimalField(
                label=_("%(name)s: points that count, 0 to %(top)s")
                % {"name": f"{leaf.code} {leaf.local_name}", "top": leaf.top},
                required=False,
                max_digits=5,
                decimal_places=2,
            )

    @property
    def marks(self) -> dict[Any, Decimal | None]:
        return {leaf.pk: self.cleaned_data.get(f"points_{leaf.pk}") for leaf in self.leaves}


class ConductForm(forms.Form):
    organisation = forms.ModelChoiceField(label=_("Organisation"), queryset=None)
    kind = forms.ChoiceField(label=_("What"), choices=ConductEntry.Kind.choices)
    year = forms.IntegerField(label=_("Year that it is about"), min_value=1990, max_value=2100)
    began_on = forms.DateField(label=pgettext_lazy("document", "Dated"))
    ended_on = forms.DateField(
        label=_("Ended on"), required=False, help_text=_("A penalty carried out, an investigation closed.")
    )
    document = forms.CharField(label=_("Document"), max_length=120)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = Organisation.objects.active().filter(
            kind=Organisation.Kind.SOCIAL_ORGANISATION
        )
