"""What is owed to providers for vouchers, and its way to the bank."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.db.models import Sum
from django.forms import Form
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from marketplace.pages import clock
from marketplace.pages.exports import Column
from marketplace.pages.forms import ShortReasonForm
from marketplace.pages.lists import ListPage
from marketplace.pages.views import ActionPage
from marketplace.parties.models import Organisation, Role
from marketplace.parties.policies import has_role_anywhere
from marketplace.vouchers import actions, documents, policies
from marketplace.vouchers.forms import MonthForm, SettlementFilter
from marketplace.vouchers.models import Redemption, Settlement
from marketplace.vouchers.queries.settlements import orders_of, promise_of, reconcile
from marketplace.vouchers.queries.wallets import with_reversal

TONES = {"draft": "active", "approved": "active", "ordered": "good", "cancelled": "quiet"}


class Settlements(LoginRequiredMixin, ListPage):
    template_name = "vouchers/settlements.html"
    title = _("Settlements")
    intro = _("One for each provider and month: frozen, seen by two officers, then paid.")
    filter_form = SettlementFilter
    columns = (
        Column(_("Provider"), "provider", link="get_absolute_url"),
        Column(_("Month"), lambda row: f"{row.month:%Y-%m}"),
        Column(_("Number"), "number"),
        Column(_("Bureau"), "bureau"),
        Column(_("Amount"), "amount", "money"),
        Column(_("To be paid by"), "due_on", "day"),
        Column(_("State"), "get_state_display"),
    )
    empty_title = _("Nothing has been settled yet")
    empty_text = _("After a month's end its redemptions are settled, one settlement for each provider.")

    def get_rows(self):
        user = self.request.user
        if not has_role_anywhere(user, Role.AUDITOR, Role.OWNER, *policies.BUREAU):
            raise PermissionDenied
        return Settlement.objects.visible_to(user).select_related("provider", "bureau")

    def filter(self, rows, cleaned):
        if month := cleaned.get("month"):
            rows = rows.filter(month=month)
        if state := cleaned.get("state"):
            rows = rows.filter(state=state)
        return rows

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        organisation = self.request.organisation
        context = super().get_context_data(**kwargs)
        return context | {
            "total": self.object_list.exclude(state=Settlement.State.CANCELLED).aggregate(sum=Sum("amount"))["sum"],
            "may_settle": bool(organisation)
            and organisation.kind == Organisation.Kind.BUREAU
            and policies.may_settle(self.request.user, organisation),
        }


class SettleMonth(ActionPage):
    form_class = MonthForm
    title = _("Settle a month")
    intro = _(
        "For each provider, what its redemptions come to, less what was taken back. When the month is over, what is "
        "left goes back to the budget line. Safe to repeat: nothing is settled twice."
    )
    submit_label = _("Make the settlements")

    def get_initial(self) -> dict[str, Any]:
        return {"month": f"{clock.today():%Y-%m}"}

    def perform(self, form: MonthForm) -> Any:
        bureau = get_object_or_404(Organisation, pk=getattr(self.request.organisation, "pk", None))
        self.made = actions.settle_month(bureau, form.cleaned_data["month"], by=self.request.user)
        self.month = form.cleaned_data["month"]

    def get_success_url(self) -> str:
        return f"{reverse('vouchers:settlements')}?month={self.month:%Y-%m}"


class OneSettlement:
    @property
    def settlement(self) -> Settlement:
        return get_object_or_404(
            Settlement.objects.visible_to(self.request.user).select_related(
                "provider", "bureau", "drafted_by", "approved_by"
            ),
            number=self.kwargs["number"],
        )

    def get_success_url(self) -> str:
        return reverse("vouchers:settlement", args=[self.kwargs["number"]])


class SettlementPage(LoginRequiredMixin, OneSettlement, TemplateView):
    """Down to the redemptions that it is made of."""

    template_name = "vouchers/settlement.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        settlement, user = self.settlement, self.request.user
        lines = settlement.lines.select_related("programme")
        orders = orders_of(settlement)
        redemptions = with_reversal(
            Redemption.objects.filter(
                provider=settlement.provider_id,
                month=settlement.month,
                redeemed_at__lte=settlement.frozen_at,
                programme__bureau=settlement.bureau_id,
            )
        ).select_related("resident", "service", "programme")
        State = Settlement.State
        return super().get_context_data(**kwargs) | {
            "settlement": settlement,
            "tone": TONES[settlement.state],
            "lines": lines,
            "redemptions": redemptions[:100],
            "orders": orders,
            "promise": promise_of(settlement, orders),
            "reconciled": reconcile(settlement, orders),
            "may_approve": settlement.state == State.DRAFT and policies.may_approve_settlement(user, settlement),
            "may_cancel": settlement.state == State.DRAFT and policies.may_settle(user, settlement.bureau),
            "may_order": settlement.state == State.APPROVED and policies.may_order_settlement(user, settlement),
        }


class Approve(OneSettlement, ActionPage):
    title = _("Approve the settlement")
    intro = _("You have checked the lines. Finance orders the payment next.")
    submit_label = _("Approve it")
    done_message = _("Approved.")

    def get_form(self, form_class=None):
        return Form(**self.get_form_kwargs())

    def perform(self, form: Form) -> Any:
        actions.approve_settlement(self.settlement, by=self.request.user)


class Order(OneSettlement, ActionPage):
    title = _("Order the payment")
    intro = _("The amount is put into the ledger as owed, and a payment order is made, which another officer approves.")
    submit_label = _("Order it")
    done_message = _("The payment is ordered.")

    def get_form(self, form_class=None):
        return Form(**self.get_form_kwargs())

    def perform(self, form: Form) -> Any:
        actions.order_settlement(self.settlement, by=self.request.user)


class Cancel(OneSettlement, ActionPage):
    form_class = ShortReasonForm
    title = _("Cancel the draft")
    intro = _("Its redemptions go into the next run.")
    submit_label = _("Cancel the draft")
    danger = True
    done_message = _("Cancelled.")

    def perform(self, form: ShortReasonForm) -> Any:
        actions.cancel_settlement(self.settlement, reason=form.cleaned_data["reason"], by=self.request.user)


class Statement(OneSettlement, ActionPage):
    title = _("Print the statement")
    intro = _("For the provider's books: lines, amounts, and a code by which it can be verified.")
    submit_label = _("Print it")

    def get_form(self, form_class=None):
        return Form(**self.get_form_kwargs())

    def perform(self, form: Form) -> Any:
        return documents.print_statement(self.settlement, by=self.request.user)

    def get_success_url(self) -> str:
        return self.object.get_absolute_url()
