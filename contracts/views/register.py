"""The public register, the page of one contract, its paper, and the desk."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import DetailView, View
from django_fsm import can_proceed

from contracts import policies, queries
from contracts.figures import article_number
from contracts.forms import RegisterFilter
from contracts.models import Contract, Deliverable
from marketplace.ledger.policies import may_see_line as may_see_line_of
from marketplace.pages import clock
from marketplace.pages.exports import Column
from marketplace.pages.lists import ListPage
from marketplace.rules.explanation import explain
from marketplace.rules.queries import resolve

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
            "programmes": queries.programmes_to_admit_to(self.request.user)[:20],
        }


class ContractPage(DetailView):
    """One contract: its money from budget to bank, its words, instalments and life. Public once signed."""

    template_name = "contracts/contract.html"
    slug_field = slug_url_kwarg = "number"
    context_object_name = "contract"

    def get_queryset(self) -> QuerySet[Contract]:
        return (
            Contract.objects.visible_to(self.request.user)
            .select_related(
                "buyer__region", "supplier", "budget_line__fund", "award__lot__tender", "programme", "paper"
            )
            .prefetch_related("clauses", "signings__signer")
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        contract, user = self.object, self.request.user
        instalments = queries.instalments_of(contract)
        is_side = user.is_authenticated and policies.is_side(user, contract)
        rule = resolve("contract.signing_period", on=contract.awarded_on, region=contract.buyer.region)
        money = queries.money_of(contract)
        may_see_line = user.is_authenticated and contract.budget_line and may_see_line_of(user, contract.budget_line)
        return super().get_context_data(**kwargs) | {
            "money": money,
            "shares": queries.shares_of(money),
            "line_url": contract.budget_line.get_absolute_url() if may_see_line else "",
            "provider_url": reverse("directory:provider", args=[contract.supplier.uscc]),
            "instalments": [self._instalment(instalment, is_side) for instalment in instalments],
            "articles": [(article_number(clause.position), clause) for clause in contract.clauses.all()],
            "events": queries.history_of(contract, instalments),
            "is_side": is_side,
            "sign_by_rule": explain(rule, contract.awarded_on, contract.sign_by),
            "is_late": clock.today() > contract.sign_by,
            "may_edit": is_side and policies.may_edit(user, contract),
            "may_send": is_side and policies.may_send(user, contract) and can_proceed(contract.send),
            "may_sign": is_side and policies.may_sign(user, contract),
            "may_refuse": is_side and policies.may_refuse(user, contract) and can_proceed(contract.refuse),
            "may_begin": is_side and policies.may_begin(user, contract) and can_proceed(contract.begin),
            "may_close": is_side and policies.may_end(user, contract) and can_proceed(contract.close),
            "may_end": is_side and policies.may_end(user, contract) and can_proceed(contract.terminate),
            "breadcrumbs": [
                (_("Contracts"), reverse("contracts:desk"))
                if is_side
                else (_("Contract register"), reverse("contracts:register")),
                (contract.title, ""),
            ],
        }

    def _instalment(self, instalment: queries.Instalment, is_side: bool) -> dict[str, Any]:
        deliverable, user = instalment.deliverable, self.request.user
        in_force = deliverable.contract.state == Contract.State.IN_FORCE
        return {
            "deliverable": deliverable,
            "report": instalment.report,
            "acceptance": instalment.acceptance,
            "order": instalment.order,
            "may_report": is_side
            and in_force
            and can_proceed(deliverable.deliver)
            and policies.may_report(user, deliverable),
            "may_accept": is_side
            and in_force
            and deliverable.state == Deliverable.State.DELIVERED
            and policies.may_accept(user, deliverable),
        }


class ContractPaper(View):
    """The signed PDF: public once both have signed, before that for the two sides."""

    def get(self, request: HttpRequest, number: str) -> FileResponse:
        contract = get_object_or_404(Contract.objects.visible_to(request.user).select_related("paper"), number=number)
        if contract.paper is None:
            raise Http404
        return FileResponse(
            contract.paper.file.open("rb"), filename=f"{contract.number}.pdf", content_type="application/pdf"
        )
