"""The scorer's sheet: like paper, with large boxes to tick."""

from functools import cached_property
from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from evaluations import actions, policies, queries
from evaluations.forms import SheetForm
from evaluations.models import Scorecard
from marketplace.pages.views import ActionPage


class ScorecardPage(ActionPage):
    """Fill in one's own sheet; save as often as wanted, hand in once."""

    template_name = "evaluations/scorecard.html"
    form_class = SheetForm

    @cached_property
    def scorecard(self) -> Scorecard:
        return get_object_or_404(
            Scorecard.objects.filter(scorer=self.request.user).select_related(
                "engagement__contract__buyer", "engagement__contract__supplier", "engagement__framework",
                "engagement__evaluator",
            ),
            pk=self.kwargs["pk"],
        )  # fmt: skip

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.scorecard.state == Scorecard.State.SUBMITTED:
            return HttpResponseRedirect(reverse("evaluations:work", args=[self.scorecard.engagement_id]))
        return super().get(request, *args, **kwargs)

    def get_title(self) -> str:
        return _("Scorecard")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"scorecard": self.scorecard, "rows": queries.sheet_rows(self.scorecard)}

    def perform(self, form: Form) -> Scorecard:
        self.done_message = _("Saved. Only you can see it.")
        actions.save_scorecard(
            self.scorecard,
            points=form.points,
            notes=form.notes,
            visited_on=form.cleaned_data["visited_on"],
            remark=form.cleaned_data["remark"],
            by=self.request.user,
        )
        if "hand_in" in self.request.POST:
            actions.submit_scorecard(self.scorecard, by=self.request.user)
            self.done_message = _("Handed in. Thank you.")
        return self.scorecard

    def get_success_url(self) -> str:
        if "hand_in" in self.request.POST:
            return reverse("evaluations:work", args=[self.scorecard.engagement_id])
        return self.scorecard.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = [line for line in kwargs["form"].lines if line["points"]] if "form" in kwargs else []
        context = super().get_context_data(**kwargs)
        rows = rows or [line for line in context["form"].lines if line["points"]]
        return context | {
            "scorecard": self.scorecard,
            "engagement": self.scorecard.engagement,
            "contract": self.scorecard.engagement.contract,
            "leaves": len(rows),
            "marked": sum(1 for line in rows if line["points"].value() not in (None, "")),
            "may_score": policies.may_score(self.request.user, self.scorecard),
        }
