"""What an officer says about comparing prices and about challenges."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..checks.terms import abnormal_range, discount_range
from ..models import Tender
from ..pricing import pricings_of
from ..rulebook import rule_or_none


class TermsForm(forms.ModelForm):
    """Only what the method asks; every field says its bounds and where they come from."""

    pricing = forms.ChoiceField(label=gettext_lazy("How the price counts"), widget=forms.RadioSelect, required=False)
    small_discount = forms.DecimalField(
        label=gettext_lazy("Price preference for small and micro enterprises, percent"),
        max_digits=5,
        decimal_places=2,
        min_value=0,
        required=False,
    )
    abnormal_percent = forms.IntegerField(
        label=gettext_lazy("Ask about prices below this percentage"), min_value=1, max_value=100, required=False
    )

    class Meta:
        model = Tender
        fields = ["pricing", "small_discount", "abnormal_percent", "challenges_once"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tender = self.instance
        allowed, rule = pricings_of(tender)
        labels = dict(Tender.Pricing.choices)
        self.fields["pricing"].choices = [(code, labels[code]) for code in allowed]
        self.fields["pricing"].help_text = f"{rule.remark} {rule.citation}" if rule else ""
        if allowed and not tender.pricing:
            self.initial["pricing"] = allowed[0]
        self._explain_bounds()
        once = rule_or_none(tender, "challenge.once")
        self.fields["challenges_once"].label = _("One challenge a step: everything at once, within its time")
        self.fields["challenges_once"].help_text = once.citation if once else ""
        if not allowed:  # one supplier: nothing to compare
            for name in ("pricing", "small_discount", "abnormal_percent"):
                del self.fields[name]

    def _explain_bounds(self) -> None:
        tender = self.instance
        if bounds := discount_range(tender):
            least, most = bounds
            self.fields["small_discount"].help_text = _(
                "%(least)s to %(most)s percent off their price, in the comparison only; what is paid stays the price. "
                "None where the price is fixed or every lot is for social organisations (%(source)s)."
            ) % {"least": least.number, "most": most.number, "source": least.citation}
        if review := abnormal_range(tender):
            from_percent, to_percent, rule = review
            self.fields["abnormal_percent"].help_text = _(
                "Leave it empty for the rule's own percentages; a file may raise them, to %(most)s at most, from "
                "%(least)s on (%(source)s)."
            ) % {"least": from_percent, "most": to_percent, "source": rule.citation}

    def clean_small_discount(self) -> Decimal:
        return self.cleaned_data["small_discount"] or Decimal(0)

    def clean_pricing(self) -> str:
        """What the method does by itself needs no word: a later change of method then takes its own way along."""
        chosen = self.cleaned_data["pricing"]
        allowed, _rule = pricings_of(self.instance)
        return "" if allowed and chosen == allowed[0] else chosen

    def _post_clean(self) -> None:
        """The verb writes the tender, not the form."""
