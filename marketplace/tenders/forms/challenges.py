"""What suppliers, the buyer and the finance department type about queries, challenges and complaints."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.pages.forms import asked
from marketplace.pages.uploads import CheckedFilesField
from marketplace.parties.models import Organisation

from ..bidcontent import MOST_BYTES
from ..models import Challenge, ChallengeMatter, Effect, Lot, Step, Tender


def _text(label: Any, rows: int = 4, **more: Any) -> forms.Field:
    widget = forms.Textarea(attrs={"rows": rows})
    return asked(forms.CharField(label=label, widget=widget, required=False, max_length=10_000, **more))


def _proof() -> CheckedFilesField:
    return CheckedFilesField(
        label=_("Evidence files"),
        max_bytes=MOST_BYTES,
        kinds=("pdf", "docx", "xlsx", "png", "jpeg"),
        most=10,
        required=False,
    )


class QueryForm(forms.Form):
    words = _text(_("Question"))
    may_affect_result = forms.BooleanField(label=_("It may affect the result"), required=False)


class ReplyForm(forms.Form):
    reply = _text(pgettext_lazy("query", "Answer"), 6)


class ChallengeForm(forms.Form):
    step = forms.ChoiceField(label=_("What you challenge"), choices=Step.choices, widget=forms.RadioSelect)
    lot = forms.ModelChoiceField(
        label=_("Lot"), queryset=Lot.objects.none(), required=False, empty_label=_("The whole tender")
    )
    matters = _text(_("Matters, one a line"), help_text=_("Only what stands here can later be complained of."))
    facts = _text(_("Facts"), 6)
    basis = _text(_("Legal basis"), 3)
    wanted = _text(_("What you ask for"), 3)
    files = _proof()  # type: ignore[assignment]

    def __init__(self, *args: Any, tender: Tender, offered: list[tuple[str, str]], **kwargs: Any) -> None:
        """`offered`: the steps that can be doubted today. Who asks for another is told the article by the verb."""
        super().__init__(*args, **kwargs)
        self.fields["lot"].queryset = tender.lots.all()  # type: ignore[attr-defined]
        self.fields["step"].widget.choices = offered  # type: ignore[attr-defined]

    def given(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        return {
            "step": cleaned["step"],
            "lot": cleaned["lot"],
            "matters": cleaned["matters"].splitlines(),
            "facts": cleaned["facts"],
            "basis": cleaned["basis"],
            "wanted": cleaned["wanted"],
            "files": cleaned["files"] or [],
        }


class JudgeEffectForm(forms.Form):
    affects = forms.ChoiceField(
        label=_("May it affect the result?"),
        choices=(
            ("yes", _("Yes: nothing is signed until the reply")),
            ("no", _("No, and why")),
        ),
        widget=forms.RadioSelect,
    )
    reason = _text(_("Reason"), 3)


class AnswerChallengeForm(forms.Form):
    verdict = forms.ChoiceField(
        label=pgettext_lazy("challenge", "The buyer finds"),
        choices=(("upheld", _("The challenge is right")), ("rejected", _("The challenge is not right"))),
        widget=forms.RadioSelect,
    )
    effect = forms.ChoiceField(
        label=_("What follows"), required=False, help_text=_("When the challenge is right (Order 94, Article 16).")
    )
    reply = _text(_("Reply: facts, reasons, legal basis"), 8)

    def __init__(self, *args: Any, effects: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = dict(Effect.choices)
        self.fields["effect"].choices = [("", "—"), *((one, labels[one]) for one in effects)]  # type: ignore[attr-defined]


class ComplaintForm(forms.Form):
    reviewer = forms.ModelChoiceField(
        label=_("Finance department"),
        queryset=Organisation.objects.filter(kind=Organisation.Kind.FINANCE).order_by("name"),
        empty_label=None,
    )
    matters = forms.ModelMultipleChoiceField(
        label=_("Matters of the challenge that you complain of"),
        queryset=ChallengeMatter.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    words = _text(_("Why the reply does not satisfy"), 8)
    files = _proof()  # type: ignore[assignment]

    def __init__(self, *args: Any, challenge: Challenge, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["matters"].queryset = challenge.matters.all()  # type: ignore[attr-defined]


class CorrectComplaintForm(forms.Form):
    words = _text(_("Why the reply does not satisfy"), 8)
    files = _proof()  # type: ignore[assignment]


class AcceptComplaintForm(forms.Form):
    suspend_days = forms.IntegerField(
        label=_("Days for which the procurement is suspended"),
        help_text=_("0 for no suspension; thirty at most (Government Procurement Law, Article 57)."),
        min_value=0,
        initial=0,
    )


class AnswerComplaintForm(forms.Form):
    answer = _text(_("The buyer's answer to the finance department"), 8)


class DecideComplaintForm(forms.Form):
    verdict = forms.ChoiceField(
        label=pgettext_lazy("complaint", "Decision"),
        choices=(("upheld", _("The complaint is right")), ("rejected", _("The complaint is rejected"))),
        widget=forms.RadioSelect,
    )
    effect = forms.ChoiceField(label=_("What follows"), required=False)
    decision = _text(_("Decision: facts, reasons, legal basis"), 10)
    is_false = forms.BooleanField(
        label=_("It is made up or rests on forged material: list of bad conduct"), required=False
    )
    ban_years = forms.IntegerField(label=_("Years of the ban"), min_value=0, max_value=10, initial=0, required=False)

    def __init__(self, *args: Any, effects: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = dict(Effect.choices)
        self.fields["effect"].choices = [("", "—"), *((one, labels[one]) for one in effects)]  # type: ignore[attr-defined]
