"""The public register, and the desk."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from contracts import policies, queries, registers
from contracts.forms import DeskFilter, RegisterFilter
from contracts.models import Contract
from marketplace.pages.exports import Column
from marketplace.pages.lists import ListPage

REGISTER_COLUMNS = (
    Column(gettext_lazy("Number"), "number"),
    Column(gettext_lazy("Title"), "title"),
    Column(gettext_lazy("Kind"), lambda row: Contract.Kind(row["kind"]).label),
    Column(gettext_lazy("Buyer"), "buyer__name"),
    Column(gettext_lazy("Supplier"), "supplier__name"),
    Column(gettext_lazy("Supplier's credit code"), "supplier__uscc"),
    Column(gettext_lazy("Fund"), "budget_line__fund__name"),
    Column(gettext_lazy("Budget line"), "budget_line__name"),
    Column(gettext_lazy("Amount"), "amount", kind="money"),
    Column(gettext_lazy("Accepted"), "accepted", kind="money"),
    Column(gettext_lazy("State"), lambda row: Contract.State(row["state"]).label),
    Column(gettext_lazy("Begins"), "starts_on", kind="day"),
    Column(gettext_lazy("Ends"), "ends_on", kind="day"),
    Column(gettext_lazy("Signed"), "signed_at", kind="moment"),
)


class ContractList(ListPage):
    """Both lists show the same of a contract."""

    row_fields = registers.ON_THE_PAGE
    export_columns = REGISTER_COLUMNS
    export_fields = registers.IN_THE_FILE

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return context | {"contracts": registers.shown(context["object_list"])}


class ContractRegister(ContractList):
    """Every signed contract. Public."""

    template_name = "contracts/register.html"
    title = gettext_lazy("Contract register")
    intro = gettext_lazy("Every contract and agreement that both sides have signed, with what has been accepted.")
    filter_form = RegisterFilter
    empty_title = gettext_lazy("No contract has been signed yet")
    empty_text = gettext_lazy("Contracts appear here as soon as both sides have signed.")

    def get_rows(self) -> QuerySet[Contract]:
        return registers.register()

    def filter(self, rows: QuerySet[Contract], cleaned: dict[str, Any]) -> QuerySet[Contract]:
        return registers.register(
            text=cleaned.get("q", ""),
            kind=cleaned.get("kind", ""),
            state=cleaned.get("state", ""),
            buyer=cleaned.get("buyer", ""),
            region=cleaned.get("region", ""),
            since=cleaned.get("since"),
            until=cleaned.get("until"),
        )


class ContractDesk(LoginRequiredMixin, ContractList):
    """The contracts of the organisation one acts for, and the awards that wait for a contract."""

    template_name = "contracts/desk.html"
    filter_form = DeskFilter
    title = gettext_lazy("Contracts")
    empty_title = gettext_lazy("No contracts yet")
    empty_text = gettext_lazy("A contract begins with an award, or with the admission of a provider to a programme.")

    def get_filter_form(self) -> DeskFilter:
        return DeskFilter(self.request.GET, organisation=self.request.organisation)

    def get_rows(self) -> QuerySet[Contract]:
        if not self.request.organisation:
            return Contract.objects.none()
        return registers.desk_of(self.request.organisation)

    def filter(self, rows: QuerySet[Contract], cleaned: dict[str, Any]) -> QuerySet[Contract]:
        return registers.narrowed(rows, **cleaned)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "awards": queries.awards_to_draft(self.request.user)[:50],
            "call_offs": queries.call_offs_to_draft(self.request.user)[:50],
            "may_keep_library": policies.may_keep_library(self.request.user),
            "programmes": queries.programmes_to_admit_to(self.request.user)[:20],
        }
