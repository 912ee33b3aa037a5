"""At the counter: the times with places, who comes today, who came."""

import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.generic import FormView, TemplateView

from marketplace.pages.forms import ShortReasonForm
from marketplace.pages.views import ActionPage, refuse
from marketplace.vouchers import actions, queries
from marketplace.vouchers.counterforms import OpenPlacesForm, PinOrCodeForm
from marketplace.vouchers.models import Booking

from .devices import CounterOnly


class CounterBookings(CounterOnly, TemplateView):
    template_name = "vouchers/counter_bookings.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"times": queries.openings_of(self.provider)}


class OpenPlaces(CounterOnly, ActionPage):
    form_class = OpenPlacesForm
    title = gettext_lazy("Offer times with places")
    intro = gettext_lazy("Residents book them; whoever waits for this service is offered them first.")
    submit_label = gettext_lazy("Offer them")
    done_message = gettext_lazy("The times are open.")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"provider": self.provider}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"back_url": self.get_success_url()}

    def perform(self, form: OpenPlacesForm) -> Any:
        cleaned = form.cleaned_data
        length = datetime.timedelta(minutes=cleaned["minutes"])
        for week in range(cleaned["weeks"]):
            starts_at = cleaned["starts_at"] + datetime.timedelta(weeks=week)
            actions.open_places(
                cleaned["service"],
                starts_at=starts_at,
                ends_at=starts_at + length,
                places=cleaned["places"],
                by=self.request.user,
            )

    def get_success_url(self) -> str:
        return reverse("vouchers:counter_bookings")


class OneBooking(CounterOnly):
    @property
    def booking(self) -> Booking:
        rows = Booking.objects.filter(opening__service__organisation=self.provider)
        return get_object_or_404(rows.select_related("opening__service", "resident"), pk=self.kwargs["pk"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "booking": self.booking,
            "back_url": reverse("vouchers:counter_bookings"),
        }

    def get_success_url(self) -> str:
        return reverse("vouchers:counter_bookings")


class KeepBooking(OneBooking, FormView):
    """She came: her PIN or code pays. No ActionPage, since a wrong PIN is counted although the page refuses."""

    template_name = "vouchers/keep_booking.html"
    form_class = PinOrCodeForm

    def form_valid(self, form: PinOrCodeForm) -> HttpResponse:
        booking = self.booking
        if booking.redemption_id:
            return HttpResponseRedirect(reverse("vouchers:receipt", args=[booking.redemption_id]))
        try:
            redemption = actions.keep_booking(
                booking,
                pin=form.cleaned_data["pin"],
                device=self.device.label if self.device else "counter",
                by=self.request.user,
            )
        except ValidationError as refusal:
            refuse(form, refusal)
            return self.form_invalid(form)
        return HttpResponseRedirect(reverse("vouchers:receipt", args=[redemption.id]))

    def form_invalid(self, form: Form) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)


class MissBooking(OneBooking, ActionPage):
    title = gettext_lazy("Nobody came")
    intro = gettext_lazy("The money goes back into the voucher. Nothing is paid for an absence.")
    submit_label = gettext_lazy("Nobody came")
    done_message = gettext_lazy("Noted.")

    def get_form(self, form_class=None):
        return Form(**self.get_form_kwargs())

    def perform(self, form: Form) -> Any:
        return actions.miss_booking(self.booking, by=self.request.user)


class CallOff(OneBooking, ActionPage):
    form_class = ShortReasonForm
    title = gettext_lazy("Cancel this booking")
    intro = gettext_lazy("The resident is told at once, with your reason.")
    submit_label = gettext_lazy("Cancel it")
    done_message = gettext_lazy("Cancelled; the resident is told.")
    danger = True

    def perform(self, form: ShortReasonForm) -> Any:
        return actions.cancel_booking(self.booking, reason=form.cleaned_data["reason"], by=self.request.user)
