"""The evaluation report on paper."""

from marketplace.papers.actions import print_paper
from marketplace.papers.models import Paper
from marketplace.parties.models import User

from . import queries
from .models import Appeal, Engagement
from .scoring import Line

BAR_WIDTH, ROW_HEIGHT, LABEL_WIDTH = 300, 26, 150  # SVG units


def bars_of(lines: list[Line]) -> dict[str, object]:
    """The first level of the tree as the rows of a bar plot: share of each branch's weight, in percent."""
    branches = [line for line in lines if line.depth == 0]
    return {
        "width": LABEL_WIDTH + BAR_WIDTH + 90,
        "height": ROW_HEIGHT * len(branches) + 8,
        "rows": [
            {
                "name": line.indicator.local_name,
                "score": line.score,
                "weight": line.indicator.weight.normalize(),
                "share": line.share,
                "y": ROW_HEIGHT * number + 4,
                "text_y": ROW_HEIGHT * number + 18,
                "bar": round(BAR_WIDTH * float(line.share) / 100, 1),
                "value_x": LABEL_WIDTH + BAR_WIDTH + 8,
            }
            for number, line in enumerate(branches)
        ],
        "bar_x": LABEL_WIDTH,
        "bar_width": BAR_WIDTH,
        "label_x": LABEL_WIDTH - 8,
    }


def print_report(engagement: Engagement, *, by: User) -> Paper:
    """Print the report as it is published, with the provider's reply."""
    lines, total = queries.results(engagement)
    return print_paper(
        "evaluation",
        "evaluations/paper.html",
        {
            "engagement": engagement,
            "contract": engagement.contract,
            "lines": lines,
            "total": total,
            "bars": bars_of(lines),
            "scorers": engagement.scorecards.count(),
            "agreement": queries.agreement_of(engagement),
            "appeal": Appeal.objects.filter(engagement=engagement).select_related("reviewer").first(),
        },
        title=f"{engagement.contract.title}绩效评价报告",
        about=engagement,
        organisation=engagement.contract.buyer,
        by=by,
    )
