"""The evaluation report on paper."""

from typing import Any

from marketplace.papers.actions import print_paper
from marketplace.papers.documents import in_chinese
from marketplace.papers.models import Paper
from marketplace.parties.models import User

from . import plots, queries
from .models import Appeal, Engagement
from .scoring import Line


def bars_of(lines: list[Line]) -> dict[str, Any]:
    """The first level of the tree as a bar plot."""
    rows = [(line.indicator.local_name, line.score, line.indicator.weight) for line in lines if line.depth == 0]
    return plots.bars(rows, key="bars")


def report_context(engagement: Engagement) -> dict[str, Any]:
    """Everything that the report says, as the print template reads it."""
    lines, total = queries.results(engagement)
    return {
        "engagement": engagement,
        "contract": engagement.contract,
        "lines": lines,
        "total": total,
        "draws": True,
        "radar": plots.radar(lines),
        "bars": bars_of(lines),
        "sheet_bars": plots.bars(queries.sheet_totals(engagement), key="sheets"),
        "groups": plots.group_plots(lines),
        "scorers": engagement.scorecards.count(),
        "agreement": queries.agreement_of(engagement),
        "appeal": Appeal.objects.filter(engagement=engagement).select_related("reviewer").first(),
    }


@in_chinese()
def print_report(engagement: Engagement, *, by: User) -> Paper:
    """Print the report as it is published, with the provider's reply."""
    return print_paper(
        "evaluation",
        "evaluations/paper.html",
        report_context(engagement),
        title=f"{engagement.contract.title}绩效评价报告",
        about=engagement,
        organisation=engagement.contract.buyer,
        by=by,
    )
