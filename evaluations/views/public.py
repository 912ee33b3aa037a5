"""What anyone may read."""

from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import DetailView, View

from evaluations import policies, queries
from evaluations.documents import bars_of
from evaluations.forms import PublishedFilter
from evaluations.models import Engagement
from marketplace.pages.exports import Column
from marketplace.pages.lists import ListPage
from marketplace.rules.queries import resolve


class PublishedList(ListPage):
    """Every published evaluation."""

    template_name = "evaluations/list.html"
    title = gettext_lazy("Evaluations")
    intro = gettext_lazy("What independent evaluators found, with the providers' replies.")
    filter_form = PublishedFilter
    export_columns = (
        Column(gettext_lazy("Number"), "number", link="get_absolute_url"),
        Column(gettext_lazy("Contract"), "contract.title"),
        Column(gettext_lazy("Provider"), "contract.supplier"),
        Column(gettext_lazy("Buyer"), "contract.buyer"),
        Column(gettext_lazy("Evaluator"), "evaluator"),
        Column(gettext_lazy("Score"), "score", kind="number"),
        Column(gettext_lazy("Grade"), "get_grade_display"),
        Column(gettext_lazy("Published on"), "published_at", kind="day"),
    )
    empty_title = gettext_lazy("No evaluation has been published yet")
    empty_text = gettext_lazy("Evaluations appear here with the provider's reply.")

    def get_rows(self) -> QuerySet[Engagement]:
        return queries.published()

    def filter(self, rows: QuerySet[Engagement], cleaned: dict[str, Any]) -> QuerySet[Engagement]:
        return queries.published(text=cleaned.get("q", ""), grade=cleaned.get("grade", ""))


class EngagementPage(DetailView):
    """One published evaluation."""

    template_name = "evaluations/engagement.html"
    context_object_name = "engagement"

    def get_queryset(self) -> QuerySet[Engagement]:
        return Engagement.objects.published().select_related(*queries.SIDES, "report")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        lines, total = queries.results(self.object)
        return super().get_context_data(**kwargs) | {
            "contract": self.object.contract,
            "lines": lines,
            "total": total,
            "bars": bars_of(lines),
            "scorers": self.object.scorecards.count(),
            "rectifications": self.object.rectifications.all(),
            "may_demand": self.request.user.is_authenticated and policies.may_demand(self.request.user, self.object),
            "may_suspend": self.request.user.is_authenticated
            and self.object.grade in resolve("evaluation.suspension_grades").data["grades"]
            and policies.may_demand(self.request.user, self.object),
            "breadcrumbs": [(_("Evaluations"), reverse("evaluations:list")), (self.object.number, "")],
        }


class ReportFile(View):
    """The published report as PDF."""

    def get(self, request: HttpRequest, pk: str) -> FileResponse:
        engagement = get_object_or_404(
            Engagement.objects.published().exclude(report=None).select_related("report"), pk=pk
        )
        return FileResponse(
            engagement.report.file.open("rb"), filename=f"{engagement.number}.pdf", content_type="application/pdf"
        )
