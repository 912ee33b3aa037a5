"""What people pay to an organisation: the public page for gifts, the payer's own page, the organisation's list."""

import uuid
from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.forms import Form
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.generic import DetailView, FormView

from marketplace.pages.exports import Column
from marketplace.pages.lists import ListPage
from marketplace.pages.views import ActionPage, refuse
from marketplace.parties.models import Organisation
from marketplace.payments import actions, policies
from marketplace.payments.forms import DonationForm, DonationOfferForm, IncomingFilter, IncomingRefundForm
from marketplace.payments.models import DonationOffer, IncomingPayment


class Donate(FormView):
    """A gift to one organisation, by anyone. Not there at all while gifts are switched off."""

    template_name = "payments/donate.html"
    form_class = DonationForm

    @cached_property
    def organisation(self) -> Organisation:
        organisation = get_object_or_404(
            Organisation.objects.filter(donation_offer__isnull=False).select_related("donation_offer"),
            uscc=self.kwargs["uscc"],
        )
        if not policies.donations_are_on():
            raise Http404
        return organisation

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "provider": self.organisation,
            "offer": self.organisation.donation_offer,
            "is_open": policies.takes_donations(self.organisation),
            "key": self.request.POST.get("key") or uuid.uuid4(),
        }

    def form_valid(self, form: Form) -> HttpResponse:
        try:
            key = uuid.UUID(self.request.POST.get("key", ""))
        except ValueError:
            key = uuid.uuid4()
        try:
            payment = actions.ask_donation(
                self.organisation,
                form.cleaned_data["amount"],
                payer_name=form.cleaned_data["payer_name"],
                key=f"donation/{key}",
            )
            payment = actions.open_at_stripe(payment)
        except ValidationError as refusal:
            refuse(form, refusal)
            return self.form_invalid(form)
        return HttpResponseRedirect(payment.get_absolute_url())

    def form_invalid(self, form: Form) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)


class IncomingPage(DetailView):
    """The payer's own page: whoever has its address may see it. It pays, waits, thanks."""

    template_name = "payments/incoming.html"
    context_object_name = "payment"
    slug_field = slug_url_kwarg = "code"

    def get_queryset(self) -> QuerySet[IncomingPayment]:
        return IncomingPayment.objects.select_related("organisation", "receipt")

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        response = super().render_to_response(context, **kwargs)
        response["Cache-Control"] = "no-store"
        response["Referrer-Policy"] = "no-referrer"
        return response


class IncomingList(LoginRequiredMixin, ListPage):
    template_name = "payments/incoming_list.html"
    title = gettext_lazy("Paid by residents and donors")
    intro = gettext_lazy("What people paid to your organisation through Stripe. It is your money, never public money.")
    filter_form = IncomingFilter
    empty_title = gettext_lazy("Nobody has paid here yet")
    empty_text = gettext_lazy("Residents' own parts and gifts appear here once Stripe has confirmed them.")
    columns = (
        Column(gettext_lazy("Number"), "number"),
        Column(gettext_lazy("Kind"), "get_kind_display"),
        Column(pgettext_lazy("payment", "Asked"), "asked_at", "moment"),
        Column(gettext_lazy("Amount"), "amount", "money"),
        Column(gettext_lazy("Paid back"), "refunded", "money"),
        Column(gettext_lazy("State"), "get_state_display"),
        Column(gettext_lazy("Paid with"), "method"),
        Column(gettext_lazy("Reference"), "reference"),
    )

    def get_rows(self) -> QuerySet[IncomingPayment]:
        return IncomingPayment.objects.visible_to(self.request.user).select_related("organisation", "receipt")

    def filter(self, rows: QuerySet, cleaned: dict[str, Any]) -> QuerySet:
        return rows.filter(**cleaned)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        context = super().get_context_data(**kwargs)
        return context | {
            "may_refund": {p.pk: policies.may_refund_incoming(user, p) for p in context["object_list"]},
            "may_offer": policies.may_offer_donations(user, self.request.organisation),
            "breadcrumbs": [(_("Payments"), reverse("payments:queue")), (self.get_title(), None)],
        }


class RefundIncoming(ActionPage):
    title = gettext_lazy("Give money back")
    submit_label = pgettext_lazy("payment", "Give it back")
    intro = gettext_lazy("It goes back the way it came, out of your organisation's account at Stripe.")
    form_class = IncomingRefundForm
    danger = True
    done_message = gettext_lazy("Stripe has been asked to give it back.")

    @cached_property
    def payment(self) -> IncomingPayment:
        payments = IncomingPayment.objects.visible_to(self.request.user).select_related("organisation")
        return get_object_or_404(payments, pk=self.kwargs["pk"])

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated and not policies.may_refund_incoming(request.user, self.payment):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_initial(self) -> dict[str, Any]:
        return {"amount": self.payment.net}

    def perform(self, form: Form) -> Any:
        return actions.refund_incoming(self.payment, by=self.request.user, **form.cleaned_data)

    def get_success_url(self) -> str:
        return reverse("payments:incoming_list")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"back_url": reverse("payments:incoming_list")}


class OfferDonations(ActionPage):
    title = gettext_lazy("Your page for gifts")
    submit_label = gettext_lazy("Save")
    intro = gettext_lazy("Public fundraising needs a certificate by the Charity Law; its number is shown to everyone.")
    form_class = DonationOfferForm
    done_message = gettext_lazy("Saved.")

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated and not policies.may_offer_donations(request.user, request.organisation):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_initial(self) -> dict[str, Any]:
        offer = DonationOffer.objects.filter(organisation=self.request.organisation).first()
        names = ("is_open", "purpose", "certificate")
        return {name: getattr(offer, name) for name in names} if offer else {}

    def perform(self, form: Form) -> Any:
        return actions.offer_donations(self.request.organisation, by=self.request.user, **form.cleaned_data)

    def get_success_url(self) -> str:
        return reverse("payments:incoming_list")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"back_url": reverse("payments:incoming_list")}
