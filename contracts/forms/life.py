"""What people type into a contract that is signed: changes, bond, premises, reports, notice."""

import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contracts.models import Amendment, Bond, Contract, Deliverable, Premises, Termination
from marketplace.ledger.models import BudgetLine
from marketplace.pages import clock
from marketplace.pages.money import YuanField
from marketplace.pages.uploads import CheckedFileField


class BondForm(forms.Form):
    form = forms.ChoiceField(label=_("Form"), choices=Bond.Form.choices)
    amount = YuanField(label=_("Amount"))
    document = forms.CharField(
        label=_("Number of the transfer or the letter"), max_length=60, help_text=_("Never in cash (REG 48).")
    )


class ForfeitForm(forms.Form):
    amount = YuanField(label=_("Amount"))
    reason = forms.CharField(
        label=_("The breach"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
        help_text=_("What happened, and the article of the contract."),
    )


class HandOverForm(forms.Form):
    document = forms.CharField(label=_("Number of the treasury's receipt"), max_length=60)


class AmendmentForm(forms.Form):
    """A supplement: how many units more or fewer of each planned instalment, one new instalment, a new last day."""

    reason_code = forms.ChoiceField(label=_("Reason"), choices=[])
    reason = forms.CharField(label=_("Why"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)
    text = forms.CharField(
        label=_("What is agreed"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=4000,
        required=False,
        help_text=_("In Chinese, as it shall stand in the supplement."),
    )
    ends_on = forms.DateField(label=_("New last day"), required=False)
    new_title = forms.CharField(label=_("New instalment"), max_length=200, required=False)
    new_quantity = forms.IntegerField(label=_("Its quantity"), min_value=1, max_value=10_000_000, required=False)
    new_unit = forms.CharField(label=_("Its unit"), max_length=20, required=False)
    new_amount = YuanField(label=_("Its amount"), required=False)
    new_due_on = forms.DateField(label=_("Due on"), required=False)

    def __init__(self, *args: Any, contract: Contract, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason_code"].choices = [
            choice for choice in Amendment.Reason.choices if choice[0] != Amendment.Reason.EVALUATED
        ]
        planned = contract.deliverables.filter(state=Deliverable.State.PLANNED)
        self.planned: list[Deliverable] = list(planned)
        for deliverable in self.planned:
            self.fields[f"more_{deliverable.position}"] = forms.IntegerField(
                label=f"{deliverable.position}. {deliverable.title}",
                required=False,
                min_value=-10_000_000,
                max_value=10_000_000,
            )

    @property
    def change_rows(self) -> list[tuple[Deliverable, forms.BoundField]]:
        """Each planned instalment with its field, for the page's table."""
        return [(deliverable, self[f"more_{deliverable.position}"]) for deliverable in self.planned]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        named = [data.get(name) for name in ("new_title", "new_quantity", "new_unit", "new_amount", "new_due_on")]
        if any(named) and not all(named):
            self.add_error("new_title", _("A new instalment needs title, quantity, unit, amount and day."))
        return data

    @property
    def quantities(self) -> list[tuple[Deliverable, int]]:
        return [
            (deliverable, more)
            for deliverable in self.planned
            if (more := self.cleaned_data.get(f"more_{deliverable.position}"))
        ]

    @property
    def added(self) -> list[dict[str, Any]]:
        data = self.cleaned_data
        if not data.get("new_title"):
            return []
        return [
            {
                "title": data["new_title"],
                "quantity": data["new_quantity"],
                "unit": data["new_unit"],
                "amount": data["new_amount"],
                "due_on": data["new_due_on"],
            }
        ]


class RenewalForm(forms.Form):
    line = forms.ModelChoiceField(label=_("Budget line of the next year"), queryset=None)

    def __init__(self, *args: Any, contract: Contract, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["line"].queryset = BudgetLine.objects.open().filter(bureau=contract.buyer).select_related("fund")


class NoticeForm(forms.Form):
    ground = forms.ChoiceField(label=_("Ground"), choices=Termination.Ground.choices)
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 4}), max_length=2000)
    effective_on = forms.DateField(label=_("Last day of service"))


class AnswerForm(forms.Form):
    answer = forms.CharField(label=_("Answer"), widget=forms.Textarea(attrs={"rows": 4}), max_length=2000)


class EndForm(forms.Form):
    """The settlement of an early end: of each instalment that is not decided, how much was delivered."""

    ground = forms.ChoiceField(label=_("Ground"), choices=Termination.Ground.choices)
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 4}), max_length=2000)
    bond = forms.ChoiceField(
        label=_("Performance bond"),
        widget=forms.RadioSelect,
        choices=[
            ("return", pgettext_lazy("bond", "Give it back with the settlement")),
            ("keep", pgettext_lazy("bond", "Keep it for now, and give it back or forfeit it afterwards")),
        ],
    )

    def __init__(self, *args: Any, contract: Contract, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.held = sum(bond.left for bond in contract.bonds.filter(state=Bond.State.HELD))
        premises_are_out = any(premises.is_out for premises in contract.premises.all())
        self.keeps_bond = bool(self.held) and premises_are_out
        if not self.held or self.keeps_bond:
            del self.fields["bond"]
        self.standing: list[Deliverable] = list(contract.deliverables.standing().filter(is_committed=True))
        for deliverable in self.standing:
            self.fields[f"delivered_{deliverable.position}"] = forms.IntegerField(
                label=f"{deliverable.position}. {deliverable.title}",
                min_value=0,
                max_value=deliverable.quantity,
                required=False,
            )

    @property
    def settlement_rows(self) -> list[tuple[Deliverable, forms.BoundField]]:
        return [(deliverable, self[f"delivered_{deliverable.position}"]) for deliverable in self.standing]

    @property
    def delivered(self) -> dict[int, int]:
        return {
            deliverable.position: self.cleaned_data.get(f"delivered_{deliverable.position}") or 0
            for deliverable in self.standing
        }


class InvoiceForm(forms.Form):
    number = forms.CharField(label=_("Invoice number"), max_length=40)
    file = CheckedFileField(label=_("Invoice file"), kinds=("pdf", "png", "jpeg"), required=False)


class RecordsForm(forms.Form):
    file = CheckedFileField(
        label=_("File of service records"),
        kinds=("xlsx", "csv"),
        help_text=_(
            "Columns: 日期, 服务内容, 服务地点, 数量, 服务人数, 备注. One row a day and place; name no residents."
        ),
    )


class MonthForm(forms.Form):
    month = forms.ChoiceField(label=_("Month"))
    people = forms.IntegerField(label=_("People served"), min_value=0, max_value=1_000_000)
    visits = forms.IntegerField(label=_("Services given"), min_value=0, max_value=10_000_000)
    complaints = forms.IntegerField(label=_("Complaints"), min_value=0, max_value=10_000, initial=0)
    incidents = forms.IntegerField(label=_("Incidents"), min_value=0, max_value=10_000, initial=0)
    summary = forms.CharField(
        label=_("How the month went"),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=4000,
        help_text=_("Name no residents: this is published."),
    )

    def __init__(self, *args: Any, contract: Contract, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        told = set(contract.monthly_reports.values_list("month", flat=True))
        month, last = contract.starts_on.replace(day=1), min(contract.ends_on, clock.today())
        months = []
        while month <= last:
            if month not in told:
                months.append((month.isoformat(), f"{month:%Y-%m}"))
            month = (month + datetime.timedelta(days=32)).replace(day=1)
        self.fields["month"].choices = list(reversed(months))

    def clean_month(self) -> datetime.date:
        return datetime.date.fromisoformat(self.cleaned_data["month"])


class SubcontractForm(forms.Form):
    name = forms.CharField(label=_("Subcontractor"), max_length=120)
    uscc = forms.CharField(label=_("Its credit code"), max_length=18)
    part = forms.CharField(label=_("Which part of the service"), max_length=300)
    amount = YuanField(label=_("Amount"))


class ConsentForm(forms.Form):
    consent = forms.ChoiceField(
        label=_("Decision"),
        choices=[("yes", pgettext_lazy("subcontract", "Consent")), ("no", pgettext_lazy("subcontract", "Refuse"))],
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(label=_("Answer"), widget=forms.Textarea(attrs={"rows": 3}), required=False)


class NoteForm(forms.Form):
    note = forms.CharField(
        label=_("Condition found"), widget=forms.Textarea(attrs={"rows": 3}), required=False, max_length=2000
    )


class CountForm(NoteForm):
    """The inventory on its way back: how many of each thing, in what condition."""

    def __init__(self, *args: Any, premises: Premises, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.items = list(premises.items.all())
        for item in self.items:
            counted = item.quantity if item.returned is None else item.returned
            self.fields[f"count_{item.position}"] = forms.IntegerField(
                label=f"{item.name} · {_('Quantity')}", min_value=0, max_value=item.quantity, initial=counted
            )
            self.fields[f"condition_{item.position}"] = forms.CharField(
                label=f"{item.name} · {pgettext_lazy('inventory', 'Condition')}",
                max_length=120,
                required=False,
                initial=item.returned_condition or item.condition,
            )

    @property
    def rows(self) -> list[tuple[Any, forms.BoundField, forms.BoundField]]:
        return [(item, self[f"count_{item.position}"], self[f"condition_{item.position}"]) for item in self.items]

    @property
    def returned(self) -> dict[int, tuple[int, str]]:
        data = self.cleaned_data
        return {
            item.position: (data[f"count_{item.position}"], data[f"condition_{item.position}"]) for item in self.items
        }
