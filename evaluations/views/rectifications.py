"""What must be put right, and each side's step."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.generic import DetailView, View

from evaluations import actions, policies
from evaluations.forms import DemandForm, PlanOfActionForm, ProofForm
from evaluations.models import Rectification
from marketplace.pages.forms import ReasonForm
from marketplace.pages.views import ActionPage

from .work import EngagementAction


class DemandPage(EngagementAction):
    form_class = DemandForm
    policy = policies.may_demand
    title = gettext_lazy("Ask for something to be put right")
    submit_label = gettext_lazy("Tell the provider")

    def perform(self, form: Form) -> Rectification:
        return actions.demand_rectification(self.engagement, by=self.request.user, **form.cleaned_data)


def rectifications_for(request: HttpRequest) -> Any:
    return Rectification.objects.visible_to(request.user).select_related(
        "engagement__contract__supplier", "engagement__contract__buyer"
    )


class RectificationPage(DetailView):
    """One thing to put right: the demand, the plan, the proof. Public once the evaluation is."""

    template_name = "evaluations/rectification.html"
    context_object_name = "rectification"

    def get_queryset(self) -> Any:
        return rectifications_for(self.request)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found, user = self.object, self.request.user
        is_provider = user.is_authenticated and policies.may_reply(user, found.engagement)
        is_buyer = user.is_authenticated and policies.may_demand(user, found.engagement)
        state = Rectification.State
        return super().get_context_data(**kwargs) | {
            "may_plan": found.state == state.DEMANDED and is_provider,
            "may_report": found.state == state.PLANNED and is_provider,
            "may_check": found.state == state.REPORTED and is_buyer,
            "may_read_file": bool(found.file) and (is_provider or is_buyer),
        }


class RectificationAction(ActionPage):
    policy: Callable[..., bool]
    object: Rectification

    @cached_property
    def rectification(self) -> Rectification:
        return get_object_or_404(rectifications_for(self.request), pk=self.kwargs["pk"])

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not type(self).policy(request.user, self.rectification.engagement):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        self.intro = self.intro or self.rectification.problem
        return super().get_context_data(**kwargs) | {"back_url": self.get_success_url()}

    def get_success_url(self) -> str:
        return self.rectification.get_absolute_url()


class PlanActionPage(RectificationAction):
    form_class = PlanOfActionForm
    policy = policies.may_reply
    title = gettext_lazy("Say what you will do")
    submit_label = gettext_lazy("Keep the plan")

    def perform(self, form: Form) -> Rectification:
        return actions.plan_rectification(self.rectification, by=self.request.user, **form.cleaned_data)


class ReportDonePage(RectificationAction):
    form_class = ProofForm
    policy = policies.may_reply
    title = gettext_lazy("Report that it is done")
    submit_label = pgettext_lazy("rectification", "Report")

    def perform(self, form: Form) -> Rectification:
        return actions.report_rectification(self.rectification, by=self.request.user, **form.cleaned_data)


class ReturnDonePage(RectificationAction):
    form_class = ReasonForm
    policy = policies.may_demand
    title = gettext_lazy("Not enough yet")
    submit_label = gettext_lazy("Send back")

    def perform(self, form: Form) -> Rectification:
        return actions.return_rectification(self.rectification, by=self.request.user, **form.cleaned_data)


class ConfirmDonePage(RectificationAction):
    policy = policies.may_demand
    title = gettext_lazy("Confirm that it is put right")
    submit_label = gettext_lazy("Confirm")

    def perform(self, form: Form) -> Rectification:
        return actions.confirm_rectification(self.rectification, by=self.request.user)


class ProofFile(View):
    """The file that shows it, for the two sides."""

    def get(self, request: HttpRequest, pk: Any) -> FileResponse:
        found = get_object_or_404(rectifications_for(request), pk=pk)
        if not found.file or not request.user.is_authenticated or not policies.is_party(request.user, found.engagement):
            raise Http404
        return FileResponse(found.file.open("rb"), as_attachment=True, filename=found.file_name)
