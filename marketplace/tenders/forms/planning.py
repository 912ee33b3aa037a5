"""What is typed into plans."""

import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from marketplace.ledger.models import BudgetLine
from marketplace.pages import clock
from marketplace.pages.dates import written_month
from marketplace.pages.money import YuanField
from marketplace.parties.models import Organisation

from ..methods import offered
from ..models import PlanLine, Tender
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
