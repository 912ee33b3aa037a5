"""The plan of an evaluation, the residents drawn for it, and what follows from a poor grade."""

from functools import cached_property
from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.forms import Form
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.generic import DetailView

from evaluations import actions, policies, queries
from evaluations.forms import FieldStepForm, FinishStepForm, SampleForm, SuspendForm
from evaluations.models import Draw, Engagement, FieldStep
from marketplace.residents.models import Resident

from .work import EngagementAction


class FieldworkPage(LoginRequiredMixin, DetailView):
    """Plan and draws, for the people of the evaluator and the buyer; residents masked, for the evaluator alone."""

    template_name = "evaluations/fieldwork.html"
    context_object_name = "engagement"

    def get_object(self, queryset: Any = None) -> Engagement:
        found = get_object_or_404(
            Engagement.objects.visible_to(self.request.user).select_related(*queries.SIDES), pk=self.kwargs["pk"]
        )
        if not policies.may_see_fieldwork(self.request.user, found):
            raise Http404
        return found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found, user = self.object, self.request.user
        draws = list(found.draws.all())
        sample = next((one for one in draws if one.purpose == Draw.Purpose.RESIDENTS), None)
        does = policies.may_do_fieldwork(user, found)
        residents = Resident.objects.filter(pk__in=sample.chosen) if sample and does else []
        by_id = {str(one.pk): one for one in residents}
        return super().get_context_data(**kwargs) | {
            "contract": found.contract,
            "steps": found.steps.all(),
            "draws": draws,
            "sample": sample,
            "residents": [by_id[pk] for pk in sample.chosen if pk in by_id] if sample else [],
            "may_plan": policies.may_start(user, found) and not found.is_locked,
            "may_do": does,
        }


class FieldworkAction(EngagementAction):
    policy = policies.may_start

    def get_success_url(self) -> str:
        return reverse("evaluations:fieldwork", args=[self.engagement.pk])


class PlanStepPage(FieldworkAction):
    form_class = FieldStepForm
    title = gettext_lazy("Put a step on the plan")
    submit_label = gettext_lazy("Plan it")

    def perform(self, form: Form) -> FieldStep:
        return actions.plan_step(self.engagement, by=self.request.user, **form.cleaned_data)


class FinishStepPage(FieldworkAction):
    policy = policies.may_do_fieldwork
    form_class = FinishStepForm
    title = gettext_lazy("Write what was seen")
    submit_label = gettext_lazy("It is done")

    @cached_property
    def step(self) -> FieldStep:
        return get_object_or_404(self.engagement.steps, pk=self.kwargs["step"])

    def perform(self, form: Form) -> FieldStep:
        return actions.finish_step(self.step, by=self.request.user, **form.cleaned_data)


class SamplePage(FieldworkAction):
    form_class = SampleForm
    title = gettext_lazy("Draw residents to ask")
    intro = gettext_lazy("From everyone who had a service of the provider within the contract. It can be done once.")
    submit_label = gettext_lazy("Draw")

    def perform(self, form: Form) -> Draw:
        return actions.draw_residents(self.engagement, by=self.request.user, **form.cleaned_data)


class SuspendPage(EngagementAction):
    policy = policies.may_demand
    form_class = SuspendForm
    title = gettext_lazy("Suspend an accreditation after a poor grade")
    submit_label = gettext_lazy("Suspend and tell the provider")
    danger = True

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"engagement": self.engagement}

    def perform(self, form: Form) -> Any:
        return actions.suspend_after_evaluation(self.engagement, by=self.request.user, **form.cleaned_data)

    def get_success_url(self) -> str:
        return self.engagement.get_absolute_url()
