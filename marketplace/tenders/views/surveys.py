"""Demand surveys: a form that any resident fills in without signing in, and the bureau's side of it."""

import datetime
from typing import Any

from django import forms
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView, TemplateView

from marketplace.pages import clock
from marketplace.pages.exports import Column
from marketplace.pages.lists import ListPage
from marketplace.pages.views import ActionPage, refuse

from .. import policies
from ..actions import answer_survey, change_survey, conclude_survey, draft_survey, publish_survey
from ..forms.planning import AnswerForm, ConclusionForm, SurveyForm
from ..models import DemandSurvey
from ..queries.surveys import published_surveys, results_of, surveys_of
from .base import desk_crumbs

SALT = "tenders.survey"
LONGEST_VISIT = datetime.timedelta(days=2)


def new_token() -> str:
    """Which page this is and when it was opened, by the database's clock, signed."""
    return signing.dumps([get_random_string(24), clock.now().isoformat()], salt=SALT)


def read_token(token: str) -> tuple[str, datetime.datetime]:
    """(page, moment). Raises ValidationError `token` when it is not ours or older than two days."""
    try:
        page, opened = signing.loads(token, salt=SALT)
        opened_at = datetime.datetime.fromisoformat(opened)
    except (signing.BadSignature, ValueError, TypeError):
        opened_at = None
    if opened_at is None or clock.now() - opened_at > LONGEST_VISIT:
        raise ValidationError(_("This page is too old. Please open it again."), code="token")
    return page, opened_at


class SurveyList(ListPage):
    """Where residents are asked now, and what came of it before."""

    title = gettext_lazy("What do you need?")
    intro = gettext_lazy("Before a service is bought, the bureaus ask the people it is for. No sign-in, no name.")
    template_name = "tenders/surveys.html"
    empty_title = gettext_lazy("No question is being asked at present")
    empty_text = gettext_lazy("When a bureau asks, it stands here.")

    def get_rows(self) -> QuerySet[DemandSurvey]:
        return published_surveys()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"now": clock.now()}


class SurveyPage(FormView):
    """Answering, and once it is closed, the result. The page carries a signed time: no cookie, no account."""

    template_name = "tenders/survey.html"
    form_class = AnswerForm
    survey: DemandSurvey

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.survey = get_object_or_404(DemandSurvey.objects.public().select_related("bureau"), number=kwargs["number"])
        return super().dispatch(request, *args, **kwargs)

    def get_initial(self) -> dict[str, Any]:
        return {"token": new_token()}

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"survey": self.survey}

    def form_valid(self, form: AnswerForm) -> HttpResponse:
        thanks = HttpResponseRedirect(reverse("tenders:survey_thanks", args=[self.survey.number]))
        if form.is_machine():
            return thanks  # it learns nothing from us
        meta = self.request.META
        origin = f"{meta.get('REMOTE_ADDR', '')} {meta.get('HTTP_USER_AGENT', '')}"
        try:
            token, opened_at = read_token(form.cleaned_data["token"])
            answer_survey(self.survey, form.replies(), origin=origin, token=token, opened_at=opened_at)
        except ValidationError as refusal:
            refuse(form, refusal)
            return self.form_invalid(form)
        return thanks

    def form_invalid(self, form: AnswerForm) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs) | {
            "survey": self.survey,
            "takes_answers": self.survey.takes_answers_at(clock.now()),
            "breadcrumbs": [(_("What do you need?"), reverse("tenders:surveys")), (self.survey.title, None)],
        }
        if self.survey.concluded_at:
            context["answered"], context["results"] = results_of(self.survey, for_public=True)
        return context


class SurveyThanks(TemplateView):
    template_name = "tenders/survey_thanks.html"

    def get_context_data(self, number: str, **kwargs: Any) -> dict[str, Any]:
        survey = get_object_or_404(DemandSurvey.objects.public(), number=number)
        return super().get_context_data(**kwargs) | {"survey": survey}


