"""What was paid at the counter: the receipt, the day's list, taking one back, the provider's books."""

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView, View

from marketplace.pages import clock
from marketplace.pages.doors import doors_of
from marketplace.pages.forms import ShortReasonForm
from marketplace.pages.views import ActionPage
from marketplace.parties.models import Role
from marketplace.parties.policies import has_role
from marketplace.payments.actions import ask_own_part, open_at_stripe
from marketplace.payments.actions.incoming import takes_stripe
from marketplace.payments.models import IncomingPayment
from marketplace.vouchers import actions, notices, policies, queries
from marketplace.vouchers.models import Redemption

from .devices import CounterOnly


class Receipt(CounterOnly, TemplateView):
    """Step 4: what was paid; printable."""

    template_name = "vouchers/receipt.html"

    def get_context_data(self, pk: uuid.UUID, **kwargs: Any) -> dict[str, Any]:
        redemption = queries.find_redemption(self.request.user, pk)
        return super().get_context_data(**kwargs) | {
            "redemption": redemption,
            "may_reverse": policies.may_reverse(self.request.user, redemption) and not redemption.is_reversed,
            "until": policies.take_back_until(redemption),
            "own_payment": IncomingPayment.objects.for_reference(f"redemption/{redemption.id}").first(),
            "takes_stripe": bool(redemption.own_part) and bool(takes_stripe(redemption.provider)),
            "may_text": policies.may_text_receipt(self.request.user, redemption),
            "doors": doors_of("receipt", self.request.user, redemption),
            "step": 4,
        }


class OwnPartByStripe(CounterOnly, View):
    """The resident's part by card or telephone: a page of Stripe's, or a square code to scan, each asked for once."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        redemption = queries.find_redemption(request.user, pk)
        try:
            payment = ask_own_part(
                redemption.provider,
                redemption.own_part,
                reference=f"redemption/{redemption.id}",
                key=f"own-part/{redemption.id}",
                by=request.user,
            )
            payment = open_at_stripe(payment)
        except ValidationError as refusal:
            messages.error(request, refusal.messages[0])
            return HttpResponseRedirect(reverse("vouchers:receipt", args=[pk]))
        return HttpResponseRedirect(payment.get_absolute_url())


class TextReceipt(CounterOnly, ActionPage):
    """The receipt as a text message to the telephone in the register; the counter never sees the number."""

    title = gettext_lazy("Send the receipt by text message")
    submit_label = gettext_lazy("Send it")
    done_message = gettext_lazy("The receipt is on its way to the resident's telephone.")

    @property
    def redemption(self) -> Redemption:
        return queries.find_redemption(self.request.user, self.kwargs["pk"])

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.redemption  # noqa: B018 - another provider gets 404 before the question
        return super().get(request, *args, **kwargs)

    def perform(self, form: Form) -> Any:
        return notices.text_receipt(self.redemption, by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("vouchers:receipt", args=[self.kwargs["pk"]])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"back_url": self.get_success_url()}


class Today(CounterOnly, TemplateView):
    """The day's list, with the way to take one back."""

    template_name = "vouchers/counter_today.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = queries.redemptions_of_day(self.provider, clock.today())
        return super().get_context_data(**kwargs) | {"rows": rows[:200], "totals": queries.totals(rows)}


class Takings(LoginRequiredMixin, TemplateView):
    """For the books of the provider."""

    template_name = "vouchers/takings.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        if not policies.may_see_takings(self.request.user, self.request.organisation):
            raise PermissionDenied
        is_told = has_role(self.request.user, self.request.organisation, Role.OWNER, Role.FINANCE)
        return (
            super().get_context_data(**kwargs)
            | queries.takings(self.request.organisation)
            | {"sees_settlements": is_told}
        )


class Void(CounterOnly, ActionPage):
    """Take one back, with the reason."""

    template_name = "vouchers/void.html"
    form_class = ShortReasonForm
    title = gettext_lazy("Take this payment back")
    submit_label = gettext_lazy("Take it back")
    danger = True
    done_message = gettext_lazy("Taken back: the money is in the voucher again.")

    @property
    def redemption(self) -> Redemption:
        return queries.find_redemption(self.request.user, self.kwargs["pk"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "redemption": self.redemption,
            "back_url": reverse("vouchers:today"),
        }

    def perform(self, form: ShortReasonForm) -> Any:
        return actions.reverse_redemption(self.redemption, reason=form.cleaned_data["reason"], by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("vouchers:today")
