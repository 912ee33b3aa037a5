"""The bank's statement: every payment on its line, every line explained."""

from typing import Any

from django.db.models import QuerySet
from django.forms import Form
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from marketplace.pages.exports import Column
from marketplace.pages.lists import ListPage
from marketplace.pages.views import ActionPage
from marketplace.payments import actions, queries
from marketplace.payments.forms import ExplainForm, LineFilter, StatementForm
from marketplace.payments.models import BankStatement, StatementLine

from .bank import FinancePage


class Reconciliation(FinancePage, ActionPage):
    """Hand in a statement; see what waits for a person, and which payments no statement has shown yet."""

    template_name = "payments/reconciliation.html"
    title = gettext_lazy("Reconciliation with the bank")
    submit_label = gettext_lazy("Read the statement")
    intro = gettext_lazy("Each line of the statement finds its payment by itself; what fits nothing waits for you.")
    form_class = StatementForm

    def perform(self, form: Form) -> BankStatement:
        return actions.import_statement(self.request.organisation, form.cleaned_data["file"], by=self.request.user)

    def get_success_url(self) -> str:
        return self.object.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        bureau = self.request.organisation
        return super().get_context_data(**kwargs) | {
            "standing": queries.standing(bureau),
            "waiting": queries.lines_waiting(bureau)[:25],
            "unseen": queries.payments_on_no_statement(bureau)[:25],
            "statements": queries.statements_of(bureau)[:12],
            "breadcrumbs": [(_("Payments"), reverse("payments:queue")), (self.get_title(), None)],
        }


class StatementPage(FinancePage, ListPage):
    """The lines of one statement."""

    template_name = "payments/statement.html"
    filter_form = LineFilter
    columns = (
        Column(gettext_lazy("Line"), "position", "number"),
        Column(gettext_lazy("Booked on"), "booked_on", "day"),
        Column(gettext_lazy("Direction"), "get_direction_display"),
        Column(gettext_lazy("Other side"), "counterparty"),
        Column(pgettext_lazy("statement", "Text"), "text"),
        Column(gettext_lazy("Amount"), "amount", "money"),
        Column(gettext_lazy("State"), "get_state_display"),
        Column(gettext_lazy("Order number"), "attempt.order.number"),
        Column(gettext_lazy("Explanation"), "note"),
    )

    @cached_property
    def statement(self) -> BankStatement:
        statements = BankStatement.objects.filter(bureau=self.request.organisation).select_related("read_by")
        return get_object_or_404(statements.defer("content"), pk=self.kwargs["pk"])

    def get_title(self) -> str:
        return self.statement.name

    def get_rows(self) -> QuerySet[StatementLine]:
        return self.statement.lines.select_related("attempt__order__payee", "decided_by")

    def filter(self, rows: QuerySet, cleaned: dict[str, Any]) -> QuerySet:
        return rows.filter(**cleaned)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "statement": self.statement,
            "sums": queries.statement_sums(self.statement),
            "breadcrumbs": [
                (_("Payments"), reverse("payments:queue")),
                (_("Reconciliation with the bank"), reverse("payments:reconciliation")),
                (self.statement.name, None),
            ],
        }


class LinePage(FinancePage, ActionPage):
    """One line that a person decides on."""

    template_name = "payments/statement_line.html"
    title = gettext_lazy("A line of the statement")
    submit_label = gettext_lazy("Keep the explanation")
    form_class = ExplainForm
    done_message = gettext_lazy("Saved.")

    @cached_property
    def line(self) -> StatementLine:
        lines = StatementLine.objects.filter(bureau=self.request.organisation)
        return get_object_or_404(
            lines.select_related("statement", "attempt__order__payee", "decided_by"), pk=self.kwargs["pk"]
        )

    def perform(self, form: Form) -> StatementLine:
        return actions.explain_line(
            self.line,
            note=form.cleaned_data["reason"],
            order_number=form.cleaned_data["attempt"],
            by=self.request.user,
        )

    def get_success_url(self) -> str:
        return reverse("payments:reconciliation")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "line": self.line,
            "why": queries.WHY.get(self.line.why, ""),
            "is_open": self.line.state == StatementLine.State.UNMATCHED,
            "guesses": queries.guesses(self.line),
            "back_url": self.line.statement.get_absolute_url(),
            "breadcrumbs": [
                (_("Payments"), reverse("payments:queue")),
                (_("Reconciliation with the bank"), reverse("payments:reconciliation")),
                (self.line.statement.name, self.line.statement.get_absolute_url()),
                (_("Line %(number)s") % {"number": self.line.position}, None),
            ],
        }
