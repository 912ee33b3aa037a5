"""Pages on which an instalment is reported, accepted or sent back."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.forms import Form
from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View

from contracts import actions, formula, policies, wording
from contracts.forms import AcceptForm, ReportForm
from contracts.models import Contract, DeliveryReport
from marketplace.pages import clock
from marketplace.pages.forms import ReasonForm
from marketplace.pages.money import format_yuan
from marketplace.payments.interest import due_on
from marketplace.rules.queries import resolve

from .base import DeliverableAction


class ReportPage(DeliverableAction):
    template_name = "contracts/deliverable_action.html"
    form_class = ReportForm
    policy = policies.may_report
    verb = actions.report_delivery
    title = gettext_lazy("Report the delivery")
    submit_label = gettext_lazy("Report")
    done_message = gettext_lazy("The buyer has been told and will accept it or send it back.")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"needs_evidence": self.deliverable.is_delivery}

    def get_initial(self) -> dict[str, Any]:
        recorded = sum(self.deliverable.records.values_list("quantity", flat=True))
        return {"quantity": recorded or self.deliverable.quantity}


class AcceptPage(DeliverableAction):
    template_name = "contracts/accept.html"
    form_class = AcceptForm
    policy = policies.may_accept
    title = gettext_lazy("Accept the delivery")
    submit_label = gettext_lazy("Accept and order the payment")
    done_message: Any = gettext_lazy("Accepted. The payment waits for a second officer.")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"is_delivery": self.deliverable.is_delivery}

    def get_initial(self) -> dict[str, Any]:
        report = self.deliverable.reports.last()
        return {"quantity": report.quantity} if report else {}

    def perform(self, form: Form) -> Any:
        data = form.cleaned_data
        acceptance = actions.accept_delivery(
            self.deliverable,
            quantity=data.get("quantity"),
            residents_heard=data.get("residents_heard") or 0,
            satisfaction=data.get("satisfaction"),
            opinion=data.get("opinion", ""),
            deduction=data["deduction"] or 0,
            reason=data["reason"],
            by=self.request.user,
        )
        if acceptance.deduction:
            self.done_message = _(
                "Accepted with a deduction of ¥%(deduction)s: ¥%(owed)s is ordered and waits for a second officer."
            ) % {"deduction": format_yuan(acceptance.deduction), "owed": format_yuan(acceptance.accepted_amount)}
        return acceptance

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rule = resolve("contract.payment_period", on=clock.today(), region=self.contract.buyer.region)
        return super().get_context_data(**kwargs) | {
            "report": self.deliverable.reports.last(),
            "records": self.deliverable.records.count(),
            "recorded": sum(self.deliverable.records.values_list("quantity", flat=True)),
            "pay_by": due_on(clock.today(), agreed_days=self.contract.payment_days),
            "formula": wording.facts_of(self.contract)["deduction_terms"],
            "steps": formula.each_step(self.deliverable),
            "rule": rule,
        }


class RejectPage(DeliverableAction):
    template_name = "contracts/deliverable_action.html"
    form_class = ReasonForm
    policy = policies.may_accept
    verb = actions.reject_delivery
    title = gettext_lazy("Send the delivery back")
    submit_label = gettext_lazy("Send back")
    danger = True


class OrderAgainPage(DeliverableAction):
    template_name = "contracts/deliverable_action.html"
    policy = policies.may_accept
    verb = actions.order_again
    title = gettext_lazy("Order the payment again")
    intro = gettext_lazy("The order before was cancelled. What is owed is ordered once more, for a second officer.")
    submit_label = gettext_lazy("Order again")


class EvidenceFile(LoginRequiredMixin, View):
    """The file behind a report: for the two sides, since it may show residents."""

    def get(self, request: HttpRequest, pk: str) -> FileResponse:
        report = get_object_or_404(
            DeliveryReport.objects.filter(deliverable__contract__in=Contract.objects.of_people(request.user)), pk=pk
        )
        if not report.file:
            raise Http404
        return FileResponse(report.file.open("rb"), as_attachment=True, filename=report.file_name)


class InvoiceFile(LoginRequiredMixin, View):
    """The invoice behind a report: for the two sides."""

    def get(self, request: HttpRequest, pk: str) -> FileResponse:
        report = get_object_or_404(
            DeliveryReport.objects.filter(deliverable__contract__in=Contract.objects.of_people(request.user)), pk=pk
        )
        if not report.invoice_file:
            raise Http404
        return FileResponse(report.invoice_file.open("rb"), as_attachment=True, filename=report.invoice_name)
