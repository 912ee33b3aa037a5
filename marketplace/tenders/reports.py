"""What of an evaluation is printed: the panel's report and the winner's notice. In Chinese: that text binds."""

from django.contrib.contenttypes.models import ContentType
from django.tasks import task

from marketplace.papers.actions import print_paper
from marketplace.papers.models import Paper
from marketplace.parties.models import User

from .chairing import chair_of
from .methods import method_of
from .models import Award, Moderation, Panel, Panellist, PriceReview
from .queries.results import result_of

REPORT = "evaluation_report"
AWARD_NOTICE = "award_notice"
GONE = [Panellist.State.RECUSED, Panellist.State.DISMISSED]


def print_report(panel: Panel, *, by: User) -> Paper:
    """The ranking with every sheet, what was excluded and why, what was moderated, and who confirmed it when."""
    tender = panel.tender
    sitting = list(panel.members.sitting().select_related("user").order_by("position"))
    return print_paper(
        REPORT,
        "tenders/papers/report.html",
        {
            "tender": tender,
            "panel": panel,
            "chair": chair_of(panel),
            "seats": sitting,
            "left": list(
                panel.members.filter(state__in=[Panellist.State.RECUSED, Panellist.State.DISMISSED]).select_related(
                    "user"
                )
            ),
            "lots": result_of(tender),
            "moderations": list(
                Moderation.objects.filter(scorecard__panellist__in=sitting).select_related(
                    "scorecard__panellist__user", "scorecard__bid__supplier", "decided_by"
                )
            ),
            "reviews": list(
                PriceReview.objects.filter(bid__lot__tender=tender)
                .select_related("bid__supplier", "bid__lot")
                .prefetch_related("votes__panellist__user")
            ),
        },
        title=f"{tender.number} 评审报告",
        about=panel,
        organisation=tender.bureau,
        by=by,
    )


@task
def print_report_later(panel_pk: str, by_pk: str) -> None:
    """After commit: printing takes a second or two."""
    panel = Panel.objects.select_related("tender__bureau__region").get(pk=panel_pk)
    if paper_of(panel, REPORT) is None or paper_of(panel, REPORT).issued_at < panel.reported_at:
        print_report(panel, by=User.objects.get(pk=by_pk))


def print_award_notice(award: Award, *, by: User) -> Paper:
    """中标通知书 or 成交通知书, to the winner."""
    tender = award.lot.tender
    word = "中标" if method_of(tender).is_tender else "成交"
    return print_paper(
        AWARD_NOTICE,
        "tenders/papers/award_notice.html",
        {"award": award, "lot": award.lot, "tender": tender, "word": word},
        title=f"{tender.number} {word}通知书",
        about=award,
        organisation=tender.bureau,
        by=by,
    )


@task
def print_award_notice_later(award_pk: str, by_pk: str) -> None:
    """After commit."""
    award = Award.objects.select_related("lot__tender__bureau__region", "lot__place", "supplier").get(pk=award_pk)
    if paper_of(award, AWARD_NOTICE) is None:
        print_award_notice(award, by=User.objects.get(pk=by_pk))


def paper_of(about: Panel | Award, kind: str) -> Paper | None:
    """The newest printing, if any."""
    return Paper.objects.of(about, kind).first()


def papers_of(abouts: list[Panel] | list[Award], kind: str) -> dict[str, Paper]:
    """The newest printing of each, by the id of what it is about. One statement."""
    if not abouts:
        return {}
    about_type = ContentType.objects.get_for_model(abouts[0])
    found = Paper.objects.filter(about_type=about_type, about_id__in=[str(one.pk) for one in abouts], kind=kind)
    return {paper.about_id: paper for paper in found.order_by("version")}
