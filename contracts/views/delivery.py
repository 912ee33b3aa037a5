"""Pages on which an instalment is reported, accepted or sent back."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.forms import Form
from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy
from django.views.generic import View

from contracts import actions, policies
from contracts.forms import AcceptForm, ReportForm
from contracts.models import Contract, DeliveryReport
from marketplace.pages import clock
from marketplace.pages.forms import ReasonForm
from marketplace.rules.calendar import due_date
from marketplace.rules.queries import resolve

from .base import DeliverableAction


class ReportPage(DeliverableAction):
    template_name = "contracts/deliverable_action.html"
    form_class = ReportForm
    policy = policies.may_report
    title = gettext_lazy("Report the delivery")
    submit_label = gettext_lazy("Report")
    done_message = gettext_lazy("The buyer has been told and will accept it or send it back.")

    def get_initial(self) -> dict[str, Any]:
        return {"quantity": self.deliverable.quantity}

    def perform(self, form: Form) -> DeliveryReport:
        return actions.report_delivery(self.deliverable, by=self.request.user, **form.cleaned_data)


class AcceptPage(DeliverableAction):
    template_name = "contracts/accept.html"
    form_class = AcceptForm
    policy = policies.may_accept
    title = gettext_lazy("Accept the delivery")
    submit_label = gettext_lazy("Accept and order the payment")
    done_message = gettext_lazy("Accepted. The payment waits for a second officer.")

    def perform(self, form: Form) -> Any:
        return actions.accept_delivery(
            self.deliverable,
            residents_heard=form.cleaned_data["residents_heard"],
            deduction=form.cleaned_data["deduction"] or 0,
            reason=form.cleaned_data["reason"],
            by=self.request.user,
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rule = resolve("contract.payment_period", on=clock.today(), region=self.contract.buyer.region)
        return super().get_context_data(**kwargs) | {
            "report": self.deliverable.reports.last(),
            "pay_by": due_date(clock.today(), rule),
            "rule": rule,
        }


class RejectPage(DeliverableAction):
    template_name = "contracts/deliverable_action.html"
    form_class = ReasonForm
    policy = policies.may_accept
    title = gettext_lazy("Send the delivery back")
    submit_label = gettext_lazy("Send back")
    danger = True

    def perform(self, form: Form) -> Any:
        return actions.reject_delivery(self.deliverable, reason=form.cleaned_data["reason"], by=self.request.user)


class EvidenceFile(LoginRequiredMixin, View):
    """The file behind a report: for the two sides, since it may show residents."""

    def get(self, request: HttpRequest, pk: str) -> FileResponse:
        report = get_object_or_404(
            DeliveryReport.objects.filter(deliverable__contract__in=Contract.objects.of_people(request.user)), pk=pk
        )
        return FileResponse(report.file.open("rb"), as_attachment=True, filename=report.file_name)
