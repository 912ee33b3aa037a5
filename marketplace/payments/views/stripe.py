"""Where Stripe reaches us, what it said, and whether its books agree with ours."""

from http import HTTPStatus
from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import View

from marketplace.pages.exports import Column
from marketplace.pages.forms import ShortReasonForm
from marketplace.pages.lists import ListPage
from marketplace.pages.views import ActionPage
from marketplace.payments import actions, policies
from marketplace.payments.actions.webhooks import LARGEST_BODY
from marketplace.payments.models import Channel, PayeeAccount, StripeEvent, StripeReconciliation, WebhookDelivery

Verdict = WebhookDelivery.Verdict
ANSWERS = {Verdict.ACCEPTED: HTTPStatus.OK, Verdict.REPEATED: HTTPStatus.OK}


@method_decorator(csrf_exempt, name="dispatch")
class Webhook(View):
    """Stripe's events. 200 once an event is committed; what is not from Stripe, or old, is 400; 404 while off."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        if not actions.stripe_is_on():
            raise Http404
        if int(request.headers.get("Content-Length") or 0) > LARGEST_BODY:
            return HttpResponse(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        delivery = actions.receive_webhook(request.body, request.headers.get("Stripe-Signature", ""))
        return HttpResponse(status=ANSWERS.get(Verdict(delivery.verdict), HTTPStatus.BAD_REQUEST))


class StripePage(LoginRequiredMixin):
    """For those who oversee all money."""

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated and not policies.may_see_stripe(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


class Events(StripePage, ListPage):
    title = gettext_lazy("Events of Stripe")
    intro = gettext_lazy("Each is kept as it came before anything is done about it.")
    columns = (
        Column(gettext_lazy("Received"), "delivery.received_at", "moment"),
        Column(gettext_lazy("Event"), "event_type"),
        Column(gettext_lazy("About"), "object_id"),
        Column(gettext_lazy("State"), "get_state_display"),
        Column(gettext_lazy("Tries"), "tries", "number"),
        Column(gettext_lazy("What went wrong"), "fault"),
    )
    empty_title = gettext_lazy("Stripe has said nothing yet")
    empty_text = gettext_lazy("Its events appear here once Stripe is switched on and knows this address.")

    def get_rows(self) -> QuerySet[StripeEvent]:
        return StripeEvent.objects.select_related("delivery").defer("delivery__body")


class Reconciliations(StripePage, ListPage):
    template_name = "payments/reconciliations.html"
    title = gettext_lazy("Stripe's books and ours")
    intro = gettext_lazy("Every night each movement of the day before at Stripe is held against ours.")
    columns = (
        Column(gettext_lazy("Day"), "day", "day"),
        Column(gettext_lazy("Compared"), "compared", "number"),
        Column(gettext_lazy("At Stripe"), "sum_theirs", "money"),
        Column(gettext_lazy("With us"), "sum_ours", "money"),
        Column(gettext_lazy("Differences"), lambda row: len(row.differences), "number"),
        Column(pgettext_lazy("reconciliation", "Explanation"), "note"),
    )
    empty_title = gettext_lazy("Nothing has been compared yet")
    empty_text = gettext_lazy("The first comparison is made in the night after Stripe is switched on.")

    def get_rows(self) -> QuerySet[StripeReconciliation]:
        return StripeReconciliation.objects.select_related("explained_by")


class ExplainReconciliation(StripePage, ActionPage):
    title = gettext_lazy("Explain the differences")
    submit_label = gettext_lazy("Keep the explanation")
    form_class = ShortReasonForm
    done_message = gettext_lazy("Saved.")

    @cached_property
    def reconciliation(self) -> StripeReconciliation:
        return get_object_or_404(StripeReconciliation, pk=self.kwargs["pk"])

    def perform(self, form: Form) -> StripeReconciliation:
        return actions.explain_reconciliation(
            self.reconciliation, note=form.cleaned_data["reason"], by=self.request.user
        )

    def get_success_url(self) -> str:
        return reverse("payments:reconciliations")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"back_url": reverse("payments:reconciliations")}


class ConnectStripe(ActionPage):
    """Ask for an account at Stripe; then go there and say who the organisation is."""

    title = gettext_lazy("Be paid through Stripe")
    submit_label = gettext_lazy("Ask for an account at Stripe")
    intro = gettext_lazy("Stripe makes an account for your organisation. It takes effect after a second person's word.")
    done_message = gettext_lazy("Asked. Now go to Stripe and say who your organisation is.")

    def dispatch(self, request, *args, **kwargs):
        if not actions.stripe_is_on():
            raise Http404
        if request.user.is_authenticated and not policies.may_request_account(request.user, request.organisation):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def perform(self, form: Form) -> PayeeAccount:
        return actions.request_stripe_account(self.request.organisation, by=self.request.user)

    def get_success_url(self) -> str:
        return self.object.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"back_url": reverse("payments:accounts")}


class OnboardAtStripe(ActionPage):
    """The way to Stripe's own form, valid for some minutes. Shown as a link: our pages post to nobody else."""

    title = gettext_lazy("Say who you are at Stripe")
    submit_label = gettext_lazy("Make the link")
    template_name = "payments/onboard.html"

    @cached_property
    def account(self) -> PayeeAccount:
        accounts = PayeeAccount.objects.visible_to(self.request.user).filter(channel=Channel.STRIPE)
        return get_object_or_404(accounts.select_related("organisation"), pk=self.kwargs["pk"])

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated and not policies.may_request_account(request.user, self.account.organisation):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: Form) -> HttpResponse:
        back = self.request.build_absolute_uri(self.account.get_absolute_url())
        try:
            link = actions.make_at_stripe(self.account, by=self.request.user, back=back)
        except ValidationError as refusal:
            form.add_error(None, refusal)
            return self.form_invalid(form)
        return self.render_to_response(self.get_context_data(form=form, link=link))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "back_url": self.account.get_absolute_url(),
            "breadcrumbs": [(_("Bank account"), reverse("payments:accounts")), (self.get_title(), None)],
        }
