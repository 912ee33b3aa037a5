"""The one window of the community desk: find, register, apply, hand out, for every programme in one place."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from marketplace.pages import clock
from marketplace.pages.doors import doors_of
from marketplace.pages.views import ActionPage
from marketplace.parties.models import User
from marketplace.residents import policies as register
from marketplace.residents.models import Resident
from marketplace.residents.queries import find
from marketplace.residents.views.base import AtDesk, OneResident
from marketplace.vouchers import actions, policies
from marketplace.vouchers.forms import ApplyAtDeskForm, FindForm
from marketplace.vouchers.models import Application, Programme
from marketplace.vouchers.queries.window import window_of

MOST_FOUND = 20


class Window(LoginRequiredMixin, AtDesk, TemplateView):
    """Find somebody. The number is sent by POST: it stands in no address, no history and no log."""

    template_name = "vouchers/window_find.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        self.bureau  # noqa: B018 - only at a bureau's desk
        kwargs.setdefault("form", FindForm())
        return super().get_context_data(**kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        form = FindForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=422)
        rows = Resident.objects.visible_to(request.user).filter(region__code__startswith=self.prefixes[0])
        today = clock.today()
        found = [
            {
                "pk": one.pk,
                "name": one.masked_name,
                "id": one.masked_id,
                "age": one.age_on(today),
                "place": f"{one.region} {one.community}",
                "state": one.get_state_display(),
                "is_active": one.state == Resident.State.ACTIVE,
            }
            for one in find(rows.select_related("region"), form.cleaned_data["q"])[:MOST_FOUND]
        ]
        return self.render_to_response(self.get_context_data(form=form, found=found, is_asked=True, most=MOST_FOUND))


class AtWindow(OneResident):
    """One resident whom the desk's reader may keep."""

    home = "vouchers:window_of"

    def allows(self, user: User, resident: Resident) -> bool:
        return register.may_keep_register(user, resident.region_id)


class WindowOf(AtWindow, TemplateView):
    template_name = "vouchers/window.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        resident = self.resident
        return super().get_context_data(**kwargs) | {
            "view": window_of(resident),
            "resident": resident,
            "doors": doors_of("window", self.request.user, resident),
            "age": resident.age_on(clock.today()),
            "delegations": resident.delegations.live().select_related("delegate"),
            "benefits": resident.benefits.filter(ends_on=None),
            "may_book": policies.may_hold(self.request.user, resident),
            "may_appoint": register.may_appoint(self.request.user, resident),
            "may_assess": register.may_assess(self.request.user, resident),
        }


class Apply(AtWindow, ActionPage):
    """For the resident, at the desk or from a paper form."""

    form_class = ApplyAtDeskForm
    submit_label = _("Hand in the application")
    done_message = _("The application is in. The bureau answers within the days of the rule.")

    @property
    def programme(self) -> Programme:
        return get_object_or_404(Programme.objects.running().select_related("bureau"), code=self.kwargs["code"])

    def get_title(self) -> Any:
        return _("Apply for “%(name)s”") % {"name": self.programme}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "intro": self.resident.masked_name,
            "back_url": self.get_success_url(),
        }

    def perform(self, form: ApplyAtDeskForm) -> Application:
        return actions.apply_for(self.programme, self.resident, by=self.request.user, **form.cleaned_data)
