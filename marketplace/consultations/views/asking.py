"""A bureau writes and opens a consultation, and sees how it goes."""

from typing import Any

from django import forms
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from marketplace.pages import clock
from marketplace.pages.exports import Column
from marketplace.pages.lists import ListPage
from marketplace.pages.views import ActionPage
from marketplace.parties.models import Organisation

from .. import policies
from ..actions import change_consultation, draft_consultation, publish_consultation
from ..forms import ConsultationForm
from ..models import Consultation
from ..queries import consultations_of
from ..results import results_of


def crumbs(*more: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    return [(_("Desk"), reverse("desk")), (_("Consultations"), reverse("consultations:desks")), *more]


class Desks(LoginRequiredMixin, ListPage):
    """The bureau's consultations, and every open one that this desk may write answers for."""

    title = gettext_lazy("Consultations")
    intro = gettext_lazy("Residents are asked before it is decided; what they said is published, and what was done.")
    template_name = "consultations/desks.html"
    columns = (
        Column(gettext_lazy("Title"), "local_title", link=lambda one: one.get_desk_url()),
        Column(gettext_lazy("Number"), lambda one: one.number or ""),
        Column(gettext_lazy("Bureau"), "bureau"),
        Column(gettext_lazy("State"), "get_state_display"),
        Column(gettext_lazy("Open until"), "closes_at", kind="moment"),
        Column(gettext_lazy("Answers"), "answer_count", kind="number"),
    )
    empty_title = gettext_lazy("No consultation yet")
    empty_text = gettext_lazy("Three to six questions are answered; twenty are not.")

    def get_rows(self) -> QuerySet[Consultation]:
        return consultations_of(self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        may_ask = policies.may_consult(self.request.user, self.request.organisation or None)
        context = super().get_context_data(**kwargs) | {
            "may_ask": may_ask,
            "breadcrumbs": [(_("Desk"), reverse("desk")), (str(self.title), None)],
        }
        if may_ask:
            context |= {
                "empty_action_url": reverse("consultations:new"),
                "empty_action_label": _("Write a consultation"),
            }
        return context


class Writing(ActionPage):
    """The form of a consultation and its questions."""

    template_name = "consultations/form.html"
    form_class = ConsultationForm
    submit_label = gettext_lazy("Save and look at it")

    @property
    def bureau(self) -> Organisation:
        raise NotImplementedError

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"bureau": self.bureau}

    def get_success_url(self) -> str:
        return self.object.get_desk_url()


class New(Writing):
    title = gettext_lazy("Write a consultation")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not policies.may_consult(request.user, request.organisation or None):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @property
    def bureau(self) -> Organisation:
        return self.request.organisation

    def get_initial(self) -> dict[str, Any]:
        """From a draft standard's page the standard is chosen already."""
        return {"standard": self.request.GET.get("standard", "")}

    def perform(self, form: ConsultationForm) -> Consultation:
        cleaned = form.cleaned_data
        return draft_consultation(
            self.bureau, form.questions(), list(cleaned["regions"]), by=self.request.user, **form.fields_of()
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "back_url": reverse("consultations:desks"),
            "breadcrumbs": crumbs((str(self.title), None)),
        }


class OfConsultation(ActionPage):
    """A page that does something to one consultation. A stranger's draft is not found; `policy` guards the verb."""

    policy = staticmethod(policies.may_run)
    consultation: Consultation

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            rows = Consultation.objects.visible_to(request.user).select_related("bureau__region", "standard__standard")
            self.consultation = get_object_or_404(rows, pk=kwargs["pk"])
            if not self.policy(request.user, self.consultation):
                raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_success_url(self) -> str:
        return self.consultation.get_desk_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        url = self.consultation.get_desk_url()
        return super().get_context_data(**kwargs) | {
            "consultation": self.consultation,
            "back_url": url,
            "breadcrumbs": crumbs((self.consultation.local_title, url), (str(self.get_title()), None)),
        }


class Change(OfConsultation, Writing):
    title = gettext_lazy("Change the consultation")
    policy = staticmethod(policies.may_change)

    @property
    def bureau(self) -> Organisation:
        return self.consultation.bureau

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"instance": self.consultation}

    def perform(self, form: ConsultationForm) -> Consultation:
        cleaned = form.cleaned_data
        return change_consultation(
            self.consultation, form.questions(), list(cleaned["regions"]), by=self.request.user, **form.fields_of()
        )

    def get_success_url(self) -> str:
        return self.consultation.get_desk_url()


class Publish(OfConsultation):
    title = gettext_lazy("Put it before the public?")
    intro = gettext_lazy("From then on its questions stay as they are. Community workers are told.")
    submit_label = gettext_lazy("Publish it")
    done_message = gettext_lazy("It is published. Print sheets for those who read no screen.")
    policy = staticmethod(policies.may_change)

    def perform(self, form: forms.Form) -> Consultation:
        return publish_consultation(self.consultation, by=self.request.user)


class Desk(LoginRequiredMixin, TemplateView):
    """One consultation: its questions, how many answered by which channel, what to do next."""

    template_name = "consultations/desk.html"

    def get_context_data(self, pk: str, **kwargs: Any) -> dict[str, Any]:
        user, now = self.request.user, clock.now()
        rows = Consultation.objects.visible_to(user).select_related("bureau__region", "standard__standard")
        consultation = get_object_or_404(rows.prefetch_related("regions"), pk=pk)
        may_run = policies.may_run(user, consultation)
        may_enter = policies.may_enter(user, consultation)
        if not may_run and not may_enter:  # how it stands before the results are published, is theirs alone
            raise PermissionDenied
        results = results_of(consultation, for_public=not may_run)
        is_open = consultation.takes_answers_at(now)
        is_closed = consultation.is_closed_at(now)
        runs = list(consultation.sheet_runs.select_related("region", "printed_by")[:20])
        return super().get_context_data(**kwargs) | {
            "consultation": consultation,
            "regions": list(consultation.regions.all()),
            "results": results,
            "waiting": sum(result.waiting for result in results.questions),
            "runs": runs,
            "is_printing": any(run.paper_id is None for run in runs),
            "outcomes": list(consultation.outcomes.all()),
            "is_open": is_open,
            "is_closed": is_closed,
            "may_run": may_run,
            "may_change": policies.may_change(user, consultation),
            "may_print": is_open_or_to_come(consultation, is_closed=is_closed) and (may_run or may_enter),
            "may_enter": is_open and may_enter,
            "may_type_in": consultation.state == Consultation.State.OPEN and (may_run or may_enter),
            "may_report": may_run and is_closed and not consultation.has_results,
            "may_conclude": may_run and consultation.has_results,
            "may_adopt": may_run
            and consultation.state == Consultation.State.CONCLUDED
            and consultation.standard is not None
            and consultation.standard.state == "comment",
            "breadcrumbs": crumbs((consultation.local_title, None)),
        }


def is_open_or_to_come(consultation: Consultation, *, is_closed: bool) -> bool:
    return consultation.state == Consultation.State.OPEN and not is_closed
