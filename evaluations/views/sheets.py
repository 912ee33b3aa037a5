"""The scorer's sheet: like paper, with large boxes to tick. Each page works without scripts."""

import json
import uuid
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView, ListView, TemplateView, View

from evaluations import actions, policies, queries
from evaluations.actions.evidence import MOST_BYTES
from evaluations.models import Engagement, Evidence, Scorecard
from evaluations.sheetforms import AddScorerForm, SheetForm, file_of, is_scored
from evaluations.sheets import note_of, points_of, values_of, values_of_marks
from marketplace.pages.views import refuse

from .sheetsync import SCRIPTS, state_of
from .work import EngagementAction

KEPT = "X-Minfu-Keep"  # tells the worker that this page may lie on the device


def own_sheets(request: HttpRequest) -> Any:
    return Scorecard.objects.filter(scorer=request.user).select_related(
        "engagement__contract__buyer", "engagement__contract__supplier", "engagement__framework",
        "engagement__evaluator", "scorer",
    )  # fmt: skip


class ScorecardPage(LoginRequiredMixin, FormView):
    """Fill in one's own sheet; keep as often as wanted, hand in once. What is right is kept even where something else
    is refused: nothing typed is lost."""

    template_name = "evaluations/scorecard.html"
    form_class = SheetForm

    @cached_property
    def scorecard(self) -> Scorecard:
        return get_object_or_404(own_sheets(self.request), pk=self.kwargs["pk"])

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and request.method == "GET" and not self._is_open():
            return ReadSheet.as_view()(request, *args, **kwargs)
        return super().dispatch(request, *args, **kwargs)

    def _is_open(self) -> bool:
        return own_sheets(self.request).filter(pk=self.kwargs["pk"], state=Scorecard.State.OPEN).exists()

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        response = super().render_to_response(context, **kwargs)
        response[KEPT] = "1"
        response["Cache-Control"] = "no-store"
        return response

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {
            "rows": queries.sheet_rows(self.scorecard),
            "heads": queries.heads_of(self.scorecard),
            "evidence": queries.evidence_by_leaf(self.scorecard),
        }

    def form_valid(self, form: SheetForm) -> HttpResponse:
        try:
            self._keep(form)
            if not form.errors and "hand_in" in self.request.POST:
                actions.submit_scorecard(self.scorecard, by=self.request.user)
                messages.success(self.request, _("Handed in. Thank you."))
                return HttpResponseRedirect(reverse("evaluations:work", args=[self.scorecard.engagement_id]))
        except ValidationError as refusal:
            refuse(form, refusal)
        if form.errors:
            return self.form_invalid(form)
        messages.success(self.request, _("Saved. Only you can see it."))
        return HttpResponseRedirect(self.scorecard.get_absolute_url())

    def form_invalid(self, form: SheetForm) -> HttpResponse:
        form.show_now(queries.heads_of(self.scorecard), queries.evidence_by_leaf(self.scorecard))
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def _keep(self, form: SheetForm) -> None:
        """Values and files, each by itself; what is refused goes on the form."""
        by = self.request.user
        known = {entry.pk: entry for entry in self.scorecard.entries.all()}
        for name, fault in actions.write_sheet(self.scorecard, form.changes(known), by=by).items():
            form.add_error(name, fault)
        for leaf, file in form.brought():
            try:
                actions.add_evidence(self.scorecard, leaf, file, by=by)
            except ValidationError as fault:
                form.add_error(file_of(leaf), fault)
        for pk in self.request.POST.getlist("remove"):
            actions.remove_evidence(get_object_or_404(self.scorecard.evidence.all(), pk=_uuid(pk)), by=by)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        lines = list(context["form"].lines)
        leaves = [line for line in lines if line.points]
        others = own_sheets(self.request).filter(state=Scorecard.State.OPEN).exclude(pk=self.scorecard.pk)
        return context | {
            "scorecard": self.scorecard,
            "engagement": self.scorecard.engagement,
            "contract": self.scorecard.engagement.contract,
            "lines": lines,
            "leaves": len(leaves),
            "marked": sum(1 for line in leaves if line.points and line.points.value() not in (None, "")),
            "may_score": policies.may_score(self.request.user, self.scorecard),
            "known": state_of(self.request, self.scorecard),
            "others": json.dumps([sheet.get_absolute_url() for sheet in others]),
            "scripts": SCRIPTS,
            "most_bytes": MOST_BYTES,
        }


class ReadSheet(LoginRequiredMixin, TemplateView):
    """A sheet that was handed in: for its scorer, and once all are in for who may see the evaluation."""

    template_name = "evaluations/sheet_read.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        scorecard = get_object_or_404(
            Scorecard.objects.visible_to(user).submitted().select_related(
                "engagement__contract__buyer", "engagement__contract__supplier", "engagement__framework", "scorer"
            ),
            pk=self.kwargs["pk"],
        )  # fmt: skip
        is_opened = scorecard.engagement.state != Engagement.State.SCORING
        values = values_of_marks(scorecard) if is_opened else values_of(queries.heads_of(scorecard))
        evidence: dict[Any, list[Evidence]] = {}
        for one in Evidence.objects.visible_to(user).filter(scorecard=scorecard):
            evidence.setdefault(one.indicator_id, []).append(one)
        lines = [
            {
                "indicator": row.indicator,
                "is_scored": is_scored(row.indicator),
                "points": values.get(points_of(row.indicator), ""),
                "note": values.get(note_of(row.indicator), ""),
                "evidence": evidence.get(row.indicator.pk, []),
            }
            for row in queries.sheet_rows(scorecard)
        ]
        return super().get_context_data(**kwargs) | {
            "scorecard": scorecard,
            "engagement": scorecard.engagement,
            "contract": scorecard.engagement.contract,
            "is_own": scorecard.scorer_id == user.pk,
            "is_opened": is_opened,
            "lines": lines,
            "visited_on": values.get("visited_on", ""),
            "remark": values.get("remark", ""),
        }

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        response = super().render_to_response(context, **kwargs)
        response["Cache-Control"] = "no-store"
        return response


class MySheets(LoginRequiredMixin, ListView):
    """One's open sheets: the page that a device without a connection begins with."""

    template_name = "evaluations/my_sheets.html"
    context_object_name = "sheets"

    def get_queryset(self) -> Any:
        return own_sheets(self.request).filter(state=Scorecard.State.OPEN).order_by("engagement__due_on")

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        response = super().render_to_response(context, **kwargs)
        response[KEPT] = "1"
        response["Cache-Control"] = "no-store"
        return response


class EvidenceFile(LoginRequiredMixin, View):
    """A photo or paper of a sheet, for who may see it."""

    def get(self, request: HttpRequest, pk: Any) -> FileResponse:
        evidence = get_object_or_404(Evidence.objects.visible_to(request.user), pk=pk)
        kind = {"jpeg": "image/jpeg", "png": "image/png"}.get(evidence.kind, "application/pdf")
        response = FileResponse(
            evidence.file.open("rb"), content_type=kind, as_attachment=not evidence.is_photo, filename=evidence.name
        )
        response["Cache-Control"] = "no-store"
        response["Content-Security-Policy"] = "sandbox"
        return response


class AddScorerPage(EngagementAction):
    form_class = AddScorerForm
    policy = policies.may_start
    title = gettext_lazy("Name one more scorer")
    submit_label = gettext_lazy("Give a sheet")
    done_message = gettext_lazy("The scorer has a sheet and has been told.")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"engagement": self.engagement}

    def perform(self, form: Form) -> Scorecard:
        return actions.add_scorer(self.engagement, by=self.request.user, **form.cleaned_data)


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
