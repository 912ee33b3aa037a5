"""The register of organisations: the operator's list, entering, admitting, and an organisation's own facts."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse, reverse_lazy
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.generic import ListView

from marketplace.pages.forms import ReasonForm
from marketplace.pages.views import ActionPage

from .. import actions, policies, queries
from ..forms import JoinForm, OwnFactsForm, RegisterFactsForm
from ..middleware import SESSION_KEY
from ..models import Organisation
from .members import OrganisationGuard
from .open import OpenPage


class OperatorOnly(LoginRequiredMixin):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not policies.is_operator(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


class OrganisationList(OperatorOnly, ListView):
    template_name = "parties/organisations.html"
    paginate_by = 25

    def get_queryset(self) -> QuerySet[Organisation]:
        return queries.organisations(
            self.request.user, text=self.request.GET.get("q", ""), state=self.request.GET.get("state", "")
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "states": Organisation.State.choices,
            "state": self.request.GET.get("state", ""),
            "text": self.request.GET.get("q", ""),
        }


class Register(OperatorOnly, ActionPage):
    form_class = RegisterFactsForm
    title = _("Enter an organisation")
    intro = _("From its registration certificate. Then invite its first person.")
    submit_label = _("Enter it")
    extra_context = {"back_url": reverse_lazy("parties:organisations")}

    def perform(self, form: Form) -> Organisation:
        return actions.register_organisation(**form.cleaned_data, by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("parties:members", args=[self.object.pk])


class Edit(OrganisationGuard, ActionPage):
    title = _("Facts of the organisation")
    submit_label = _("Save")
    done_message = _("Saved.")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not policies.may_edit_organisation(request.user, self.organisation):
            raise PermissionDenied
        return super().get(request, *args, **kwargs)

    def get_form_class(self) -> type[Form]:
        return RegisterFactsForm if policies.is_operator(self.request.user) else OwnFactsForm

    def get_initial(self) -> dict[str, Any]:
        return {name: getattr(self.organisation, name) for name in self.get_form_class().base_fields}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "intro": self.organisation,
            "back_url": self.get_success_url(),
        }

    def get_success_url(self) -> str:
        return reverse("parties:members", args=[self.organisation.pk])

    def perform(self, form: Form) -> Organisation:
        return actions.edit_organisation(self.organisation, by=self.request.user, **form.cleaned_data)


class _Decide(OperatorOnly, ActionPage):
    success_url = reverse_lazy("parties:organisations")
    template_name = "parties/decide.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.object = get_object_or_404(
            Organisation.objects.visible_to(request.user).select_related("region"), pk=self.kwargs["pk"]
        )
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "subject": self.object,
            "people": queries.members_of(self.object),
            "back_url": self.success_url,
        }


class Admit(_Decide):
    title = _("Admit this organisation?")
    intro = _("Compare it with the public register of social organisations first.")
    submit_label = _("Admit")
    done_message = _("Admitted. Its people can bid from now on.")

    def perform(self, form: Form) -> Organisation:
        return actions.admit_organisation(self.object, by=self.request.user)


class Refuse(_Decide):
    form_class = ReasonForm
    title = _("Refuse this organisation?")
    submit_label = pgettext_lazy("admission", "Refuse")
    done_message = _("Refused. The reason is kept.")
    danger = True

    def perform(self, form: Form) -> Organisation:
        return actions.refuse_organisation(self.object, **form.cleaned_data, by=self.request.user)


class Suspend(_Decide):
    form_class = ReasonForm
    title = _("Suspend this organisation?")
    intro = _("It can't bid and takes no vouchers until it is reinstated. Contracts that are signed go on.")
    submit_label = _("Suspend")
    danger = True

    def perform(self, form: Form) -> Organisation:
        return actions.suspend_organisation(self.object, **form.cleaned_data, by=self.request.user)


class Reinstate(_Decide):
    form_class = ReasonForm
    title = _("Reinstate this organisation?")
    submit_label = _("Reinstate")

    def perform(self, form: Form) -> Organisation:
        return actions.reinstate_organisation(self.object, **form.cleaned_data, by=self.request.user)


class Join(OpenPage):
    form_class = JoinForm
    title = _("Join as an organisation")
    intro = _("The operator checks your registration, then you can bid.")
    submit_label = _("Ask to join")
    success_url = reverse_lazy("desk")

    def get_form_kwargs(self) -> dict[str, Any]:
        user = self.request.user
        return super().get_form_kwargs() | {"person": user if user.is_authenticated else None}

    def perform(self, form: JoinForm) -> Organisation:
        user = self.request.user if self.request.user.is_authenticated else None
        facts = {"person_name": "", "person_email": "", "person_phone": "", "password": ""} | form.cleaned_data
        asking = actions.ask_to_join(**facts, language=get_language() or "", by=user)
        if user is None:
            login(
                self.request,
                asking.memberships.get().user,
                backend="marketplace.parties.backends.PhoneOrEmailBackend",
            )
        self.request.session[SESSION_KEY] = str(asking.pk)
        messages.success(self.request, _("You have asked to join. The operator checks your registration now."))
        return asking
