"""The public register, and the desk."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from contracts import policies, queries
from contracts.forms import RegisterFilter
from contracts.models import Contract
from marketplace.pages.exports import Column
from marketplace.pages.lists import ListPage

REGISTER_COLUMNS = (
    Column(gettext_lazy("Number"), "number", link="get_absolute_url"),
    Column(gettext_lazy("Title"), "title"),
    Column(gettext_lazy("Kind"), "get_kind_display"),
    Column(gettext_lazy("Buyer"), "buyer.name"),
    Column(gettext_lazy("Supplier"), "supplier.name"),
    Column(gettext_lazy("Supplier's credit code"), "supplier.uscc"),
    Column(gettext_lazy("Fund"), "budget_line.fund.name"),
    Column(gettext_lazy("Budget line"), "budget_line.name"),
    Column(gettext_lazy("Amount"), "amount", kind="money"),
    Column(gettext_lazy("Accepted"), "accepted", kind="money"),
    Column(gettext_lazy("State"), "get_state_display"),
    Column(gettext_lazy("Begins"), "starts_on", kind="day"),
    Column(gettext_lazy("Ends"), "ends_on", kind="day"),
    Column(gettext_lazy("Signed"), "signed_at", kind="moment"),
)


class ContractRegister(ListPage):
    """Every signed contract. Public."""

    template_name = "contracts/register.html"
    title = gettext_lazy("Contract register")
    intro = gettext_lazy("Every contract and agreement that both sides have signed, with what has been accepted.")
    export_columns = REGISTER_COLUMNS
    filter_form = RegisterFilter
    empty_title = gettext_lazy("No contract has been signed yet")
    empty_text = gettext_lazy("Contracts appear here as soon as both sides have signed.")

    def get_rows(self) -> QuerySet[Contract]:
        return queries.register()

    def filter(self, rows: QuerySet[Contract], cleaned: dict[str, Any]) -> QuerySet[Contract]:
        return queries.register(
            text=cleaned.get("q", ""),
            kind=cleaned.get("kind", ""),
            state=cleaned.get("state", ""),
            buyer=getattr(cleaned.get("buyer"), "pk", ""),
            region=getattr(cleaned.get("region"), "prefix", ""),
            since=cleaned.get("since"),
            until=cleaned.get("until"),
        )


class ContractDesk(LoginRequiredMixin, ListPage):
    """The contracts of the organisation one acts for, and the awards that wait for a contract."""

    template_name = "contracts/desk.html"
    title = gettext_lazy("Contracts")
    export_columns = REGISTER_COLUMNS
    empty_title = gettext_lazy("No contracts yet")
    empty_text = gettext_lazy("A contract begins with an award, or with the admission of a provider to a programme.")

    def get_rows(self) -> QuerySet[Contract]:
        if not self.request.organisation:
            return Contract.objects.none()
        return queries.desk_of(self.request.organisation)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "awards": queries.awards_to_draft(self.request.user)[:50],
            "call_offs": queries.call_offs_to_draft(self.request.user)[:50],
            "may_keep_library": policies.may_keep_library(self.request.user),
            "programmes": queries.programmes_to_admit_to(self.request.user)[:20],
        }
