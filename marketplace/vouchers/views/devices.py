"""The counter's own devices: sign one in, see them, strike one off. And the guard of every counter page."""

import json
import uuid
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.mixins import AccessMixin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView, View

from marketplace.pages.forms import ShortReasonForm
from marketplace.pages.views import ActionPage
from marketplace.parties.models import Organisation
from marketplace.rules.queries import resolve
from marketplace.vouchers import actions, policies, queries
from marketplace.vouchers.actions.devices import device_token, hash_of_token
from marketplace.vouchers.counterforms import DeviceForm
from marketplace.vouchers.models import CounterDevice

DEVICE_COOKIE = "minfu_counter"
SIGNED_IN = "counter_device"
STRUCK_OFF_PAGE = "vouchers/device_revoked.html"


def device_of(request: HttpRequest) -> CounterDevice | None:
    """The registered device that this browser is, struck off or not."""
    token = request.COOKIES.get(DEVICE_COOKIE, "")
    if not 20 <= len(token) <= 100:
        return None
    return CounterDevice.objects.select_related("organisation").filter(token_hash=hash_of_token(token)).first()


class CounterOnly(AccessMixin):
    """For counter staff of the organisation they act for; on a device that was struck off only what hands in."""

    device: CounterDevice | None = None
    is_open_to_struck_off = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return self.handle_no_permission()
        device = device_of(request)
        is_struck_off = device is not None and device.state == CounterDevice.State.REVOKED
        if is_struck_off and not self.is_open_to_struck_off:
            logout(request)
            return render(request, STRUCK_OFF_PAGE, {"device": device}, status=403)
        if not policies.may_redeem(request.user, request.organisation):
            raise PermissionDenied(_("The counter is for counter staff of a provider."))
        if device is not None and device.organisation_id == request.organisation.pk:
            self.device = device
            if not is_struck_off and request.session.get(SIGNED_IN) != str(device.pk):
                request.session[SIGNED_IN] = str(device.pk)
                request.session.set_expiry(int(resolve("voucher.device_days").number) * 86_400)
        return super().dispatch(request, *args, **kwargs)

    @property
    def provider(self) -> Organisation:
        return Organisation.objects.get(pk=self.request.organisation.pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"device": self.device}


class Devices(CounterOnly, ActionPage):
    """The devices of this counter, and the way to make this browser one of them."""

    template_name = "vouchers/devices.html"
    form_class = DeviceForm
    title = gettext_lazy("Devices of the counter")
    submit_label = gettext_lazy("Register this device")
    done_message = gettext_lazy("This device belongs to the counter now and stays signed in.")

    @cached_property
    def token(self) -> str:
        """Of this page and person: sent again because no answer came, the form brings the same cookie again."""
        page = self.request.POST.get("submission_key") or uuid.uuid4()
        return device_token(f"{self.request.user.pk}/{page}")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "devices": queries.devices_of(self.provider),
            "back_url": reverse("vouchers:counter"),
            "days": int(resolve("voucher.device_days").number),
        }

    def perform(self, form: DeviceForm) -> Any:
        name = form.cleaned_data["name"]
        device, _token = actions.register_device(self.provider, name=name, token=self.token, by=self.request.user)
        return device

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().post(request, *args, **kwargs)
        if response.status_code == HTTPStatus.FOUND:
            response.set_cookie(
                DEVICE_COOKIE,
                self.token,
                max_age=5 * 365 * 86_400,
                httponly=True,
                secure=settings.SESSION_COOKIE_SECURE,
                samesite="Strict",
            )
        return response

    def get_success_url(self) -> str:
        return reverse("vouchers:devices")


class RevokeDevice(CounterOnly, ActionPage):
    form_class = ShortReasonForm
    title = gettext_lazy("Strike a device off")
    intro = gettext_lazy("It is signed out at once, and nothing that it accepted offline is paid without a decision.")
    submit_label = gettext_lazy("Strike it off")
    done_message = gettext_lazy("The device is struck off.")
    danger = True

    @property
    def struck(self) -> CounterDevice:
        return get_object_or_404(CounterDevice.objects.filter(organisation=self.provider), pk=self.kwargs["pk"])

    def get_title(self) -> str:
        return _("Strike off “%(name)s”") % {"name": self.struck}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"back_url": reverse("vouchers:devices")}

    def perform(self, form: ShortReasonForm) -> Any:
        return actions.revoke_device(self.struck, reason=form.cleaned_data["reason"], by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("vouchers:devices")


class Worker(TemplateView):
    """The service worker, from the counter's own address: only there may it answer for the counter."""

    template_name = "vouchers/worker.js"
    content_type = "text/javascript"

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        response = super().render_to_response(context, **kwargs)
        response["Cache-Control"] = "no-cache"
        return response


class OfflinePage(CounterOnly, TemplateView):
    """Where the worker leads when the line is down: kept on the device with prices and caps."""

    template_name = "vouchers/offline.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return context | {"terms": queries.offline_terms(self.provider, self.device)}


class DeviceKey(CounterOnly, View):
    """The browser hands over the public half of the key that it made."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> JsonResponse:
        if self.device is None:
            return JsonResponse({"code": "not_registered"}, status=409)
        try:
            actions.keep_device_key(self.device, request.POST.get("key", ""), by=request.user)
        except ValidationError as refusal:
            return JsonResponse({"code": refusal.code, "words": refusal.messages[0]}, status=422)
        return JsonResponse({"device": str(self.device.pk)})


class OfflineUpload(CounterOnly, View):
    """One acceptance after the other, as they were numbered; each is answered by itself.

    A device that was struck off while it was cut off still hands in what it promised: a person decides about it.
    """

    http_method_names = ["post"]
    is_open_to_struck_off = True

    def post(self, request: HttpRequest) -> JsonResponse:
        try:
            sent = json.loads(request.body)
            parts = {name: str(sent[name]) for name in ("statement", "signature", "sealed_pin")}
            device = uuid.UUID(json.loads(parts["statement"])["device"])
        except (ValueError, KeyError, TypeError):
            return JsonResponse({"code": "statement", "words": _("This acceptance can't be read.")}, status=422)
        found = CounterDevice.objects.filter(organisation=self.provider, pk=device).first()
        if found is None:
            # No refusal of what was accepted: whoever is here acts for another organisation. The device keeps it.
            return JsonResponse({"code": "unknown_device", "words": _("There is no such device.")}, status=409)
        try:
            entry = actions.accept_offline(found, **parts, by=request.user)
        except ValidationError as refusal:
            return JsonResponse({"code": refusal.code, "words": refusal.messages[0]}, status=422)
        return JsonResponse(
            {"sequence": entry.sequence, "state": entry.state, "words": entry.why or entry.get_state_display()}
        )


class HandIn(CounterOnly, TemplateView):
    """Sign in once more on a device that was struck off, to send what it accepted before. Nothing else works there."""

    template_name = STRUCK_OFF_PAGE
    is_open_to_struck_off = True

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.device is None or self.device.state != CounterDevice.State.REVOKED:
            return HttpResponseRedirect(reverse("vouchers:counter"))  # which sends by itself
        return super().get(request, *args, **kwargs)


class OfflineSent(CounterOnly, TemplateView):
    """What this counter accepted without a connection, and what became of it."""

    template_name = "vouchers/offline_sent.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"entries": queries.offline_entries(self.provider)[:100]}
