"""What the buyer, the panel and the bidders type between the opening and the award."""

import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from marketplace.pages.forms import asked
from marketplace.pages.money import YuanField
from marketplace.pages.uploads import CheckedFilesField
from marketplace.parties.models import Organisation, Role, User

from ..bidcontent import MOST_BYTES
from ..models import Bid, Criterion, ExpertTie, Lot, Panellist, Score, Tender

MET = (("yes", pgettext_lazy("condition", "Met")), ("no", pgettext_lazy("condition", "Not met")))


class DrawForm(forms.Form):
    """From whom the panel is drawn."""

    by_speciality = forms.BooleanField(
        label=gettext_lazy("Only experts for these kinds of service"),
        help_text=gettext_lazy("Experts without an entry in the library are asked for everything."),
        required=False,
    )
    by_region = forms.BooleanField(label=gettext_lazy("Only experts of this city"), required=False)
    representatives = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Representatives of the buyer"),
        help_text=gettext_lazy("They take seats of the panel. Two thirds at least are experts."),
        queryset=User.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, *args: Any, tender: Tender, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        runs = [pk for pk in (tender.drafted_by_id, tender.submitted_by_id, tender.approved_by_id) if pk]
        staff = tender.bureau.memberships.filter(ended_at=None).exclude(role=Role.EXPERT).values("user")
        self.fields["representatives"].queryset = (  # type: ignore[attr-defined]
            User.objects.filter(pk__in=staff, is_active=True).exclude(pk__in=runs).order_by("name", "pk")
        )


