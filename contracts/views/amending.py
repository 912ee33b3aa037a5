"""Pages on which a supplement or a renewal is drafted, sent, signed or refused."""

from functools import cached_property
from typing import Any

from django.forms import Form
from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.generic import DetailView, View
from django_fsm import can_proceed

from contracts import actions, checks, policies
from contracts.forms import AmendmentForm, RenewalForm, SignForm
from contracts.models import Amendment, Contract
from marketplace.pages.forms import ReasonForm
from marketplace.pages.money import format_yuan

from .base import ContractAction


class AmendPage(ContractAction):
    template_name = "contracts/amend.html"
    form_class = AmendmentForm
    policy = policies.may_draft_amendment
    title = gettext_lazy("Draft a supplement")
    submit_label = pgettext_lazy("verb", "Draft")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"contract": self.contract}

    def perform(self, form: Form) -> Amendment:
        data = form.cleaned_data
        return actions.draft_amendment(
            self.contract,
            reason_code=data["reason_code"],
            reason=data["reason"],
            text=data["text"],
            quantities=form.quantities,
            added=form.added,
            ends_on=data["ends_on"],
            by=self.request.user,
        )

    def get_success_url(self) -> str:
        return self.object.get_absolute_url() if self.object else self.contract.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        left, rule = checks.supplement_left(self.contract)
        return super().get_context_data(**kwargs) | {"supplement_left": left, "rule": rule}


class RenewPage(ContractAction):
    form_class = RenewalForm
    policy = policies.may_draft_amendment
    title = gettext_lazy("Draft the renewal")
    submit_label = pgettext_lazy("verb", "Draft")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"contract": self.contract}

    def perform(self, form: Form) -> Amendment:
        return actions.draft_renewal(self.contract, form.cleaned_data["line"], by=self.request.user)

    def get_success_url(self) -> str:
        return self.object.get_absolute_url() if self.object else self.contract.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        total = checks.next_renewal(self.contract)[1]
        self.intro = _("When both have signed, the next months are assured and ¥%(total)s is committed for them.") % {
            "total": format_yuan(total)
        }
        return super().get_context_data(**kwargs)


class AmendmentPage(DetailView):
    """One supplement: the two sides' while it is on its way, public once signed."""

    template_name = "contracts/amendment.html"
    context_object_name = "amendment"

    def get_object(self, queryset: Any = None) -> Amendment:
        contract = get_object_or_404(Contract.objects.visible_to(self.request.user), number=self.kwargs["number"])
        found = contract.amendments.select_related("contract__buyer", "contract__supplier", "line", "paper")
        if not (self.request.user.is_authenticated and policies.is_side(self.request.user, contract)):
            found = found.signed()
        return get_object_or_404(found, position=self.kwargs["position"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        amendment, user = self.object, self.request.user
        contract = amendment.contract
        is_side = user.is_authenticated and policies.is_side(user, contract)
        return super().get_context_data(**kwargs) | {
            "contract": contract,
            "lines": amendment.lines.select_related("deliverable"),
            "signatures": amendment.paper.signatures.select_related("organisation") if amendment.paper else [],
            "new_amount": contract.amount + (0 if amendment.state == Amendment.State.SIGNED else amendment.change),
            "is_side": is_side,
            "may_send": is_side and policies.may_send_amendment(user, amendment) and can_proceed(amendment.send),
            "may_sign": is_side and policies.may_sign_amendment(user, amendment),
            "may_refuse": is_side and policies.may_refuse_amendment(user, amendment) and can_proceed(amendment.refuse),
            "breadcrumbs": [
                (_("Contracts"), reverse("contracts:desk"))
                if is_side
                else (_("Contract register"), reverse("contracts:register")),
                (contract.title, contract.get_absolute_url()),
                (amendment.number, ""),
            ],
        }


class AmendmentAction(ContractAction):
    """A page of one supplement of the contract."""

    @cached_property
    def amendment(self) -> Amendment:
        return get_object_or_404(
            self.contract.amendments.select_related("contract__buyer", "contract__supplier", "line", "paper"),
            position=self.kwargs["position"],
        )

    @property
    def subject(self) -> Amendment:
        return self.amendment

    def get_success_url(self) -> str:
        return self.amendment.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"amendment": self.amendment}


class SendAmendmentPage(AmendmentAction):
    policy = policies.may_send_amendment
    verb = actions.send_amendment
    title = gettext_lazy("Send the change for signature")
    intro = gettext_lazy("The words are printed and can't be changed any more. The supplier signs first.")
    submit_label = gettext_lazy("Send to the supplier")


class SignAmendmentPage(AmendmentAction):
    form_class = SignForm
    policy = policies.may_sign_amendment
    title = gettext_lazy("Sign the change")
    submit_label = gettext_lazy("Sign")
    done_message = gettext_lazy("Signed.")

    def perform(self, form: Form) -> Amendment:
        return actions.sign_amendment(self.amendment, by=self.request.user)


class RefuseAmendmentPage(AmendmentAction):
    form_class = ReasonForm
    policy = policies.may_refuse_amendment
    verb = actions.refuse_amendment
    title = gettext_lazy("Refuse the change")
    submit_label = pgettext_lazy("contract", "Refuse")
    danger = True


class AmendmentPaper(View):
    """Its PDF: for the two sides, and public once signed."""

    def get(self, request: HttpRequest, number: str, position: int) -> FileResponse:
        contract = get_object_or_404(Contract.objects.visible_to(request.user), number=number)
        amendment = get_object_or_404(contract.amendments.select_related("paper"), position=position)
        is_side = request.user.is_authenticated and policies.is_side(request.user, contract)
        if amendment.paper is None or not (is_side or amendment.state == Amendment.State.SIGNED):
            raise Http404
        return FileResponse(
            amendment.paper.file.open("rb"), filename=f"{amendment.number}.pdf", content_type="application/pdf"
        )
