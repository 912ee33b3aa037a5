"""An expert's sheet."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from ..models import Criterion, Score


class ScorecardForm(forms.Form):
    """Points and words for each criterion that a person judges."""

    def __init__(self, *args: Any, criteria: list[Criterion], given: dict[Any, Score], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.criteria = criteria
        for criterion in criteria:
            score = given.get(criterion.pk)
            most = format(criterion.weight.normalize(), "f")
            self.fields[f"points-{criterion.pk}"] = forms.DecimalField(
                label=_("Points for “%(name)s”, 0 to %(most)s") % {"name": criterion.name, "most": most},
                required=False,
                max_digits=5,
                decimal_places=2,
                initial=score.points.normalize() if score else None,
                widget=forms.NumberInput(attrs={"min": 0, "max": most, "step": "0.5", "inputmode": "decimal"}),
            )
            self.fields[f"comment-{criterion.pk}"] = forms.CharField(
                label=pgettext("score", "Why"),
                required=False,
                max_length=2000,
                initial=score.comment if score else "",
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    def rows(self) -> list[dict[str, Any]]:
        """Criterion by criterion, for the page."""
        return [
            {
                "criterion": criterion,
                "points": self[f"points-{criterion.pk}"],
                "comment": self[f"comment-{criterion.pk}"],
            }
            for criterion in self.criteria
        ]

    def scores(self) -> dict[Criterion, tuple[Decimal | None, str]]:
        return {
            criterion: (
                self.cleaned_data.get(f"points-{criterion.pk}"),
                self.cleaned_data.get(f"comment-{criterion.pk}", ""),
            )
            for criterion in self.criteria
        }


class DeclarationForm(forms.Form):
    confirm = forms.BooleanField(
        label=gettext_lazy(
            "I have had no tie to any of these bidders within three years, and neither has my family: not employed, "
            "not a director or supervisor, not a holder of control"
        ),
        error_messages={"required": gettext_lazy("Confirm it, or step down if you can't.")},
    )
