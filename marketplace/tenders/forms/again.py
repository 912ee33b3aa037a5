"""What an officer types after a failure, and what the finance department answers."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from marketplace.parties.models import Organisation

from ..checks.method import FAILED_TENDER, TENDERS, grounds_of
from ..methods import offered
from ..models import MethodChange, Tender

SAME = ""


class AgainForm(forms.Form):
    """By which method: the one that failed, or one that was allowed."""

    change = forms.ChoiceField(label=gettext_lazy("By which method"), widget=forms.RadioSelect, required=False)

    def __init__(self, *args: Any, tender: Tender, approved: list[MethodChange], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.approved = {str(change.pk): change for change in approved}
        same = _("%(method)s, as before") % {"method": tender.get_method_display()}
        allowed = [
            (pk, _("%(method)s, allowed by %(number)s") % {"method": c.get_method_display(), "number": c.number})
            for pk, c in self.approved.items()
        ]
        self.fields["change"].choices = [*allowed, (SAME, same)]
        self.initial.setdefault("change", next(iter(self.approved), SAME))
        if not allowed:
            del self.fields["change"]

    def chosen(self) -> MethodChange | None:
        return self.approved.get(self.cleaned_data.get("change") or SAME)


class MethodChangeForm(forms.ModelForm):
    """Which other method, on which ground, asked of whom."""

    method = forms.ChoiceField(label=gettext_lazy("New method"), widget=forms.RadioSelect)
    ground = forms.ChoiceField(
        label=gettext_lazy("Ground of the method"),
        required=False,
        help_text=gettext_lazy("One that the new method knows; competitive consultation needs none."),
    )

    class Meta:
        model = MethodChange
        fields = ["method", "ground", "reason", "reviewer"]
        widgets = {"reason": forms.Textarea(attrs={"rows": 5})}
        help_texts = {
            "reason": gettext_lazy("How many came, why, and why the new method will do better. It is published."),
        }

    def __init__(self, *args: Any, tender: Tender, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        methods = [m.code for m in offered() if m.code not in (tender.method, Tender.Method.OPEN)]
        self.fields["method"].choices = [(code, Tender.Method(code).label) for code in methods]
        grounds = {
            code: label
            for method in methods
            for code, label in grounds_of(Tender(bureau=tender.bureau, method=method))
            if code != FAILED_TENDER or tender.method in TENDERS
        }
        self.fields["ground"].choices = [("", _("Choose")), *grounds.items()]
        self.fields["reviewer"].queryset = Organisation.objects.filter(kind=Organisation.Kind.FINANCE).order_by("name")

    def _post_clean(self) -> None:
        """The verb writes the request, not the form."""


class DecideMethodChangeForm(forms.Form):
    is_allowed = forms.TypedChoiceField(
        label=pgettext_lazy("change of method", "Decision"),
        choices=[
            ("yes", pgettext_lazy("change of method", "Allow it")),
            ("no", pgettext_lazy("change of method", "Refuse it")),
        ],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
        required=False,
        help_text=gettext_lazy("Needed when it is refused. The bureau reads it."),
    )
