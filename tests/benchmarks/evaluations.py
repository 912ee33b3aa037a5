"""2,000 sheets of 60 leaves add up and rank beside one SQL aggregate over the same rows; a report with eight plots
beside the same pages without them."""

import time
from collections.abc import Callable, Iterator
from statistics import median

from django.db import connection
from django.template.loader import render_to_string
from django.utils import timezone

from evaluations import actions, plots
from evaluations.models import Indicator, RatingApplication, RatingMark, RatingRound, RatingSheet
from evaluations.ranking import standings
from evaluations.scoring import result_lines
from marketplace.papers.rendering import render_pdf
from marketplace.parties.actions import service_user
from tests.given.people import a_person, an_organisation
from tests.given.rounds import a_round

ON_SQLITE = True
APPLICATIONS, SHEETS_EACH, LEAVES = 1000, 2, 60
TIMES = 5
DATES = ("declared_at", "replied_at", "reply_by")


def run() -> Iterator[tuple[str, float, str, float, str]]:
    round = _filled()
    yield (
        f"add up and rank {APPLICATIONS * SHEETS_EACH} sheets of {LEAVES} leaves",
        *_pair(lambda: standings(round), lambda: _bare(round)),
        "≤ 5",
    )
    with_plots, without = _pages(True), _pages(False)
    yield (
        "print a report with eight plots",
        *_pair(lambda: render_pdf(with_plots, identifier="with"), lambda: render_pdf(without, identifier="without")),
        "≤ 1.5",
    )


def _pair(ours: Callable[[], object], bare: Callable[[], object]) -> tuple[float, str, float]:
    """Medians of both sides, taken in turns."""
    ours(), bare()
    took: dict[str, list[float]] = {"ours": [], "bare": []}
    for _number in range(TIMES):
        for name, side in (("ours", ours), ("bare", bare)):
            started = time.perf_counter()
            side()
            took[name].append(time.perf_counter() - started)
    return median(took["ours"]), "s", median(took["bare"])


def _bare(round: RatingRound) -> list[tuple]:
    """One aggregate over the same rows: the weighted sum of each application, best first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.application_id, SUM(m.points * i.weight / i.top) AS total FROM evaluations_ratingmark m "
            "JOIN evaluations_ratingsheet s ON s.id = m.sheet_id "
            "JOIN evaluations_indicator i ON i.id = m.indicator_id "
            "JOIN evaluations_ratingapplication a ON a.id = s.application_id "
            "WHERE s.state = 'submitted' AND a.round_id = %s GROUP BY s.application_id ORDER BY total DESC",
            [RatingRound._meta.pk.get_db_prep_value(round.pk, connection)],
        )
        return cursor.fetchall()


def _spec(leaves: int) -> dict:
    """Six groups, so that a report of it has eight plots: radar, groups, and one for each group."""
    each = leaves // 6
    weight = [2 if number % 3 == 0 else 1.5 for number in range(leaves)]
    weight[-1] += 100 - sum(weight)
    return {
        "code": f"bench-{leaves}", "kind": "rating", "out_of": 1000, "bands": [{"level": "5A", "from": 900}],
        "title": "基准指标", "title_en": "Benchmark",
        "indicators": [
            {"code": f"G{group}", "name": f"第{group + 1}组指标", "children": [
                {"code": f"L{group * each + n}", "name": f"服务规范与记录{n + 1}", "weight": weight[group * each + n],
                 "top": (5, 10, 100)[n % 3], "evidence": "台账"} for n in range(each)]}
            for group in range(6)
        ],
    }  # fmt: skip


def _filled() -> RatingRound:
    framework = actions.add_framework(_spec(LEAVES), by=service_user("tests"))
    round = a_round(framework=framework, scorers=SHEETS_EACH)
    scorers = round.cast.scorers
    leaves = list(framework.indicators.filter(top__isnull=False))
    organisations = [an_organisation() for _number in range(APPLICATIONS)]
    applications = RatingApplication.objects.bulk_create(
        RatingApplication(round=round, organisation=one, number=f"{round.number}-{n:04d}")
        for n, one in enumerate(organisations)
    )
    sheets = RatingSheet.objects.bulk_create(
        RatingSheet(application=one, scorer=scorer, state="submitted", submitted_at=timezone.now())
        for one in applications
        for scorer in scorers
    )
    for start in range(0, len(sheets), 100):
        RatingMark.objects.bulk_create(
            RatingMark(sheet=sheet, indicator=leaf, points=(number * 7 + place * 3 + start) % (leaf.top + 1))
            for number, sheet in enumerate(sheets[start : start + 100])
            for place, leaf in enumerate(leaves)
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return round


def _pages(draws: bool) -> str:
    """The report of a tree of 30 leaves in six groups; without plots their places stay."""
    person = a_person(of=None)
    framework = actions.add_framework(_spec(30), by=service_user("tests"))
    indicators: list[Indicator] = list(framework.indicators.all())
    points = {leaf.pk: [leaf.top * 4 // 5, leaf.top] for leaf in indicators if leaf.is_leaf}
    lines, total = result_lines(indicators, points)
    rows = [(line.indicator.local_name, line.score, line.indicator.weight) for line in lines if line.depth == 0]
    paper = {
        "title": "基准报告",
        "code": "BENCHMARK",
        "issued_at": timezone.now(),
        "verify_url": "https://example.org/",
    }
    words = "服务规范，记录完整，老人和家属满意度较高；个别环节仍需改进。" * 12
    engagement = dict.fromkeys(("findings", "recommendations", "reply"), words) | dict.fromkeys(DATES, timezone.now())
    engagement |= {"framework": framework, "get_grade_display": "良"}
    return render_to_string(
        "evaluations/paper.html",
        {
            "paper": paper, "engagement": engagement, "contract": {"title": "基准", "supplier": person},
            "lines": lines, "total": total, "draws": draws, "radar": plots.radar(lines),
            "bars": plots.bars(rows, key="bars"), "groups": plots.group_plots(lines), "scorers": 2,
            "language": "zh-hans",
        },
    )  # fmt: skip
