"""A subsidy on its way: asked for by the hub, granted by the bureau, accounted for by the organisation, ordered."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import Form
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.generic import DetailView, View
from django_fsm import can_proceed

from incubator import actions, policies, queries
from incubator.forms import AskSubsidyForm, ClaimForm, GrantForm, OrderForm
from incubator.models import Subsidy
from marketplace.pages.exports import Column
from marketplace.pages.forms import ReasonForm
from marketplace.pages.lists import ListPage
from marketplace.pages.views import ActionPage

from .desk import ApplicationAction


class AskSubsidyPage(ApplicationAction):
    form_class = AskSubsidyForm
    verb = actions.ask_subsidy
    title = gettext_lazy("Ask for a subsidy")
    submit_label = gettext_lazy("Send to the bureau")

    def get_success_url(self) -> str:
        return self.object.get_absolute_url() if self.object else self.application.get_absolute_url()


class SubsidyList(LoginRequiredMixin, ListPage):
    """Every subsidy that one's organisations have to do with."""

    title = gettext_lazy("Subsidies")
    intro = gettext_lazy("Asked for by an incubator, granted on a budget line, paid against receipts.")
    columns = (
        Column(gettext_lazy("Number"), "number", link="get_absolute_url"),
        Column(gettext_lazy("Organisation"), "application.organisation"),
        Column(gettext_lazy("Kind"), "get_kind_display"),
        Column(pgettext_lazy("payment", "Purpose"), "purpose"),
        Column(gettext_lazy("Amount"), "amount", "money"),
        Column(gettext_lazy("To be paid"), "due", "money"),
        Column(gettext_lazy("State"), "get_state_display"),
        Column(pgettext_lazy("subsidy", "Asked for"), "asked_at", "moment"),
    )
    empty_title = gettext_lazy("No subsidy yet")
    empty_text = gettext_lazy("An incubator asks for one on the page of an organisation that it has admitted.")

    def get_rows(self) -> QuerySet[Subsidy]:
        return queries.subsidies(self.request.user)


class SubsidyPage(LoginRequiredMixin, DetailView):
    """One subsidy, for the bureau, the hub and the organisation."""

    template_name = "incubator/subsidy.html"
    context_object_name = "subsidy"

    def get_queryset(self) -> QuerySet[Subsidy]:
        return queries.subsidies(self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        subsidy, user = self.object, self.request.user
        grants, claims = policies.may_grant(user, subsidy), policies.may_claim(user, subsidy)
        return super().get_context_data(**kwargs) | {
            "order": queries.order_of(subsidy),
            "may_grant": grants and can_proceed(subsidy.grant),
            "may_refuse": grants and can_proceed(subsidy.refuse),
            "may_withdraw": grants and can_proceed(subsidy.withdraw),
            "may_check": grants and can_proceed(subsidy.order),
            "may_claim": claims and can_proceed(subsidy.claim),
            "breadcrumbs": [(_("Subsidies"), reverse("incubator:subsidies")), (subsidy.number, "")],
        }


class SubsidyAction(ActionPage):
    """A page of one subsidy. Strangers get 404; colleagues without the role 403."""

    policy: Callable[..., bool] = policies.may_grant
    verb: Callable[..., Any]

    @cached_property
    def subsidy(self) -> Subsidy:
        return get_object_or_404(queries.subsidies(self.request.user), pk=self.kwargs["pk"])

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not type(self).policy(request.user, self.subsidy):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def perform(self, form: Form) -> Any:
        return type(self).verb(self.subsidy, by=self.request.user, **form.cleaned_data)

    def get_success_url(self) -> str:
        return self.subsidy.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "back_url": self.get_success_url(),
            "intro": f"{self.subsidy.application.organisation} · {self.subsidy.purpose}",
        }


class GrantPage(SubsidyAction):
    form_class = GrantForm
    verb = actions.grant_subsidy
    title = gettext_lazy("Grant the subsidy")
    submit_label = pgettext_lazy("subsidy", "Grant")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"bureau": self.subsidy.bureau}


class RefuseSubsidyPage(SubsidyAction):
    form_class = ReasonForm
    verb = actions.refuse_subsidy
    title = gettext_lazy("Don't pay the subsidy")
    submit_label = gettext_lazy("Don't pay it")
    danger = True


class ClaimPage(SubsidyAction):
    form_class = ClaimForm
    policy = policies.may_claim
    verb = actions.claim_subsidy
    title = gettext_lazy("Account for the subsidy")
    submit_label = gettext_lazy("Send the receipts")


class SendBackPage(SubsidyAction):
    form_class = ReasonForm
    verb = actions.send_back_claim
    title = gettext_lazy("Send the receipts back")
    submit_label = gettext_lazy("Send back")


class OrderPage(SubsidyAction):
    form_class = OrderForm
    verb = actions.order_subsidy
    title = gettext_lazy("Order the payment")
    submit_label = gettext_lazy("Order the payment")
    done_message = gettext_lazy("The payment waits for a second officer.")

    def get_initial(self) -> dict[str, Any]:
        return {"amount": min(self.subsidy.spent, self.subsidy.amount)}


class ReceiptsFile(LoginRequiredMixin, View):
    """The receipts, for those who may see the subsidy."""

    def get(self, request: HttpRequest, pk: str) -> FileResponse:
        subsidy = get_object_or_404(queries.subsidies(request.user), pk=pk)
        if not subsidy.file:
            raise Http404
        return FileResponse(subsidy.file.open("rb"), as_attachment=True, filename=subsidy.file_name)
