"""The queue of payment orders, and what one officer does with one order."""

import uuid
from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.generic import DetailView, ListView, View

from marketplace.ledger.references import url_of
from marketplace.pages import clock
from marketplace.pages.exports import FORMATS, Column, export_rows
from marketplace.pages.forms import ShortReasonForm
from marketplace.pages.views import ActionPage
from marketplace.papers.models import Paper
from marketplace.parties.models import Organisation
from marketplace.payments import actions, policies, queries
from marketplace.payments.actions.printing import KIND
from marketplace.payments.channels import open_channels
from marketplace.payments.forms import QueueFilter, RefundForm
from marketplace.payments.interest import LATE_INTEREST, interest_due, interest_of
from marketplace.payments.models import Channel, PaymentOrder, Refund
from marketplace.rules.queries import resolve


class QueuePage(LoginRequiredMixin):
    """The orders that this person sees, as the address filters them."""

    @cached_property
    def filter(self) -> QueueFilter:
        return QueueFilter(self.request.GET)

    @property
    def bureau(self) -> Organisation | None:
        organisation = self.request.organisation
        return organisation if organisation and organisation.kind == Organisation.Kind.BUREAU else None

    def orders(self):
        chosen = self.filter.cleaned_data if self.filter.is_valid() else {}
        return queries.queue(
            self.request.user, bureau=self.bureau, state=chosen.get("state", ""), text=chosen.get("q", "")
        )


class Queue(QueuePage, ListView):
    template_name = "payments/queue.html"
    context_object_name = "orders"
    paginate_by = 25

    def get_queryset(self):
        return self.orders()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        totals = queries.totals(queries.queue(self.request.user, bureau=self.bureau))
        states = [
            {"label": label, "count": totals[state][0], "sum": totals[state][1], "url": f"?state={state}"}
            for state, label in PaymentOrder.State.choices
            if state in totals
        ]
        context = super().get_context_data(**kwargs)
        rule, today = resolve(LATE_INTEREST), clock.today()
        return context | {
            "rows": [(order, interest_of(order, rule=rule, today=today)) for order in context["orders"]],
            "late": queries.late_totals(self.orders()),
            "channels": open_channels(),
            "may_see_stripe": policies.may_see_stripe(self.request.user) and actions.stripe_is_on(),
            "filter": self.filter,
            "filtered": any(self.request.GET.get(name) for name in ("state", "q")),
            "states": states,
            "may_send": bool(self.bureau) and policies.may_send(self.request.user, self.bureau),
            "is_bureau": bool(self.bureau),
        }


class QueueExport(QueuePage, View):
    def get(self, request, format: str) -> HttpResponseBase:
        if format not in FORMATS:
            raise Http404
        rule, today = resolve(LATE_INTEREST), clock.today()
        columns = [
            Column(_("Order number"), "number"),
            Column(pgettext("payment", "Ordered"), "ordered_at", "moment"),
            Column(_("Bureau"), "bureau"),
            Column(_("Payee"), "payee"),
            Column(pgettext("payment", "Purpose"), "purpose"),
            Column(_("Reference"), "reference"),
            Column(_("Amount"), "amount", "money"),
            Column(_("State"), "get_state_display"),
            Column(_("Channel"), "get_channel_display"),
            Column(_("To be paid by"), "due_on", "day"),
            Column(_("Days late"), lambda order: interest_of(order, rule=rule, today=today).days, "number"),
            Column(
                _("Late-payment interest"), lambda order: interest_of(order, rule=rule, today=today).amount, "money"
            ),
            Column(pgettext("payment", "Paid"), "paid_at", "moment"),
            Column(_("Paid back"), "refunded", "money"),
            Column(_("Cause"), "cause"),
        ]
        return export_rows(self.orders(), columns, format=format, filename=_("Payments"))


