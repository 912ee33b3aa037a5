"""Choosing a provider, booking, waiting: for the resident, who acts for her, and the desk."""

from typing import Any

from django.core.exceptions import ValidationError
from django.forms import Form
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from marketplace.directory.distance import place
from marketplace.directory.models import Service
from marketplace.pages.money import parse_yuan
from marketplace.pages.views import ActionPage
from marketplace.parties.models import User
from marketplace.residents.models import Resident
from marketplace.residents.views.base import OneResident
from marketplace.vouchers import actions, policies, queries
from marketplace.vouchers.counterforms import BookForm
from marketplace.vouchers.models import Booking, Waiting

from .my import MyPage


class Choice:
    """The choice by need, then by distance, price, grade or free places."""

    resident: Resident

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        asked = self.request.GET
        kinds = queries.kinds_for(self.resident)
        chosen = kinds.filter(pk=asked.get("kind", "")).first()
        order = asked.get("order", "near")
        here = place(asked.get("lat"), asked.get("lng"))
        try:
            highest = parse_yuan(asked["price"]) if asked.get("price") else None
        except ValidationError:
            highest = None
        return super().get_context_data(**kwargs) | {
            "kinds": kinds,
            "chosen": chosen,
            "order": order,
            "orders": ORDERS,
            "here": here,
            "offers": queries.offers_for(self.resident, chosen, order=order, here=here, highest=highest)
            if chosen
            else [],
            "balance": queries.balance_of(self.resident),
        }


ORDERS = [
    ("near", gettext_lazy("Nearest")),
    ("price", gettext_lazy("Cheapest")),
    ("grade", gettext_lazy("Best graded")),
    ("free", gettext_lazy("Free soonest")),
]


class MyServices(Choice, MyPage, TemplateView):
    template_name = "vouchers/my_services.html"


class OfPayable:
    """A service that the resident's vouchers pay for."""

    @property
    def service(self) -> Service:
        return get_object_or_404(
            Service.objects.listed()
            .filter(category__in=queries.kinds_for(self.resident))
            .select_related("organisation"),
            pk=self.kwargs["service"],
        )


class MyBook(OfPayable, MyPage, ActionPage):
    """Choose a time; or, when none is free, wait for one."""

    template_name = "vouchers/my_book.html"
    form_class = BookForm
    submit_label = gettext_lazy("Book this time")
    done_message = gettext_lazy("Booked. The money is kept aside for it.")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"openings": queries.open_times(self.service)}

    def get_title(self) -> str:
        return str(self.service)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        service = self.service
        times = list(queries.open_times(service))
        return super().get_context_data(**kwargs) | {
            "service": service,
            "has_free": any(one.left > 0 for one in times),
            "has_times": bool(times),
            "may_book": policies.may_hold(self.request.user, self.resident),
            "back_url": reverse("vouchers:my_services"),
            "balance": queries.balance_of(self.resident),
        }

    def perform(self, form: BookForm) -> Any:
        return actions.book(form.cleaned_data["opening"], self.resident, by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("vouchers:my_bookings")


class MyWait(OfPayable, MyPage, ActionPage):
    title = gettext_lazy("Wait for a place")
    intro = gettext_lazy("Places are offered in the order of coming. We tell you at once; the place is kept for you.")
    submit_label = gettext_lazy("Put me on the list")
    done_message = gettext_lazy("You are on the list.")
    template_name = "vouchers/my_action.html"

    def get_form(self, form_class=None):
        return Form(**self.get_form_kwargs())

    def perform(self, form: Form) -> Any:
        return actions.join_waiting_list(self.service, self.resident, by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("vouchers:my_bookings")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "service": self.service,
            "back_url": reverse("vouchers:my_book", args=[self.kwargs["service"]]),
        }


class MyBookings(MyPage, TemplateView):
    template_name = "vouchers/my_bookings.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "bookings": queries.bookings_of(self.resident),
            "waiting": queries.waiting_of(self.resident),
            "may_book": policies.may_hold(self.request.user, self.resident),
        }


