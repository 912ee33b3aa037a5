"""Pages on which a contract is sent, signed, refused, begun and ended."""

from functools import cached_property
from typing import Any

from django.forms import Form
from django.http import Http404
from django.utils.translation import gettext_lazy, pgettext_lazy

from contracts import actions, checks, policies, queries
from contracts.differences import differences
from contracts.forms import AnswerForm, EndForm, NoticeForm, SignForm
from contracts.models import Contract, Termination
from marketplace.pages import clock
from marketplace.pages.forms import ReasonForm

from .base import ContractAction


class SendPage(ContractAction):
    template_name = "contracts/send.html"
    policy = policies.may_send
    verb = actions.send_for_signature
    title = gettext_lazy("Send for signature")
    submit_label = gettext_lazy("Send to the supplier")
    done_message = gettext_lazy("The contract is printed and with the supplier.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        faults = checks.faults(self.contract) if self.contract.state == Contract.State.DRAFT else []
        return super().get_context_data(**kwargs) | {
            "faults": [fault.messages[0] for fault in faults],
            "differences": differences(self.contract),
        }


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
    verb = actions.refuse_contract
    title = gettext_lazy("Refuse to sign")
    intro = gettext_lazy("The other side is told your reason. The contract can't be signed any more.")
    submit_label = pgettext_lazy("contract", "Refuse")
    danger = True


class BeginPage(ContractAction):
    policy = policies.may_begin
    verb = actions.begin_contract
    title = gettext_lazy("Begin the contract")
    intro = gettext_lazy("Its first day has come: from now on deliveries can be reported.")
    submit_label = pgettext_lazy("contract", "Begin")


class ClosePage(ContractAction):
    policy = policies.may_end
    verb = actions.close_contract
    title = gettext_lazy("Close the contract")
    intro = gettext_lazy("Everything must be delivered, accepted and paid. A closed contract can't be opened again.")
    submit_label = pgettext_lazy("contract", "Close")


class EndPage(ContractAction):
    """Settle an early end, on one's own notice or the other side's."""

    template_name = "contracts/end.html"
    form_class = EndForm
    policy = policies.may_end
    title = gettext_lazy("End the contract early")
    intro = gettext_lazy("What was delivered is paid at the agreed price; the rest goes back to the budget line.")
    submit_label = pgettext_lazy("contract", "Settle and end it")
    danger = True

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"contract": self.contract}

    def get_initial(self) -> dict[str, Any]:
        notice = queries.notice_of(self.contract)
        return {"ground": notice.ground, "reason": notice.reason} if notice else {}

    def perform(self, form: Form) -> Contract:
        return actions.terminate_contract(
            self.contract,
            reason=form.cleaned_data["reason"],
            ground=form.cleaned_data["ground"],
            delivered=form.delivered,
            returns_bond=form.cleaned_data.get("bond") == "return",
            by=self.request.user,
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"notice": queries.notice_of(self.contract)}


class NoticePage(ContractAction):
    form_class = NoticeForm
    policy = policies.may_give_notice
    verb = actions.give_notice
    title = gettext_lazy("Give notice")
    intro = gettext_lazy("The other side is told and may answer. The buyer then settles what was delivered.")
    submit_label = gettext_lazy("Give notice")
    danger = True

    def get_initial(self) -> dict[str, Any]:
        return {"effective_on": clock.today()}


class NoticeAction(ContractAction):
    @cached_property
    def notice(self) -> Termination:
        notice = queries.notice_of(self.contract)
        if notice is None:
            raise Http404
        return notice

    @property
    def subject(self) -> Termination:
        return self.notice


class AnswerNoticePage(NoticeAction):
    form_class = AnswerForm
    policy = policies.may_answer_notice
    verb = actions.answer_notice
    title = gettext_lazy("Answer the notice")
    submit_label = gettext_lazy("Answer")


class WithdrawNoticePage(NoticeAction):
    policy = policies.may_withdraw_notice
    verb = actions.withdraw_notice
    title = gettext_lazy("Take the notice back")
    submit_label = gettext_lazy("Go on with the contract")
