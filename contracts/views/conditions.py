"""Pages of a draft besides its words: conditions, lay-out of the instalments, annexes; and what differs."""

from functools import cached_property
from typing import Any

from django import forms
from django.forms import Form
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from contracts import actions, checks, policies
from contracts.forms import ConditionsForm, InstalmentFormSet, LayOutForm, PremisesForm, PriceForm, conditions_of
from contracts.models import Contract, Premises
from marketplace.pages.money import format_yuan

from .base import ContractAction

OF_AN_AGREEMENT = ("payment_days", "standards", "is_bilingual")


class ConditionsPage(ContractAction):
    form_class = ConditionsForm
    policy = policies.may_edit
    title = gettext_lazy("Conditions")
    submit_label = gettext_lazy("Save")
    intro = gettext_lazy("What the two sides agree besides the price. The articles that name it follow by themselves.")

    def get_initial(self) -> dict[str, Any]:
        largest, rule = checks.largest_bond(self.contract)
        self.bond_hint = _("At most ¥%(most)s (%(source)s).") % {"most": format_yuan(largest), "source": rule.citation}
        return conditions_of(self.contract)

    def get_form(self, form_class: Any = None) -> Form:
        form = super().get_form(form_class)
        if not self.contract.is_service:
            for name in set(form.fields) - set(OF_AN_AGREEMENT):
                del form.fields[name]
            form.fields["payment_days"].label = _("Days to pay a month's settlement")
            return form
        form.fields["bond_amount"].help_text = f"{form.fields['bond_amount'].help_text} {self.bond_hint}"
        return form

    def perform(self, form: Form) -> Contract:
        return actions.change_conditions(self.contract, by=self.request.user, **form.cleaned_data)


class LayOutPage(ContractAction):
    form_class = LayOutForm
    policy = policies.may_edit
    title = gettext_lazy("Lay the instalments out")
    submit_label = pgettext_lazy("instalments", "Lay out")
    intro = gettext_lazy("Equal instalments over the whole term. They replace the plan that is there.")

    def perform(self, form: Form) -> Contract:
        return actions.lay_out_instalments(self.contract, by=self.request.user, **form.cleaned_data)


class PricesPage(ContractAction):
    """The annexed price list, as one table."""

    template_name = "contracts/prices.html"
    policy = policies.may_edit
    title = gettext_lazy("Price list")
    submit_label = gettext_lazy("Save")

    @cached_property
    def formset(self) -> Any:
        kind = forms.formset_factory(
            PriceForm, formset=InstalmentFormSet, extra=3, can_delete=True, max_num=100, validate_max=True
        )
        rows = [{"name": row.name, "unit": row.unit, "price": row.price} for row in self.contract.prices.all()]
        data = self.request.POST if self.request.method == "POST" else None
        return kind(data, prefix="prices", initial=rows)

    def form_valid(self, form: Form) -> HttpResponse:
        if not self.formset.is_valid():
            form.add_error(None, _("Mend the rows that are marked."))
            return self.form_invalid(form)
        return super().form_valid(form)

    def perform(self, form: Form) -> Contract:
        return actions.set_prices(self.contract, self.formset.rows, by=self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"formset": self.formset}


class PremisesPage(ContractAction):
    """One place with its inventory: new, or the one that the address names."""

    form_class = PremisesForm
    policy = policies.may_edit
    title = gettext_lazy("Premises and inventory")
    submit_label = gettext_lazy("Save")

    @cached_property
    def premises(self) -> Premises | None:
        return self.contract.premises.filter(position=self.kwargs.get("position", 0)).first()

    def get_initial(self) -> dict[str, Any]:
        if self.premises is None:
            return {"address": self.contract.place}
        lines = [
            "，".join(part for part in (item.name, str(item.quantity), item.unit, item.condition) if part)
            for item in self.premises.items.all()
        ]
        return {
            "name": self.premises.name,
            "address": self.premises.address,
            "area": self.premises.area,
            "inventory": "\n".join(lines),
        }

    def perform(self, form: Form) -> Premises:
        data = form.cleaned_data
        return actions.set_premises(
            self.contract,
            name=data["name"],
            address=data["address"],
            area=data["area"] or 0,
            items=data["inventory"],
            position=self.premises.position if self.premises else None,
            by=self.request.user,
        )
