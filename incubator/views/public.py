"""The calls that anyone may read, and what a young organisation does with them."""

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
from django.utils.translation import gettext_lazy
from django.views.generic import DetailView, TemplateView

from incubator import actions, policies, queries
from incubator.forms import ApplyForm
from incubator.models import Application, Cohort
from marketplace.pages import clock
from marketplace.pages.lists import ListPage
from marketplace.pages.views import ActionPage


class CallList(ListPage):
    """Every published cohort."""

    template_name = "incubator/list.html"
    title = gettext_lazy("Incubation")
    intro = gettext_lazy("Space, help and work for young social organisations.")
    empty_title = gettext_lazy("No call has been published yet")
    empty_text = gettext_lazy("Calls for young organisations appear here.")

    def get_rows(self) -> QuerySet[Cohort]:
        return queries.calls()


def may_apply_now(request: HttpRequest, cohort: Cohort) -> bool:
    """The person speaks for a young organisation that has not applied, and the call is open today."""
    organisation = request.organisation if request.user.is_authenticated else None
    return bool(
        organisation
        and cohort.state == Cohort.State.OPEN
        and cohort.opens_on <= clock.today() <= cohort.closes_on
        and policies.may_apply(request.user, organisation)
        and not cohort.applications.filter(organisation=organisation).exists()
    )


class CallPage(DetailView):
    """One call. Public once published."""

    template_name = "incubator/call.html"
    slug_field = slug_url_kwarg = "number"
    context_object_name = "cohort"

    def get_queryset(self) -> QuerySet[Cohort]:
        return Cohort.objects.visible_to(self.request.user).select_related("hub")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        cohort, user = self.object, self.request.user
        return super().get_context_data(**kwargs) | {
            "taken": queries.places_taken(cohort),
            "inside": cohort.applications.filter(
                state__in=[Application.State.ADMITTED, Application.State.GRADUATED]
            ).select_related("organisation"),
            "may_apply": may_apply_now(self.request, cohort),
            "may_manage": user.is_authenticated and policies.may_manage(user, cohort),
            "breadcrumbs": [(_("Incubation"), reverse("incubator:list")), (cohort.local_title, "")],
        }


class ApplyPage(ActionPage):
    """Apply for the organisation one acts for."""

    form_class = ApplyForm
    submit_label = gettext_lazy("Apply")
    done_message = gettext_lazy("Your application is with the incubator.")

    @cached_property
    def cohort(self) -> Cohort:
        return get_object_or_404(Cohort.objects.published(), number=self.kwargs["number"])

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not (
            request.organisation and policies.may_apply(request.user, request.organisation)
        ):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_title(self) -> str:
        return _("Apply: %(cohort)s") % {"cohort": self.cohort.local_title}

    def get_initial(self) -> dict[str, Any]:
        return {"region": self.request.organisation.region_id}

    def perform(self, form: Form) -> Application:
        return actions.apply_to_cohort(
            self.cohort, self.request.organisation, by=self.request.user, **form.cleaned_data
        )

    def get_success_url(self) -> str:
        return self.object.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"back_url": self.cohort.get_absolute_url()}


class MinePage(LoginRequiredMixin, TemplateView):
    """What a young organisation has: its applications, its place, tenders that fit it."""

    template_name = "incubator/mine.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        applications = (
            Application.objects.visible_to(self.request.user)
            .filter(organisation=self.request.organisation.pk if self.request.organisation else None)
            .select_related("cohort__hub", "organisation")
            .prefetch_related("matches__tender__bureau", "interests")
            .order_by("-applied_at")
        )
        return super().get_context_data(**kwargs) | {
            "applications": applications,
            "calls": queries.calls().filter(state=Cohort.State.OPEN, closes_on__gte=clock.today()),
            "now": clock.now(),
        }
