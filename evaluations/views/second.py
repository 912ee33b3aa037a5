"""After all sheets are in: moderation by the lead, and the appeal to a second evaluator."""

from functools import cached_property
from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import DetailView

from evaluations import actions, policies, queries
from evaluations.forms import AppealForm, AssignForm, DecideForm, ModerateForm
from evaluations.models import Appeal, Engagement, Mark, Scorecard
from marketplace.pages.views import ActionPage

from .work import EngagementAction


class ModeratePage(EngagementAction):
    """One mark far from the others': let it stand or put another in its place."""

    template_name = "evaluations/moderate.html"
    form_class = ModerateForm
    policy = policies.may_moderate
    title = gettext_lazy("Look at an outlier")
    submit_label = gettext_lazy("Keep this")

    @cached_property
    def mark(self) -> Mark:
        return get_object_or_404(
            Mark.objects.filter(scorecard__engagement=self.engagement).select_related(
                "indicator", "scorecard__scorer", "moderation"
            ),
            pk=self.kwargs["mark"],
        )

    def get_initial(self) -> dict[str, Any]:
        moderation = getattr(self.mark, "moderation", None)
        return {
            "points": moderation.points if moderation else self.mark.points,
            "reason": moderation.reason if moderation else "",
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        others = Mark.objects.filter(
            scorecard__engagement=self.engagement, indicator=self.mark.indicator
        ).select_related("scorecard__scorer")
        return super().get_context_data(**kwargs) | {"mark": self.mark, "marks": others}

    def perform(self, form: Form) -> Any:
        return actions.moderate_mark(self.mark, by=self.request.user, **form.cleaned_data)


class SettlePage(EngagementAction):
    policy = policies.may_moderate
    title = gettext_lazy("Make the score")
    intro = gettext_lazy("Score and grade are made from the marks as they count. All parties then see the sheets.")
    submit_label = gettext_lazy("Make the score")

    def perform(self, form: Form) -> Engagement:
        return actions.settle_scores(self.engagement, by=self.request.user)


class LodgePage(EngagementAction):
    form_class = AppealForm
    policy = policies.may_reply
    title = gettext_lazy("Appeal to a second evaluator")
    intro = gettext_lazy("Another evaluator decides each indicator that you name. You may appeal once.")
    submit_label = gettext_lazy("Lodge the appeal")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"engagement": self.engagement}

    def perform(self, form: Form) -> Appeal:
        return actions.lodge_appeal(self.engagement, by=self.request.user, **form.cleaned_data)


class AssignPage(EngagementAction):
    form_class = AssignForm
    policy = policies.may_assign_appeal
    title = gettext_lazy("Name a second evaluator")
    submit_label = gettext_lazy("Hand over the appeal")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"engagement": self.engagement}

    def perform(self, form: Form) -> Appeal:
        appeal = get_object_or_404(Appeal, engagement=self.engagement)
        return actions.assign_appeal(appeal, form.cleaned_data["reviewer"], by=self.request.user)


def appeals_for(request: HttpRequest) -> Any:
    return Appeal.objects.visible_to(request.user).select_related(
        "engagement__contract__supplier", "engagement__contract__buyer", "engagement__evaluator",
        "engagement__framework", "reviewer",
    )  # fmt: skip


class AppealPage(LoginRequiredMixin, DetailView):
    """The appeal with its leaves, the marks in dispute, and what was decided."""

    template_name = "evaluations/appeal.html"
    context_object_name = "appeal"

    def get_queryset(self) -> Any:
        return appeals_for(self.request)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        appeal, user = self.object, self.request.user
        marks = queries.points_by_leaf(appeal.engagement)
        leaves = [(leaf, marks.get(leaf.indicator_id, [])) for leaf in appeal.leaves.select_related("indicator")]
        return super().get_context_data(**kwargs) | {
            "leaves": leaves,
            "sheets": Scorecard.objects.visible_to(user).filter(engagement=appeal.engagement).select_related("scorer"),
            "may_assign": appeal.state == Appeal.State.LODGED and policies.may_assign_appeal(user, appeal.engagement),
            "may_decide": appeal.state == Appeal.State.ASSIGNED and policies.may_decide_appeal(user, appeal),
        }


class DecidePage(ActionPage):
    template_name = "evaluations/decide.html"
    form_class = DecideForm
    title = gettext_lazy("Decide the appeal")
    submit_label = gettext_lazy("Hand in the decision")
    done_message = gettext_lazy("Decided. Score and grade have been made anew.")

    @cached_property
    def appeal(self) -> Appeal:
        return get_object_or_404(appeals_for(self.request), pk=self.kwargs["pk"])

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not policies.may_decide_appeal(request.user, self.appeal):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"appeal": self.appeal}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        marks = queries.points_by_leaf(self.appeal.engagement)
        leaves = self.appeal.leaves.select_related("indicator")
        return super().get_context_data(**kwargs) | {
            "appeal": self.appeal,
            "leaves": [(leaf, marks.get(leaf.indicator_id, [])) for leaf in leaves],
            "back_url": self.appeal.get_absolute_url(),
            "breadcrumbs": [
                (_("Evaluations"), reverse("evaluations:desk")),
                (self.appeal.engagement.number, self.appeal.get_absolute_url()),
                (self.get_title(), ""),
            ],
        }

    def perform(self, form: Form) -> Appeal:
        return actions.decide_appeal(self.appeal, decisions=form.decisions, by=self.request.user)

    def get_success_url(self) -> str:
        return self.appeal.get_absolute_url()
