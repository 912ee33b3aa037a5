"""Pages on which a bond is received and returned, a contract suspended, premises change hands."""

from functools import cached_property
from typing import Any

from django.forms import Form
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy, pgettext_lazy

from contracts import actions, policies
from contracts.forms import BondForm, CountForm, ForfeitForm, HandOverForm, NoteForm
from contracts.models import Bond, Forfeiture, Premises
from marketplace.pages.forms import ReasonForm

from .base import ContractAction


class BondPage(ContractAction):
    form_class = BondForm
    policy = policies.may_hold_bond
    verb = actions.receive_bond
    title = gettext_lazy("The bond has come in")
    submit_label = gettext_lazy("Record")

    def get_initial(self) -> dict[str, Any]:
        return {"amount": self.contract.bond_amount}


class BondAction(ContractAction):
    """A page of one bond of the contract, with what is held of it."""

    template_name = "contracts/bond_action.html"

    @cached_property
    def bond(self) -> Bond:
        bond = get_object_or_404(self.contract.bonds, pk=self.kwargs["pk"])
        bond.contract = self.contract
        return bond

    @property
    def subject(self) -> Bond:
        return self.bond

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"bond": self.bond}


class ReturnBondPage(BondAction):
    policy = policies.may_return_bond
    verb = actions.return_bond
    title = pgettext_lazy("contract", "Give the bond back")
    submit_label = gettext_lazy("Give back")


class ForfeitPage(BondAction):
    form_class = ForfeitForm
    policy = policies.may_forfeit
    verb = actions.forfeit
    title = gettext_lazy("Forfeit the bond")
    intro = gettext_lazy("What is forfeited is the treasury's and does not come back. The supplier is told the reason.")
    submit_label = gettext_lazy("Forfeit")
    danger = True

    def get_initial(self) -> dict[str, Any]:
        return {"amount": self.bond.left}


class HandOverForfeitPage(ContractAction):
    template_name = "contracts/bond_action.html"
    form_class = HandOverForm
    policy = policies.may_hand_over_forfeit
    verb = actions.hand_over
    title = gettext_lazy("Handed over to the treasury")
    submit_label = gettext_lazy("Record")

    @cached_property
    def forfeiture(self) -> Forfeiture:
        return get_object_or_404(
            Forfeiture.objects.filter(bond__contract=self.contract).select_related("bond__contract__buyer"),
            pk=self.kwargs["pk"],
        )

    @property
    def subject(self) -> Forfeiture:
        return self.forfeiture

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"bond": self.forfeiture.bond, "forfeiture": self.forfeiture}


class SuspendPage(ContractAction):
    form_class = ReasonForm
    policy = policies.may_suspend
    verb = actions.suspend_contract
    title = gettext_lazy("Suspend the contract")
    intro = gettext_lazy("Until it is resumed nothing can be delivered or accepted. What is owed is still paid.")
    submit_label = pgettext_lazy("contract", "Suspend")
    danger = True


class ResumePage(ContractAction):
    policy = policies.may_suspend
    verb = actions.resume_contract
    title = gettext_lazy("Resume the contract")
    submit_label = pgettext_lazy("contract", "Resume")


class PremisesStep(ContractAction):
    """One step of the premises' way to the supplier and back."""

    template_name = "contracts/premises_step.html"

    @cached_property
    def premises(self) -> Premises:
        premises = get_object_or_404(self.contract.premises.prefetch_related("items"), position=self.kwargs["position"])
        premises.contract = self.contract
        return premises

    @property
    def subject(self) -> Premises:
        return self.premises

    def get_success_url(self) -> str:
        return f"{self.contract.get_absolute_url()}#premises"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "premises": self.premises,
            "items": list(self.premises.items.all()),
        }


class HandOverPage(PremisesStep):
    policy = policies.may_hand_over
    verb = actions.hand_over_premises
    title = gettext_lazy("Hand the premises over")
    submit_label = gettext_lazy("The keys are handed over")


class TakeOverPage(PremisesStep):
    form_class = NoteForm
    policy = policies.may_take_over
    verb = actions.take_over_premises
    title = gettext_lazy("Take the premises over")
    submit_label = gettext_lazy("Counted and agreed")


class CountPage(PremisesStep):
    form_class = CountForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"premises": self.premises}


class GiveBackPage(CountPage):
    policy = policies.may_take_over
    title = gettext_lazy("Give the premises back")
    submit_label = gettext_lazy("The keys are given back")

    def get_form(self, form_class: Any = None) -> Form:
        form = super().get_form(form_class)
        del form.fields["note"]
        return form

    def perform(self, form: Form) -> Premises:
        return actions.give_back_premises(self.premises, returned=form.returned, by=self.request.user)


class TakeBackPage(CountPage):
    policy = policies.may_hand_over
    title = gettext_lazy("Take the premises back")
    submit_label = gettext_lazy("Counted and taken back")

    def perform(self, form: Form) -> Premises:
        return actions.take_back_premises(
            self.premises, returned=form.returned, note=form.cleaned_data["note"], by=self.request.user
        )
