"""Pages on which a contract is sent, signed, refused, begun and ended."""

from typing import Any

from django.forms import Form
from django.utils.translation import gettext_lazy, pgettext_lazy

from contracts import actions, checks, policies
from contracts.forms import SignForm
from contracts.models import Contract
from marketplace.pages.forms import ReasonForm

from .base import ContractAction


class SendPage(ContractAction):
    template_name = "contracts/send.html"
    policy = policies.may_send
    title = gettext_lazy("Send for signature")
    submit_label = gettext_lazy("Send to the supplier")
    done_message = gettext_lazy("The contract is printed and with the supplier.")

    def perform(self, form: Form) -> Contract:
        return actions.send_for_signature(self.contract, by=self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        faults = checks.faults(self.contract) if self.contract.state == Contract.State.DRAFT else []
        return super().get_context_data(**kwargs) | {"faults": [fault.messages[0] for fault in faults]}


class SignPage(ContractAction):
    template_name = "contracts/sign.html"
    form_class = SignForm
    policy = policies.may_sign
    title = gettext_lazy("Sign the contract")
    submit_label = gettext_lazy("Sign")
    done_message = gettext_lazy("Signed.")

    def perform(self, form: Form) -> Contract:
        return actions.sign_contract(self.contract, by=self.request.user)


class RefusePage(ContractAction):
    form_class = ReasonForm
    policy = policies.may_refuse
    title = gettext_lazy("Refuse to sign")
    intro = gettext_lazy("The other side is told your reason. The contract can't be signed any more.")
    submit_label = pgettext_lazy("contract", "Refuse")
    danger = True

    def perform(self, form: Form) -> Contract:
        return actions.refuse_contract(self.contract, reason=form.cleaned_data["reason"], by=self.request.user)


class BeginPage(ContractAction):
    policy = policies.may_begin
    title = gettext_lazy("Begin the contract")
    intro = gettext_lazy("Its first day has come: from now on deliveries can be reported.")
    submit_label = pgettext_lazy("contract", "Begin")

    def perform(self, form: Form) -> Contract:
        return actions.begin_contract(self.contract, by=self.request.user)


class ClosePage(ContractAction):
    policy = policies.may_end
    title = gettext_lazy("Close the contract")
    intro = gettext_lazy("Everything must be delivered, accepted and paid. A closed contract can't be opened again.")
    submit_label = pgettext_lazy("contract", "Close")

    def perform(self, form: Form) -> Contract:
        return actions.close_contract(self.contract, by=self.request.user)


class EndPage(ContractAction):
    form_class = ReasonForm
    policy = policies.may_end
    title = gettext_lazy("End the contract early")
    intro = gettext_lazy("What has not been accepted is dropped, and its money goes back to the budget line.")
    submit_label = pgettext_lazy("contract", "End it")
    danger = True

    def perform(self, form: Form) -> Contract:
        return actions.terminate_contract(self.contract, reason=form.cleaned_data["reason"], by=self.request.user)
