"""Pages of the officer who drafts."""

import datetime
from functools import cached_property
from typing import Any

from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from contracts import actions, policies, queries
from contracts.figures import article_number
from contracts.forms import AdmitForm, ClauseForm, DraftForm, TermsForm, instalment_formset
from contracts.models import Clause, Contract
from marketplace.pages import clock
from marketplace.pages.forms import ReasonForm
from marketplace.pages.views import ActionPage
from marketplace.rules.calendar import add_months
from marketplace.tenders.models import Award, CallOff
from marketplace.vouchers.models import Programme

from .base import ContractAction


class DraftPage(ActionPage):
    """Draft a contract from an award."""

    template_name = "contracts/draft.html"
    form_class = DraftForm
    title = gettext_lazy("Draft the contract")
    submit_label = pgettext_lazy("verb", "Draft")

    @cached_property
    def award(self) -> Award:
        return get_object_or_404(queries.awards_to_draft(self.request.user), pk=self.kwargs["pk"])

    @cached_property
    def others(self) -> list[Award]:
        """Other lots of the tender that the same supplier won: they may go into the same contract."""
        same = queries.awards_to_draft(self.request.user).filter(
            lot__tender=self.award.lot.tender_id, supplier=self.award.supplier_id
        )
        return list(same.exclude(pk=self.award.pk).order_by("lot__position"))

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"others": self.others}

    def get_initial(self) -> dict[str, Any]:
        return {"starts_on": add_months(clock.today().replace(day=1), 1)}

    def perform(self, form: Form) -> Contract:
        chosen = set(form.cleaned_data.get("lots", []))
        more = [award for award in self.others if str(award.pk) in chosen]
        return actions.draft_contract(self.award, *more, starts_on=form.cleaned_data["starts_on"], by=self.request.user)

    def get_success_url(self) -> str:
        return self.object.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"award": self.award, "back_url": reverse("contracts:desk")}


class DraftCallOffPage(ActionPage):
    """Draft the contract of an accepted order under a framework."""

    title = gettext_lazy("Draft the contract")
    submit_label = pgettext_lazy("verb", "Draft")

    @cached_property
    def call_off(self) -> CallOff:
        return get_object_or_404(queries.call_offs_to_draft(self.request.user), pk=self.kwargs["pk"])

    def perform(self, form: Form) -> Contract:
        return actions.draft_from_call_off(self.call_off, by=self.request.user)

    def get_success_url(self) -> str:
        return self.object.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        self.intro = f"{self.call_off.number} · {self.call_off.lot.title} · {self.call_off.supplier}"
        return super().get_context_data(**kwargs) | {"back_url": reverse("contracts:desk")}


class AdmitPage(ActionPage):
    """Draft a provider agreement for a voucher programme."""

    form_class = AdmitForm
    title = gettext_lazy("Admit a provider")
    submit_label = gettext_lazy("Draft the agreement")

    @cached_property
    def programme(self) -> Programme:
        return get_object_or_404(queries.programmes_to_admit_to(self.request.user), code=self.kwargs["code"])

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not policies.may_admit_to(request.user, self.programme):
            raise PermissionDenied
        self.intro = self.programme.name if request.user.is_authenticated else ""
        return super().dispatch(request, *args, **kwargs)

    def get_initial(self) -> dict[str, Any]:
        starts_on = max(clock.today(), self.programme.starts_on)
        year_on = add_months(starts_on, 12) - datetime.timedelta(days=1)
        return {"starts_on": starts_on, "ends_on": min(self.programme.ends_on, year_on)}

    def perform(self, form: Form) -> Contract:
        return actions.draft_provider_agreement(self.programme, by=self.request.user, **form.cleaned_data)

    def get_success_url(self) -> str:
        return self.object.get_absolute_url()


class DiscardPage(ContractAction):
    form_class = ReasonForm
    policy = policies.may_discard
    verb = actions.discard_draft
    title = gettext_lazy("Discard the draft")
    intro = gettext_lazy("The draft and your reason stay in the records; its number is not given again.")
    submit_label = gettext_lazy("Discard the draft")
    done_message = gettext_lazy("The draft is discarded.")
    danger = True


class TermsPage(ContractAction):
    form_class = TermsForm
    policy = policies.may_edit
    verb = actions.change_terms
    title = gettext_lazy("Title, place and term")
    submit_label = gettext_lazy("Save")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"instance": self.contract}


class ClausePage(ContractAction):
    """One article, with what the library says beside it."""

    template_name = "contracts/clause.html"
    form_class = ClauseForm
    policy = policies.may_edit
    submit_label = gettext_lazy("Save")

    @cached_property
    def clause(self) -> Clause:
        return get_object_or_404(self.contract.clauses, position=self.kwargs["position"], is_fixed=False)

    def get_title(self) -> str:
        return f"{article_number(self.clause.position)} {self.clause.heading}"

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"instance": self.clause}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"clause": self.clause}

    def perform(self, form: Form) -> Contract:
        actions.change_clause(self.clause, by=self.request.user, **form.cleaned_data)
        return self.contract


class InstalmentsPage(ContractAction):
    """The plan of deliveries and payments, as one table."""

    template_name = "contracts/instalments.html"
    policy = policies.may_edit
    title = gettext_lazy("Deliveries and payments")
    submit_label = gettext_lazy("Save")

    @cached_property
    def formset(self) -> Any:
        return instalment_formset(self.contract, self.request.POST if self.request.method == "POST" else None)

    def form_valid(self, form: Form) -> HttpResponse:
        if not self.formset.is_valid():
            form.add_error(None, _("Mend the rows that are marked."))
            return self.form_invalid(form)
        return super().form_valid(form)

    def perform(self, form: Form) -> Contract:
        return actions.set_deliverables(self.contract, self.formset.rows, by=self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"formset": self.formset}
