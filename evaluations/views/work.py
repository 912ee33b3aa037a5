"""The desk, the working page of an engagement, and its verbs."""

import datetime
from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.generic import DetailView
from django_fsm import can_proceed

from evaluations import actions, policies, queries
from evaluations.documents import bars_of
from evaluations.forms import ConcludeForm, PlanForm, ReplyForm, StartForm
from evaluations.models import Engagement, Scorecard
from marketplace.pages import clock
from marketplace.pages.lists import ListPage
from marketplace.pages.views import ActionPage
from marketplace.parties.models import Role
from marketplace.parties.policies import has_role_anywhere


class EngagementDesk(LoginRequiredMixin, ListPage):
    """The evaluations that one's organisation takes part in."""

    template_name = "evaluations/desk.html"
    title = gettext_lazy("Evaluations")
    empty_title = gettext_lazy("No evaluations yet")
    empty_text = gettext_lazy("A bureau plans an evaluation of a contract that it has signed.")

    def get_rows(self) -> QuerySet[Engagement]:
        if not self.request.organisation:
            return Engagement.objects.none()
        return queries.desk_of(self.request.user, self.request.organisation)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "may_plan": has_role_anywhere(self.request.user, Role.OFFICER),
            "sheets": Scorecard.objects.filter(scorer=self.request.user, state=Scorecard.State.OPEN).select_related(
                "engagement__contract__supplier"
            ),
        }


class WorkPage(LoginRequiredMixin, DetailView):
    """One engagement for the three parties: what has been done, what comes next. Marks only once all are in."""

    template_name = "evaluations/work.html"
    context_object_name = "engagement"

    def get_queryset(self) -> QuerySet[Engagement]:
        return Engagement.objects.visible_to(self.request.user).select_related(*queries.SIDES, "report", "appeal")

    def get_object(self, queryset: QuerySet[Engagement] | None = None) -> Engagement:
        engagement = super().get_object(queryset)
        if not policies.is_party(self.request.user, engagement):
            raise Http404
        return engagement

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        engagement, user = self.object, self.request.user
        context = super().get_context_data(**kwargs) | {
            "contract": engagement.contract,
            "sheets": engagement.scorecards.select_related("scorer"),
            "my_sheet": engagement.scorecards.filter(scorer=user, state=Scorecard.State.OPEN).first(),
            "may_start": can_proceed(engagement.start) and policies.may_start(user, engagement),
            "may_add_scorer": engagement.state == Engagement.State.SCORING and policies.may_start(user, engagement),
            "readable": set(
                Scorecard.objects.visible_to(user).filter(engagement=engagement).values_list("pk", flat=True)
            ),
            "may_see_fieldwork": policies.may_see_fieldwork(user, engagement),
            "may_conclude": engagement.is_locked
            and engagement.state != Engagement.State.PUBLISHED
            and policies.may_conclude(user, engagement),
            "may_reply": engagement.state == Engagement.State.SCORED
            and bool(engagement.findings)
            and clock.today() <= engagement.reply_by
            and policies.may_reply(user, engagement),
            "may_appeal": can_proceed(engagement.take_appeal)
            and bool(engagement.findings)
            and clock.today() <= engagement.reply_by
            and not hasattr(engagement, "appeal")
            and policies.may_reply(user, engagement),
            "may_publish": can_proceed(engagement.publish)
            and bool(engagement.findings)
            and policies.may_publish(user, engagement),
            "breadcrumbs": [(_("Evaluations"), reverse("evaluations:desk")), (engagement.number, "")],
        }
        if engagement.state == Engagement.State.MODERATING and policies.may_moderate(user, engagement):
            context |= {"outliers": queries.outliers(engagement), "may_moderate": True}
        if engagement.is_locked:
            lines, total = queries.results(engagement)
            agreement = queries.agreement_of(engagement)
            context |= {"lines": lines, "total": total, "bars": bars_of(lines), "agreement": agreement}
            context["appeal"] = getattr(engagement, "appeal", None)
        return context


class PlanPage(ActionPage):
    """A bureau plans an evaluation."""

    form_class = PlanForm
    title = gettext_lazy("Plan an evaluation")
    submit_label = gettext_lazy("Plan")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not has_role_anywhere(request.user, Role.OFFICER):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"contracts": queries.contracts_to_evaluate(self.request.user)}

    def get_initial(self) -> dict[str, Any]:
        return {"due_on": clock.today() + datetime.timedelta(days=30), "contract": self.request.GET.get("contract")}

    def perform(self, form: Form) -> Engagement:
        cleaned = dict(form.cleaned_data)
        if cleaned.pop("is_drawn"):
            cleaned.pop("evaluator")
            pool = list(form.fields["evaluator"].queryset)
            return actions.draw_engagement(pool=pool, by=self.request.user, **cleaned)
        return actions.plan_engagement(by=self.request.user, **cleaned)

    def get_success_url(self) -> str:
        return reverse("evaluations:work", args=[self.object.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"back_url": reverse("evaluations:desk")}


class EngagementAction(ActionPage):
    """A page of one engagement. Strangers get 404; parties without the role 403."""

    policy: Callable[..., bool]

    @cached_property
    def engagement(self) -> Engagement:
        engagement = get_object_or_404(
            Engagement.objects.visible_to(self.request.user).select_related(*queries.SIDES), pk=self.kwargs["pk"]
        )
        if not policies.is_party(self.request.user, engagement):
            raise Http404
        return engagement

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not type(self).policy(request.user, self.engagement):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_success_url(self) -> str:
        return reverse("evaluations:work", args=[self.engagement.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "engagement": self.engagement,
            "contract": self.engagement.contract,
            "back_url": self.get_success_url(),
            "breadcrumbs": [
                (_("Evaluations"), reverse("evaluations:desk")),
                (self.engagement.number, self.get_success_url()),
                (self.get_title(), ""),
            ],
        }


class StartPage(EngagementAction):
    form_class = StartForm
    policy = policies.may_start
    title = gettext_lazy("Declare independence and name the scorers")
    submit_label = gettext_lazy("Begin scoring")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"engagement": self.engagement}

    def perform(self, form: Form) -> Engagement:
        return actions.start_scoring(
            self.engagement,
            scorers=list(form.cleaned_data["scorers"]),
            is_independent=form.cleaned_data["is_independent"],
            by=self.request.user,
        )


class ConcludePage(EngagementAction):
    form_class = ConcludeForm
    policy = policies.may_conclude
    title = gettext_lazy("Findings and recommendations")
    submit_label = gettext_lazy("Save and tell the provider")

    def get_initial(self) -> dict[str, Any]:
        return {"findings": self.engagement.findings, "recommendations": self.engagement.recommendations}

    def perform(self, form: Form) -> Engagement:
        return actions.conclude(self.engagement, by=self.request.user, **form.cleaned_data)


class ReplyPage(EngagementAction):
    form_class = ReplyForm
    policy = policies.may_reply
    title = gettext_lazy("Reply to the evaluation")
    submit_label = gettext_lazy("Send the reply")

    def perform(self, form: Form) -> Engagement:
        return actions.reply_to_engagement(self.engagement, by=self.request.user, **form.cleaned_data)


class PublishPage(EngagementAction):
    policy = policies.may_publish
    title = gettext_lazy("Publish the evaluation")
    intro = gettext_lazy("Score, findings and reply become public, and the grade stands in the directory.")
    submit_label = pgettext_lazy("evaluation", "Publish")
    done_message = gettext_lazy("Published.")

    def perform(self, form: Form) -> Engagement:
        return actions.publish_engagement(self.engagement, by=self.request.user)
