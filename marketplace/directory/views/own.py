"""A provider keeps its own price list and places."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.forms import Form
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from marketplace.directory import actions, policies, queries
from marketplace.directory.forms import PointForm, ServiceForm
from marketplace.directory.models import Service
from marketplace.pages.views import ActionPage
from marketplace.parties.models import Organisation


class OwnPage:
    """Only for people who keep the services of the organisation they act for."""

    @property
    def organisation(self) -> Organisation:
        organisation = self.request.organisation
        if not organisation or not policies.may_edit_services(self.request.user, organisation):
            raise Http404
        return organisation

    def get_success_url(self) -> str:
        return reverse("directory:mine")


class OwnServices(LoginRequiredMixin, OwnPage, TemplateView):
    template_name = "directory/own_services.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        organisation = self.organisation
        return super().get_context_data(**kwargs) | {
            "services": queries.own_services(organisation),
            "points": organisation.points.select_related("region"),
            "public_url": reverse("directory:provider", args=[organisation.uscc]),
        }


class AddService(OwnPage, ActionPage):
    title = _("Add a service")
    submit_label = _("Put it on the list")
    done_message = _("The service is on your public list.")
    form_class = ServiceForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"organisation": self.organisation}

    def perform(self, form: ServiceForm) -> Service:
        return actions.list_service(self.organisation, by=self.request.user, **form.cleaned_data)


class OneService(OwnPage):
    @property
    def service(self) -> Service:
        return get_object_or_404(
            Service.objects.visible_to(self.request.user), pk=self.kwargs["pk"], organisation=self.organisation
        )


class ChangeService(OneService, ActionPage):
    title = _("Change the service")
    submit_label = _("Save")
    done_message = _("Saved. Residents see the new price from now on.")
    form_class = ServiceForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"organisation": self.organisation}

    def get_initial(self) -> dict[str, Any]:
        service = self.service
        return {name: getattr(service, name) for name in ServiceForm.base_fields}

    def perform(self, form: ServiceForm) -> Service:
        return actions.change_service(self.service, by=self.request.user, **form.cleaned_data)


class WithdrawService(OneService, ActionPage):
    title = _("Take the service off the list")
    intro = _("Residents won't find it any more, and vouchers can't pay for it. You can list it again at any time.")
    submit_label = _("Take it off the list")
    danger = True
    done_message = _("The service is off the list.")

    def get_form(self, form_class=None):
        self.service  # noqa: B018 - a stranger gets 404 before the form
        return Form(**self.get_form_kwargs())

    def perform(self, form) -> Service:
        return actions.withdraw_service(self.service, by=self.request.user)


class RelistService(OneService, ActionPage):
    title = _("List the service again")
    submit_label = _("List it again")
    done_message = _("The service is on your public list.")

    def get_form(self, form_class=None):
        self.service  # noqa: B018 - a stranger gets 404 before the form
        return Form(**self.get_form_kwargs())

    def perform(self, form) -> Service:
        return actions.relist_service(self.service, by=self.request.user)


class AddPoint(OwnPage, ActionPage):
    title = _("Add a service point")
    submit_label = _("Add it")
    done_message = _("The service point is in the directory.")
    form_class = PointForm

    def get_form(self, form_class=None):
        self.organisation  # noqa: B018 - a stranger gets 404 before the form
        return super().get_form(form_class)

    def perform(self, form: PointForm) -> Any:
        return actions.open_point(self.organisation, by=self.request.user, **form.cleaned_data)
