"""Pages that need no account: one page, one verb, nothing typed is lost, the second click finds the first's answer."""

import uuid
from typing import Any

from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.generic import FormView

from marketplace.pages.views import refuse
from marketplace.parties.models import Organisation, User
from marketplace.vouchers.views.devices import device_of

KEPT = 3600  # seconds for which a form sent twice is recognised


def place_of(request: HttpRequest) -> str:
    """Where a request comes from, for counting wrong codes."""
    return str(request.META.get("REMOTE_ADDR", ""))


def signed_in(request: HttpRequest) -> User | None:
    return request.user if request.user.is_authenticated else None


def provider_of_device(request: HttpRequest) -> Organisation | None:
    """The provider whose counter this browser is."""
    device = device_of(request)
    return device.organisation if device is not None else None


class OpenPage(FormView):
    """A form that calls one verb. The verb opens its own transaction: a wrong PIN stays counted when it refuses."""

    template_name = "evaluations/open_action.html"
    form_class: Any = Form
    title: Any = ""
    intro: Any = ""
    submit_label: Any = None
    danger = False

    def perform(self, form: Form) -> str:
        """Call the verb; the address to go on to."""
        raise NotImplementedError

    def form_valid(self, form: Form) -> HttpResponse:
        key = self._submission()
        if key and (earlier := cache.get(key)):
            return HttpResponseRedirect(earlier)
        try:
            url = self.perform(form)
        except ValidationError as refusal:
            refuse(form, refusal)
            return self.form_invalid(form)
        if key:
            cache.set(key, url, KEPT)
        return HttpResponseRedirect(url)

    def _submission(self) -> str:
        try:
            return f"open-page.{uuid.UUID(self.request.POST.get('submission_key', ''))}"
        except ValueError:
            return ""

    def form_invalid(self, form: Form) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "title": self.title,
            "intro": self.intro,
            "submit_label": self.submit_label,
            "danger": self.danger,
            "submission_key": self.request.POST.get("submission_key") or uuid.uuid4(),
        }
