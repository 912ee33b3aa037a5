"""Pages of the provider's records: a file with its preview, the month's report, subcontractors; the invoice."""

from functools import cached_property
from typing import Any

from django.forms import Form
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy, pgettext_lazy

from contracts import actions, policies, recordfile
from contracts.forms import ConsentForm, InvoiceForm, MonthForm, RecordsForm, SubcontractForm
from contracts.models import Contract, Deliverable, DeliveryReport, RecordImport, Subcontract

from .base import ContractAction, DeliverableAction

SHOWN = 200


class RecordsPage(DeliverableAction):
    """The records of an instalment, and a file with more."""

    template_name = "contracts/records.html"
    form_class = RecordsForm
    policy = policies.may_report
    title = gettext_lazy("Service records")
    submit_label = gettext_lazy("Read the file")

    def perform(self, form: Form) -> RecordImport:
        return actions.read_records(self.deliverable, form.cleaned_data["file"], by=self.request.user)

    def get_success_url(self) -> str:
        if self.object:
            return reverse("contracts:records_preview", args=[self.object.pk])
        return self.contract.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        records = self.deliverable.records.all()
        return super().get_context_data(**kwargs) | {
            "records": records[:SHOWN],
            "count": records.count(),
            "quantity": sum(records.values_list("quantity", flat=True)),
            "back_url": self.contract.get_absolute_url(),
        }


class GatherPage(DeliverableAction):
    """Records from what carers checked in and out of."""

    template_name = "contracts/deliverable_action.html"
    policy = policies.may_report
    verb = actions.gather_visits
    title = gettext_lazy("Records from visits")
    intro = gettext_lazy("Finished visits of this period, by day and service. Those that a voucher pays are left away.")
    submit_label = gettext_lazy("Gather the visits")

    def get_success_url(self) -> str:
        if self.object:
            return reverse("contracts:records_preview", args=[self.object.pk])
        return self.contract.get_absolute_url()


class RecordsPreview(DeliverableAction):
    """Row by row what the file says and what is wrong; it is applied whole, or not at all."""

    template_name = "contracts/records_preview.html"
    policy = policies.may_report
    title = gettext_lazy("Check the file")
    submit_label = gettext_lazy("Add all rows")

    @cached_property
    def source(self) -> RecordImport:
        return get_object_or_404(
            RecordImport.objects.select_related(
                "deliverable__contract__buyer", "deliverable__contract__supplier", "deliverable__contract__budget_line"
            ),
            pk=self.kwargs["pk"],
            deliverable__contract__in=Contract.objects.of_people(self.request.user),
        )

    @cached_property
    def deliverable(self) -> Deliverable:
        return self.source.deliverable

    def perform(self, form: Form) -> RecordImport:
        if "discard" in self.request.POST:
            return actions.discard_records(self.source, by=self.request.user)
        return actions.apply_records(self.source, by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("contracts:records", args=[self.deliverable.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = [
            row | {"problems_in_words": [recordfile.PROBLEMS[code] for code in row["problems"]]}
            for row in self.source.rows
        ]
        faulty = [row for row in rows if row["problems"]]
        return super().get_context_data(**kwargs) | {
            "source": self.source,
            "rows": (faulty + [row for row in rows if not row["problems"]])[:SHOWN],
            "count": len(rows),
            "faulty": len(faulty),
            "quantity": sum(int(row["quantity"]) for row in rows if not row["problems"]),
        }


class MonthPage(ContractAction):
    form_class = MonthForm
    policy = policies.may_tell
    verb = actions.report_month
    title = gettext_lazy("Report a month")
    submit_label = gettext_lazy("Report")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"contract": self.contract}

    def get_success_url(self) -> str:
        return f"{self.contract.get_absolute_url()}#months"


class SubcontractPage(ContractAction):
    form_class = SubcontractForm
    policy = policies.may_tell
    verb = actions.ask_subcontract
    title = gettext_lazy("Ask to subcontract a part")
    intro = gettext_lazy("Only what is not the main part, and only with the buyer's consent. You answer for it.")
    submit_label = gettext_lazy("Ask the buyer")


class ConsentPage(ContractAction):
    form_class = ConsentForm
    policy = policies.may_consent
    title = gettext_lazy("Decide on the subcontract")
    submit_label = pgettext_lazy("subcontract", "Decide")

    @cached_property
    def subcontract(self) -> Subcontract:
        found = get_object_or_404(self.contract.subcontracts, pk=self.kwargs["pk"])
        found.contract = self.contract
        return found

    @property
    def subject(self) -> Subcontract:
        return self.subcontract

    def perform(self, form: Form) -> Subcontract:
        return actions.decide_subcontract(
            self.subcontract,
            consent=form.cleaned_data["consent"] == "yes",
            answer=form.cleaned_data["answer"],
            by=self.request.user,
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        self.intro = f"{self.subcontract.name}（{self.subcontract.uscc}）：{self.subcontract.part}"
        return super().get_context_data(**kwargs)


class InvoicePage(DeliverableAction):
    form_class = InvoiceForm
    template_name = "contracts/deliverable_action.html"
    policy = policies.may_report
    title = gettext_lazy("Give the invoice again")
    intro = gettext_lazy("For instance for less after a deduction. Possible until the payment is at the bank.")
    submit_label = gettext_lazy("Save")

    @cached_property
    def report(self) -> DeliveryReport:
        return get_object_or_404(self.deliverable.reports.order_by("-reported_at")[:1])

    def get_initial(self) -> dict[str, Any]:
        return {"number": self.report.invoice_number}

    def perform(self, form: Form) -> DeliveryReport:
        return actions.attach_invoice(self.report, by=self.request.user, **form.cleaned_data)