def survey_crumbs(*more: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    return desk_crumbs(None, (_("Demand surveys"), reverse("tenders:survey_desks")), *more)


class SurveyDesks(LoginRequiredMixin, ListPage):
    title = gettext_lazy("Demand surveys")
    intro = gettext_lazy("Residents are heard before a public service is bought; the tender cites what they said.")
    template_name = "tenders/survey_desks.html"
    columns = (
        Column(gettext_lazy("Title"), "title", link=lambda survey: survey.get_desk_url()),
        Column(gettext_lazy("Number"), lambda survey: survey.number or ""),
        Column(gettext_lazy("Open until"), "closes_at", kind="moment"),
        Column(gettext_lazy("Answers"), "answer_count", kind="number"),
        Column(gettext_lazy("Concluded"), "concluded_at", kind="moment"),
    )
    empty_title = gettext_lazy("No survey yet")
    empty_text = gettext_lazy("Three to six questions are answered; twenty are not.")

    def get_rows(self) -> QuerySet[DemandSurvey]:
        return surveys_of(DemandSurvey.objects.visible_to(self.request.user))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        may_ask = policies.may_draft(self.request.user, self.request.organisation or None)
        context = super().get_context_data(**kwargs) | {
            "may_ask": may_ask,
            "breadcrumbs": desk_crumbs(None, (str(self.title), None)),
        }
        if may_ask:
            context |= {"empty_action_url": reverse("tenders:new_survey"), "empty_action_label": _("Write a survey")}
        return context


class NewSurvey(ActionPage):
    title = gettext_lazy("Write a survey")
    template_name = "tenders/survey_form.html"
    form_class = SurveyForm
    submit_label = gettext_lazy("Save and look at it")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not policies.may_draft(request.user, request.organisation or None):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def perform(self, form: SurveyForm) -> DemandSurvey:
        cleaned = form.cleaned_data
        return draft_survey(
            self.request.organisation,
            cleaned["title"],
            form.questions(),
            about=cleaned["about"],
            closes_at=cleaned["closes_at"],
            by=self.request.user,
        )

    def get_success_url(self) -> str:
        return self.object.get_desk_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "back_url": reverse("tenders:survey_desks"),
            "breadcrumbs": survey_crumbs((str(self.title), None)),
        }


class SurveyDesk(LoginRequiredMixin, TemplateView):
    """One survey: its questions, every answer, what to do next."""

    template_name = "tenders/survey_desk.html"

    def get_context_data(self, pk: str, **kwargs: Any) -> dict[str, Any]:
        user, now = self.request.user, clock.now()
        survey = get_object_or_404(DemandSurvey.objects.visible_to(user).select_related("bureau"), pk=pk)
        may_run = policies.may_run_survey(user, survey)
        answered, results = results_of(survey, for_public=not may_run)
        return super().get_context_data(**kwargs) | {
            "survey": survey,
            "answered": answered,
            "results": results,
            "may_change": policies.may_change_survey(user, survey),
            "may_conclude": may_run and survey.number and survey.closes_at <= now and not survey.concluded_at,
            "takes_answers": survey.takes_answers_at(now),
            "tenders": list(survey.tenders.order_by("created_at")),
            "breadcrumbs": survey_crumbs((survey.title, None)),
        }


class SurveyVerb(ActionPage):
    """A page that does something to one survey of the bureau's own."""

    policy = staticmethod(policies.may_change_survey)
    survey: DemandSurvey

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            rows = DemandSurvey.objects.visible_to(request.user).select_related("bureau")
            self.survey = get_object_or_404(rows, pk=kwargs["pk"])
            if not self.policy(request.user, self.survey):
                raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_success_url(self) -> str:
        return self.survey.get_desk_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        url = self.survey.get_desk_url()
        return super().get_context_data(**kwargs) | {
            "survey": self.survey,
            "back_url": url,
            "breadcrumbs": survey_crumbs((self.survey.title, url), (str(self.title), None)),
        }


class ChangeSurvey(SurveyVerb):
    title = gettext_lazy("Change the survey")
    template_name = "tenders/survey_form.html"
    form_class = SurveyForm
    submit_label = gettext_lazy("Save and look at it")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"instance": self.survey}

    def perform(self, form: SurveyForm) -> DemandSurvey:
        cleaned = form.cleaned_data
        return change_survey(
            self.survey,
            cleaned["title"],
            form.questions(),
            about=cleaned["about"],
            closes_at=cleaned["closes_at"],
            by=self.request.user,
        )


class PublishSurvey(SurveyVerb):
    title = gettext_lazy("Open the survey to everyone?")
    intro = gettext_lazy("From then on its questions stay as they are.")
    submit_label = gettext_lazy("Open it to everyone")
    done_message = gettext_lazy("It is open. Hang the address where people pass by.")

    def perform(self, form: forms.Form) -> DemandSurvey:
        return publish_survey(self.survey, by=self.request.user)


class ConcludeSurvey(SurveyVerb):
    title = gettext_lazy("What follows from the answers?")
    policy = staticmethod(policies.may_run_survey)
    form_class = ConclusionForm
    submit_label = gettext_lazy("Publish figures and conclusion")
    done_message = gettext_lazy("Published. Tenders may cite it now.")

    def perform(self, form: ConclusionForm) -> DemandSurvey:
        return conclude_survey(self.survey, form.cleaned_data["conclusion"], by=self.request.user)
