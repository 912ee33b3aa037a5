"""Assessments by two people, plans of care, and what is received from elsewhere."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from marketplace.pages.views import ActionPage
from marketplace.parties.models import User
from marketplace.residents import actions, policies
from marketplace.residents.forms import BenefitForm, CarePlanForm, ConfirmForm, EndBenefitForm, ScoreForm
from marketplace.residents.models import Assessment, Benefit, CarePlan, Resident

from .base import OneResident


class Assessing(OneResident):
    """About a resident whom the reader may assess; the way back is the one window where there is one."""

    def allows(self, user: User, resident: Resident) -> bool:
        return policies.may_assess(user, resident)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"resident": self.resident, "back_url": self.get_success_url()}

    def get_success_url(self) -> str:
        try:
            return reverse("vouchers:window_of", args=[self.kwargs["pk"]])
        except NoReverseMatch:
            return super().get_success_url()


class Assess(Assessing, ActionPage):
    form_class = ScoreForm
    template_name = "residents/assess.html"
    title = _("Assess the abilities")
    intro = _("26 items of GB/T 42195. Seldom is everything full: ask, and let it be shown.")
    submit_label = _("Hand in the scores")
    done_message = _("Handed in. A second assessor confirms it.")

    def perform(self, form: ScoreForm) -> Assessment:
        return actions.score_assessment(
            self.resident,
            form.cleaned_scores(),
            raised_by=form.cleaned_data["raised_by"],
            assessed_on=form.cleaned_data["assessed_on"],
            by=self.request.user,
            organisation=self.request.organisation,
        )


class ConfirmAssessment(Assessing, ActionPage):
    """The second assessor goes and looks, then says whether it is so."""

    form_class = ConfirmForm
    template_name = "residents/confirm_assessment.html"
    title = _("Second assessor: confirm the assessment")
    submit_label = _("Record it")
    done_message = _("Recorded.")

    @property
    def assessment(self) -> Assessment:
        return get_object_or_404(
            self.resident.assessments.select_related("first_assessor"), pk=self.kwargs["assessment"]
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        assessment = self.assessment
        causes = [actions.RAISES[code] for code in assessment.raised_by.split(",") if code in actions.RAISES]
        return super().get_context_data(**kwargs) | {"assessment": assessment, "causes": causes}

    def perform(self, form: ConfirmForm) -> Assessment:
        if form.cleaned_data["decision"] == "confirm":
            return actions.confirm_assessment(self.assessment, by=self.request.user)
        return actions.reject_assessment(self.assessment, note=form.cleaned_data["note"], by=self.request.user)


class WriteCarePlan(Assessing, ActionPage):
    form_class = CarePlanForm
    title = _("Plan the care")
    intro = _("What care, how many times a month, to what end. The plan before is kept.")
    submit_label = _("Save the plan")
    done_message = _("The plan is saved.")

    def perform(self, form: CarePlanForm) -> CarePlan:
        cleaned = form.cleaned_data
        return actions.write_care_plan(
            self.resident,
            goal=cleaned["goal"],
            review_on=cleaned["review_on"],
            needs=form.cleaned_needs(),
            by=self.request.user,
        )


class AddBenefit(Assessing, ActionPage):
    form_class = BenefitForm
    title = _("Note a benefit from elsewhere")
    intro = _("Some programmes are not given together with it.")
    submit_label = _("Record it")
    done_message = _("Recorded.")

    def perform(self, form: BenefitForm) -> Benefit:
        return actions.note_benefit(self.resident, by=self.request.user, **form.cleaned_data)


class EndBenefit(Assessing, ActionPage):
    form_class = EndBenefitForm
    intro = _("From the day after it stands in the way of no programme.")
    submit_label = _("Record it")
    done_message = _("Recorded.")

    @property
    def benefit(self) -> Benefit:
        return get_object_or_404(self.resident.benefits, pk=self.kwargs["benefit"])

    def get_title(self) -> str:
        return gettext("End “%(benefit)s”") % {"benefit": self.benefit}

    def perform(self, form: EndBenefitForm) -> Benefit:
        return actions.end_benefit(self.benefit, ends_on=form.cleaned_data["ends_on"], by=self.request.user)
