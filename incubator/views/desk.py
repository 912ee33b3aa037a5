"""The manager's desk, an application, and the verbs."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.generic import DetailView
from django_fsm import can_proceed

from incubator import actions, policies, queries
from incubator.forms import AdmitForm, CheckForm, CohortForm
from incubator.models import Application, Cohort
from marketplace.pages.forms import ReasonForm
from marketplace.pages.lists import ListPage
from marketplace.pages.views import ActionPage


class CohortDesk(LoginRequiredMixin, ListPage):
    """The cohorts of the hub one acts for."""

    template_name = "incubator/desk.html"
    title = gettext_lazy("Cohorts")
    empty_title = gettext_lazy("No cohort yet")
    empty_text = gettext_lazy("Write a call: what you offer, how many places, until when.")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not (
            request.organisation and policies.may_open_cohort(request.user, request.organisation)
        ):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_rows(self) -> QuerySet[Cohort]:
        return queries.cohorts_of(self.request.organisation)


class DraftPage(ActionPage):
    """Write a call."""

    form_class = CohortForm
    title = gettext_lazy("A new cohort")
    submit_label = gettext_lazy("Save the draft")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not (
            request.organisation and policies.may_open_cohort(request.user, request.organisation)
        ):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def perform(self, form: Form) -> Cohort:
        return actions.draft_cohort(self.request.organisation, by=self.request.user, **form.cleaned_data)

    def get_success_url(self) -> str:
        return reverse("incubator:manage", args=[self.object.number])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"back_url": reverse("incubator:desk")}


def cohorts_managed_by(request: HttpRequest) -> QuerySet[Cohort]:
    mine = request.user.memberships.filter(ended_at=None, role="manager").values("organisation")
    return Cohort.objects.filter(hub__in=mine).select_related("hub")


class ManagePage(LoginRequiredMixin, DetailView):
    """One cohort for its manager: places, applications, what can be done."""

    template_name = "incubator/manage.html"
    slug_field = slug_url_kwarg = "number"
    context_object_name = "cohort"

    def get_queryset(self) -> QuerySet[Cohort]:
        return cohorts_managed_by(self.request)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        cohort = self.object
        return super().get_context_data(**kwargs) | {
            "applications": queries.applications_in(cohort),
            "taken": queries.places_taken(cohort),
            "may_publish": can_proceed(cohort.publish),
            "may_begin": can_proceed(cohort.begin),
            "may_finish": can_proceed(cohort.finish),
            "may_match": cohort.state in (Cohort.State.OPEN, Cohort.State.RUNNING),
            "breadcrumbs": [(_("Cohorts"), reverse("incubator:desk")), (cohort.local_title, "")],
        }


class CohortAction(ActionPage):
    """A page of one of the manager's cohorts. Others' are 404."""

    verb: Callable[..., Any]

    @cached_property
    def cohort(self) -> Cohort:
        return get_object_or_404(cohorts_managed_by(self.request), number=self.kwargs["number"])

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            _cohort = self.cohort
        return super().dispatch(request, *args, **kwargs)

    def perform(self, form: Form) -> Any:
        return type(self).verb(self.cohort, by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("incubator:manage", args=[self.cohort.number])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"cohort": self.cohort, "back_url": self.get_success_url()}


class PublishPage(CohortAction):
    verb = actions.publish_cohort
    title = gettext_lazy("Publish the call")
    submit_label = gettext_lazy("Publish")
    done_message = gettext_lazy("The call is public.")


class BeginPage(CohortAction):
    verb = actions.begin_cohort
    title = gettext_lazy("Close the call and begin")
    submit_label = pgettext_lazy("cohort", "Begin")


class FinishPage(CohortAction):
    verb = actions.finish_cohort
    title = gettext_lazy("End the cohort")
    submit_label = gettext_lazy("End")


class MatchesPage(CohortAction):
    """Open tenders that fit those admitted; one button tells them all."""

    template_name = "incubator/matches.html"
    title = gettext_lazy("Fitting tenders")
    submit_label = gettext_lazy("Tell them")

    def perform(self, form: Form) -> Any:
        told = actions.tell_matches(self.cohort, by=self.request.user)
        self.done_message = ngettext("%(count)s fitting tender told.", "%(count)s fitting tenders told.", len(told)) % {
            "count": len(told)
        }
        return self.cohort

    def get_success_url(self) -> str:
        return reverse("incubator:matches", args=[self.cohort.number])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        fits = queries.fitting_tenders(self.cohort)
        return super().get_context_data(**kwargs) | {
            "fits": fits,
            "untold": sum(not fit.is_told for fit in fits),
            "back_url": reverse("incubator:manage", args=[self.cohort.number]),
        }


class ApplicationPage(LoginRequiredMixin, DetailView):
    """One application, for the hub and for the organisation."""

    template_name = "incubator/application.html"
    context_object_name = "application"

    def get_queryset(self) -> QuerySet[Application]:
        return (
            Application.objects.visible_to(self.request.user)
            .select_related("cohort__hub", "organisation", "region")
            .prefetch_related("interests", "matches__tender")
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        application, user = self.object, self.request.user
        decides = policies.may_decide(user, application)
        return super().get_context_data(**kwargs) | {
            "decides": decides,
            "may_check": decides and can_proceed(application.check_off),
            "may_admit": decides and can_proceed(application.admit),
            "may_refuse": decides and can_proceed(application.refuse),
            "may_graduate": decides and can_proceed(application.graduate),
            "subsidies": application.subsidies.select_related("bureau"),
            "may_ask_subsidy": decides and application.state == Application.State.ADMITTED,
            "may_leave": policies.may_leave(user, application) and can_proceed(application.leave),
            "breadcrumbs": [
                (_("Cohorts"), reverse("incubator:manage", args=[application.cohort.number]))
                if decides
                else (_("Incubation"), reverse("incubator:mine")),
                (str(application.organisation), ""),
            ],
        }


class ApplicationAction(ActionPage):
    """A page of one application."""

    policy: Callable[..., bool] = policies.may_decide
    form_class: type[Form] = ReasonForm
    verb: Callable[..., Any]

    @cached_property
    def application(self) -> Application:
        return get_object_or_404(
            Application.objects.visible_to(self.request.user).select_related("cohort__hub", "organisation"),
            pk=self.kwargs["pk"],
        )

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not type(self).policy(request.user, self.application):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def perform(self, form: Form) -> Any:
        return type(self).verb(self.application, by=self.request.user, **form.cleaned_data)

    def get_success_url(self) -> str:
        return self.application.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "application": self.application,
            "back_url": self.get_success_url(),
            "intro": self.application.organisation,
        }


class CheckPage(ApplicationAction):
    verb = actions.check_application
    form_class = CheckForm
    title = gettext_lazy("Check the application")
    submit_label = gettext_lazy("In order")


class AdmitPage(ApplicationAction):
    verb = actions.admit
    form_class = AdmitForm
    title = gettext_lazy("Admit")
    submit_label = gettext_lazy("Admit")

    def get_initial(self) -> dict[str, Any]:
        return {"desks": self.application.desks_wanted}


class RefusePage(ApplicationAction):
    verb = actions.refuse_application
    title = pgettext_lazy("admission", "Refuse")
    submit_label = pgettext_lazy("admission", "Refuse")
    danger = True


class GraduatePage(ApplicationAction):
    verb = actions.graduate
    title = gettext_lazy("Graduate")
    submit_label = gettext_lazy("Graduate")


class LeavePage(ApplicationAction):
    verb = actions.leave_cohort
    policy = policies.may_leave
    title = gettext_lazy("Give the place back")
    submit_label = gettext_lazy("Leave")
    danger = True