class MyCancel(MyPage, ActionPage):
    title = gettext_lazy("Give this booking up")
    intro = gettext_lazy("The money is in the voucher again at once, and the place goes to somebody who waits.")
    submit_label = gettext_lazy("Give it up")
    done_message = gettext_lazy("Given up. The money is in the voucher again.")
    template_name = "vouchers/my_action.html"
    danger = True

    @property
    def booking(self) -> Booking:
        rows = Booking.objects.filter(resident=self.resident).select_related("opening__service__organisation")
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def get_form(self, form_class=None):
        return Form(**self.get_form_kwargs())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        booking = self.booking
        return super().get_context_data(**kwargs) | {
            "service": booking.opening.service,
            "opening": booking.opening,
            "back_url": reverse("vouchers:my_bookings"),
        }

    def perform(self, form: Form) -> Any:
        return actions.cancel_booking(self.booking, reason="", by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("vouchers:my_bookings")


class MyOffer(MyPage, ActionPage):
    """The place that is kept: take it, or leave the list."""

    template_name = "vouchers/my_offer.html"
    submit_label = gettext_lazy("Yes, book it")

    @property
    def waiting(self) -> Waiting:
        rows = Waiting.objects.filter(resident=self.resident).select_related("service__organisation", "opening")
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def get_title(self) -> str:
        return _("A place is free for you") if self.waiting.state == Waiting.State.OFFERED else _("You are in the line")

    def get_form(self, form_class=None):
        return Form(**self.get_form_kwargs())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "waiting": self.waiting,
            "place": next((one.place for one in queries.waiting_of(self.resident) if one.pk == self.waiting.pk), None),
            "back_url": reverse("vouchers:my_bookings"),
        }

    def perform(self, form: Form) -> Any:
        if self.request.POST.get("answer") == "leave":
            return actions.leave_waiting_list(self.waiting, by=self.request.user)
        return actions.accept_offer(self.waiting, by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("vouchers:my_bookings")


class BookingDesk(OneResident):
    """The community desk books for a resident: from here on it stands on her pages."""

    home = "vouchers:desk_services"

    def allows(self, user: User, resident: Resident) -> bool:
        return policies.may_hold(user, resident)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"resident": self.resident, "back_url": self.get_success_url()}


class DeskServices(BookingDesk, Choice, TemplateView):
    template_name = "vouchers/desk_services.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "bookings": queries.bookings_of(self.resident),
            "waiting": queries.waiting_of(self.resident),
        }


class DeskBook(BookingDesk, ActionPage):
    """Book, or put on the waiting list, at the desk."""

    template_name = "vouchers/desk_book.html"
    form_class = BookForm
    submit_label = gettext_lazy("Book this time")
    done_message = gettext_lazy("Done.")

    @property
    def service(self) -> Service:
        rows = Service.objects.listed().filter(category__in=queries.kinds_for(self.resident))
        return get_object_or_404(rows.select_related("organisation"), pk=self.kwargs["service"])

    def get_form_kwargs(self) -> dict[str, Any]:
        waits = self.request.POST.get("answer") == "wait"
        return super().get_form_kwargs() | {"openings": queries.open_times(self.service), "may_be_empty": waits}

    def get_title(self) -> str:
        return f"{self.resident} · {self.service}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"service": self.service}

    def perform(self, form: BookForm) -> Any:
        if self.request.POST.get("answer") == "wait":
            return actions.join_waiting_list(self.service, self.resident, by=self.request.user)
        return actions.book(form.cleaned_data["opening"], self.resident, by=self.request.user)


class DeskCancel(BookingDesk, ActionPage):
    title = gettext_lazy("Give this booking up")
    submit_label = gettext_lazy("Give it up")
    done_message = gettext_lazy("Given up. The money is in the voucher again.")
    danger = True

    @property
    def booking(self) -> Booking:
        return get_object_or_404(self.resident.bookings.visible_to(self.request.user), pk=self.kwargs["booking"])

    def get_form(self, form_class=None):
        return Form(**self.get_form_kwargs())

    def perform(self, form: Form) -> Any:
        return actions.cancel_booking(self.booking, reason="", by=self.request.user)