class OrderPage(LoginRequiredMixin, DetailView):
    template_name = "payments/order.html"
    context_object_name = "order"

    def get_queryset(self):
        return PaymentOrder.objects.visible_to(self.request.user).select_related(
            "bureau", "payee", "line__fund", "ordered_by", "approved_by", "claim__order"
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        order, user = self.object, self.request.user
        State = PaymentOrder.State
        return (
            super().get_context_data(**kwargs)
            | queries.claims_on(order, user)
            | {
                "due_interest": interest_due(order),
                "attempts": order.attempts.select_related("batch", "account", "answer")
                .prefetch_related("statement_lines__statement")
                .order_by("created_at"),
                "interest": interest_of(order),
                "refunds": order.refunds.select_related("asked_by"),
                "may_refund": order.state == State.PAID and order.net > 0 and policies.may_refund(user, order),
                "paper": Paper.objects.of(order, KIND).first(),
                "may_print": order.approved_by_id is not None
                and order.state != State.CANCELLED
                and policies.may_print_order(user, order),
                "source_url": url_of(order.reference),
                "may_approve": order.state == State.DRAFT and policies.may_approve_order(user, order),
                "may_requeue": order.state == State.FAILED and policies.may_send(user, order.bureau),
                "may_send": order.state == State.APPROVED and policies.may_send(user, order.bureau),
                "may_cancel": order.state in (State.DRAFT, State.APPROVED, State.FAILED)
                and policies.may_cancel_order(user, order),
                "is_own_order": order.state == State.DRAFT and order.ordered_by_id == user.pk,
                "breadcrumbs": [(_("Payments"), reverse("payments:queue")), (order.number, None)],
            }
        )


class OrderAction(ActionPage):
    """A verb on one order; the page shows what it is about before the button."""

    template_name = "payments/order_action.html"

    @cached_property
    def order(self) -> PaymentOrder:
        orders = PaymentOrder.objects.visible_to(self.request.user).select_related(
            "bureau", "payee", "line", "ordered_by"
        )
        return get_object_or_404(orders, pk=self.kwargs["pk"])

    def may(self) -> bool:
        raise NotImplementedError

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated and not self.may():
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_success_url(self) -> str:
        return self.order.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "order": self.order,
            "back_url": self.order.get_absolute_url(),
            "breadcrumbs": [
                (_("Payments"), reverse("payments:queue")),
                (self.order.number, self.order.get_absolute_url()),
                (self.get_title(), None),
            ],
        }


class Approve(OrderAction):
    title = gettext_lazy("Approve this payment")
    submit_label = gettext_lazy("Approve")
    done_message = gettext_lazy("The payment is approved: it can go to the bank.")

    def may(self) -> bool:
        return policies.may_approve_order(self.request.user, self.order)

    def perform(self, form) -> PaymentOrder:
        return actions.approve_payment(self.order, by=self.request.user)


class PrintOrder(OrderAction):
    title = gettext_lazy("Print this payment order")
    submit_label = gettext_lazy("Print")
    intro = gettext_lazy("For the bureau's books. A signatory of the bureau seals it with the same step.")
    done_message = gettext_lazy("The payment order is printed.")

    def may(self) -> bool:
        return policies.may_print_order(self.request.user, self.order)

    def perform(self, form) -> Paper:
        return actions.print_order(self.order, by=self.request.user)


class Requeue(OrderAction):
    title = gettext_lazy("Send this payment again")
    submit_label = gettext_lazy("Put it back in the queue")
    intro = gettext_lazy("It goes out with the next bank file, to the payee's account that is then in force.")
    done_message = gettext_lazy("The payment is in the queue again.")

    def may(self) -> bool:
        return policies.may_send(self.request.user, self.order.bureau)

    def perform(self, form) -> PaymentOrder:
        return actions.requeue_payment(self.order, by=self.request.user)


class Cancel(OrderAction):
    title = gettext_lazy("Cancel this payment")
    submit_label = gettext_lazy("Cancel the payment")
    intro = gettext_lazy("What is owed stays owed: it can be ordered anew.")
    form_class = ShortReasonForm
    danger = True
    done_message = gettext_lazy("The payment has been cancelled.")

    def may(self) -> bool:
        return policies.may_cancel_order(self.request.user, self.order)

    def perform(self, form) -> PaymentOrder:
        return actions.cancel_payment(self.order, by=self.request.user, **form.cleaned_data)


class RefundOrder(OrderAction):
    """Public money that the payee gave back."""

    title = gettext_lazy("Record money that came back")
    submit_label = gettext_lazy("Record it")
    form_class = RefundForm
    danger = True
    done_message = gettext_lazy("Recorded.")

    def may(self) -> bool:
        return policies.may_refund(self.request.user, self.order)

    def get_form(self, form_class: Any = None) -> Any:
        form = super().get_form(form_class)
        if self.order.channel == Channel.STRIPE:
            del form.fields["bank_reference"]  # Stripe takes it back itself
        return form

    def get_initial(self) -> dict[str, Any]:
        return {"amount": self.order.net}

    def perform(self, form) -> Refund:
        key = f"refund/{self.request.POST.get('submission_key') or uuid.uuid4()}"
        return actions.refund_payment(self.order, key=key, by=self.request.user, **form.cleaned_data)