class QualificationForm(forms.Form):
    """Condition by condition, bid by bid."""

    def __init__(self, *args: Any, lot: Lot, bids: list[Bid], conditions: list[Criterion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lot, self.bids, self.conditions = lot, bids, conditions
        for bid in bids:
            for condition in conditions:
                self.fields[f"met-{bid.pk}-{condition.pk}"] = forms.ChoiceField(
                    label=condition.name,
                    help_text=condition.guidance,
                    choices=MET,
                    widget=forms.RadioSelect,
                    required=False,
                )
                self.fields[f"note-{bid.pk}-{condition.pk}"] = forms.CharField(
                    label=_("What is missing"), required=False, max_length=500
                )
            if lot.tender.small_discount:
                self.fields[f"small-{bid.pk}"] = forms.BooleanField(
                    label=_("Small or micro enterprise: %(percent)s%% off the price that is compared")
                    % {"percent": format(lot.tender.small_discount.normalize(), "f")},
                    required=False,
                )

    def rows(self) -> list[dict[str, Any]]:
        """Bid by bid, for the page."""
        return [
            {
                "bid": bid,
                "checks": [
                    (condition, self[f"met-{bid.pk}-{condition.pk}"], self[f"note-{bid.pk}-{condition.pk}"])
                    for condition in self.conditions
                ],
                "small": self[f"small-{bid.pk}"] if f"small-{bid.pk}" in self.fields else None,
            }
            for bid in self.bids
        ]

    def verdicts(self) -> dict[Bid, dict[Criterion, tuple[bool | None, str]]]:
        meaning = {"yes": True, "no": False}
        return {
            bid: {
                condition: (
                    meaning.get(self.cleaned_data.get(f"met-{bid.pk}-{condition.pk}", "")),
                    self.cleaned_data.get(f"note-{bid.pk}-{condition.pk}", ""),
                )
                for condition in self.conditions
            }
            for bid in self.bids
        }

    def small(self) -> frozenset[Bid]:
        return frozenset(bid for bid in self.bids if self.cleaned_data.get(f"small-{bid.pk}"))


class CallForQuotesForm(forms.Form):
    terms = forms.CharField(
        label=gettext_lazy("What the talks have changed"),
        help_text=gettext_lazy("Every bidder that is left reads the same words. Leave empty when nothing changed."),
        widget=forms.Textarea(attrs={"rows": 4}),
        required=False,
        max_length=5000,
    )
    minutes = forms.IntegerField(
        label=gettext_lazy("Minutes that every bidder has"), min_value=10, max_value=60 * 24 * 14, initial=60
    )
    is_final = forms.BooleanField(
        label=gettext_lazy("This is the final quote: whoever gives none leaves the procedure"),
        required=False,
        initial=True,
    )

    def due_at(self, now: datetime.datetime) -> datetime.datetime:
        return now + datetime.timedelta(minutes=self.cleaned_data["minutes"])


class QuoteForm(forms.Form):
    amount = YuanField(label=gettext_lazy("Your price for the whole lot"))


class ExplanationForm(forms.Form):
    words = asked(
        forms.CharField(
            label=gettext_lazy("How the price comes about"),
            help_text=gettext_lazy(
                "Costs of people, places and materials, contracts of the same kind, why it still serves."
            ),
            widget=forms.Textarea(attrs={"rows": 10}),
            required=False,
            max_length=10_000,
        )
    )
    files = CheckedFilesField(  # type: ignore[assignment]  # the form has its uploads under the same name
        label=gettext_lazy("Evidence files"),
        max_bytes=MOST_BYTES,
        kinds=("pdf", "docx", "xlsx", "png", "jpeg"),
        most=10,
        required=False,
    )


class QuestionPriceForm(forms.Form):
    words = asked(
        forms.CharField(
            label=gettext_lazy("What the supplier shall explain"),
            widget=forms.Textarea(attrs={"rows": 4}),
            required=False,
            max_length=2000,
        )
    )
    minutes = forms.IntegerField(label=gettext_lazy("Minutes for the answer"), min_value=1, initial=60)


class PriceVoteForm(forms.Form):
    is_proven = forms.ChoiceField(
        label=gettext_lazy("Your judgement"),
        choices=(
            ("yes", gettext_lazy("The price is proven: the bid stays")),
            ("no", gettext_lazy("It is not proven: the bid is invalid")),
        ),
        widget=forms.RadioSelect,
    )
    reason = asked(
        forms.CharField(
            label=gettext_lazy("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000, required=False
        )
    )


class ModerationForm(forms.Form):
    """The sheet that lies far off: keep it, or correct single points."""

    def __init__(self, *args: Any, scores: list[Score], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scores = scores
        for score in scores:
            most = format(score.criterion.weight.normalize(), "f")
            self.fields[f"points-{score.criterion_id}"] = forms.DecimalField(
                label=_("Points for “%(name)s”, 0 to %(most)s") % {"name": score.criterion.name, "most": most},
                max_digits=5,
                decimal_places=2,
                required=False,
                initial=score.points.normalize(),
                widget=forms.NumberInput(attrs={"min": 0, "max": most, "step": "0.5", "inputmode": "decimal"}),
            )
        self.fields["reason"] = forms.CharField(
            label=_("Why it is kept, or corrected"),
            widget=forms.Textarea(attrs={"rows": 3}),
            max_length=2000,
            required=False,
        )

    def rows(self) -> list[dict[str, Any]]:
        return [{"score": score, "points": self[f"points-{score.criterion_id}"]} for score in self.scores]

    def corrections(self) -> dict[Criterion, Decimal]:
        given = {score.criterion: self.cleaned_data.get(f"points-{score.criterion_id}") for score in self.scores}
        return {criterion: points for criterion, points in given.items() if points is not None}


class ChairForm(forms.Form):
    candidate = forms.ModelChoiceField(
        label=gettext_lazy("Who shall preside"),
        queryset=Panellist.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
    )

    def __init__(self, *args: Any, seat: Panellist, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["candidate"]
        field.queryset = (
            Panellist.objects.sitting()
            .filter(panel=seat.panel_id, kind=Panellist.Kind.EXPERT)
            .select_related("user")
            .order_by("position")
        )
        field.label_from_instance = lambda one: one.user.name
        field.initial = seat.chair_vote_id


class ReportForm(forms.Form):
    agrees = forms.ChoiceField(
        label=pgettext_lazy("report", "Your word on this report"),
        choices=(
            ("yes", gettext_lazy("I have read it and agree")),
            ("no", gettext_lazy("I sign it with a dissenting opinion")),
        ),
        widget=forms.RadioSelect,
        initial="yes",
    )
    dissent = forms.CharField(
        label=gettext_lazy("Where you disagree, and why"),
        widget=forms.Textarea(attrs={"rows": 4}),
        required=False,
        max_length=5000,
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("agrees") == "no" and not (cleaned.get("dissent") or "").strip():
            self.add_error(
                "dissent", forms.ValidationError(_("Write down where you disagree."), code="dissent_missing")
            )
        return cleaned

    def opinion(self) -> str:
        return self.cleaned_data["dissent"] if self.cleaned_data["agrees"] == "no" else ""


class TieForm(forms.Form):
    organisation = forms.ModelChoiceField(
        label=gettext_lazy("Organisation"),
        queryset=Organisation.objects.filter(
            kind__in=[Organisation.Kind.SOCIAL_ORGANISATION, Organisation.Kind.ENTERPRISE, Organisation.Kind.BUREAU]
        ).order_by("name"),
    )
    kind = forms.ChoiceField(label=pgettext_lazy("expert", "Tie"), choices=ExpertTie.Kind.choices)
    ended_on = forms.DateField(
        label=gettext_lazy("Ended on"),
        help_text=gettext_lazy("Leave empty while it lasts. It counts for three years after its end."),
        widget=forms.DateInput(attrs={"type": "date"}),
        required=False,
    )
