"""The carer's telephone: check in at the door, check out when leaving."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.generic import View

from marketplace.directory.distance import place
from marketplace.pages.views import ActionPage
from marketplace.vouchers import actions
from marketplace.vouchers.counterforms import CheckInForm, CheckOutForm
from marketplace.vouchers.models import Visit

from .counter import CARD_KEY, VISIT_KEY
from .devices import CounterOnly


class CheckIn(CounterOnly, ActionPage):
    """One visit at a time: who is in a home is led to its end."""

    template_name = "vouchers/visits.html"
    form_class = CheckInForm
    title = gettext_lazy("Visits at home")
    submit_label = gettext_lazy("I am here")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        running = Visit.objects.filter(carer=request.user, state=Visit.State.RUNNING).first()
        if running is not None:
            return HttpResponseRedirect(reverse("vouchers:check_out", args=[running.pk]))
        return super().get(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"provider": self.provider}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        mine = Visit.objects.filter(carer=self.request.user).select_related("service", "resident")
        return super().get_context_data(**kwargs) | {"visits": mine[:10]}

    def perform(self, form: CheckInForm) -> Any:
        cleaned = form.cleaned_data
        return actions.check_in(
            self.provider,
            card=cleaned["card"],
            service=cleaned["service"],
            here=place(cleaned["lat"], cleaned["lng"]),
            accuracy=cleaned["accuracy"],
            device=self.device.label if self.device else "",
            by=self.request.user,
        )

    def get_success_url(self) -> str:
        return reverse("vouchers:check_out", args=[self.object.pk])


class CheckOut(CounterOnly, ActionPage):
    """Photo or signature, then straight to the payment of the same resident."""

    template_name = "vouchers/check_out.html"
    form_class = CheckOutForm
    title = gettext_lazy("At the resident's home")
    submit_label = gettext_lazy("The visit is over")

    @property
    def visit(self) -> Visit:
        rows = Visit.objects.filter(provider=self.provider).select_related("service", "resident", "provider")
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"visit": self.visit}

    def perform(self, form: CheckOutForm) -> Any:
        cleaned = form.cleaned_data
        return actions.check_out(
            self.visit,
            here=place(cleaned["lat"], cleaned["lng"]),
            photo=cleaned["photo"],
            signature=cleaned["signature"],
            by=self.request.user,
        )

    def get_success_url(self) -> str:
        visit = self.object
        card = visit.resident.cards.live().first()
        if card is None:
            return reverse("vouchers:visits")
        self.request.session[CARD_KEY] = card.number
        self.request.session[VISIT_KEY] = str(visit.pk)
        return reverse("vouchers:counter_pay", args=[visit.service_id])


class Proof(LoginRequiredMixin, View):
    """Photo or signature, for who may look after the visit."""

    def get(self, request: HttpRequest, pk: Any, name: str) -> FileResponse:
        visit = get_object_or_404(Visit.objects.visible_to(request.user), pk=pk)
        file = {"photo": visit.photo, "signature": visit.signature}.get(name)
        if not file:
            raise Http404
        kind = "image/png" if name == "signature" else "image/jpeg"
        response = FileResponse(file.open("rb"), content_type=kind)
        response["Cache-Control"] = "no-store"
        response["Content-Security-Policy"] = "sandbox"
        return response
