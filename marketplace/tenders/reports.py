"""What of an evaluation is printed: the panel's report and the winner's notice. In Chinese: that text binds."""

import hashlib
from contextlib import suppress

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.tasks import task

from marketplace.papers.actions import print_paper, seal_issued
from marketplace.papers.models import Paper, Receipt
from marketplace.papers.receipts import canonical
from marketplace.parties.actions import service_user
from marketplace.parties.models import User

from .chairing import chair_of, sitting_on
from .consortia import members_by_lead
from .methods import method_of
from .models import Award, Bid, Moderation, Panel, Panellist, PriceReview, Tender
from .queries.results import result_of

REPORT = "evaluation_report"
SIGNATURE = "panel_signature"  # the kind of receipt that a member's confirmation is
AWARD_NOTICE = "award_notice"
GONE = [Panellist.State.RECUSED, Panellist.State.DISMISSED]


def fingerprint_of(tender: Tender) -> str:
    """SHA-256 of the ranking that the members sign: whoever holds the report can make it again.

    Of canonical JSON: every bid by lot, credit code, price, points and rank, or the code of why it is out.
    """
    bids = (
        Bid.objects.filter(lot__tender=tender)
        .select_related("lot", "supplier")
        .order_by("lot__position", "supplier__uscc")
    )
    rows = [
        {
            "lot": bid.lot.position,
            "uscc": bid.supplier.uscc,
            "price": bid.amount,
            "quality": str(bid.quality_score or ""),
            "price_points": str(bid.price_score or ""),
            "total": str(bid.total_score or ""),
            "rank": bid.rank or 0,
            "excluded": bid.exclude_code,
        }
        for bid in bids
    ]
    return hashlib.sha256(canonical({"tender": tender.number, "bids": rows})).hexdigest()


def print_report(panel: Panel, *, by: User) -> Paper:
    """The ranking with every sheet, what was excluded and why, what was moderated, and who confirmed it when."""
    tender = panel.tender
    sitting = sitting_on(panel)
    seat_type = ContentType.objects.get_for_model(Panellist)
    found = Receipt.objects.filter(about_type=seat_type, about_id__in=[str(seat.pk) for seat in sitting])
    signatures = {receipt.about_id: receipt for receipt in found.filter(kind=SIGNATURE)}
    return print_paper(
        REPORT,
        "tenders/papers/report.html",
        {
            "tender": tender,
            "panel": panel,
            "chair": chair_of(sitting),
            "seats": [{"seat": seat, "signature": signatures.get(str(seat.pk))} for seat in sitting],
            "result_sha256": fingerprint_of(tender),
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
    """After commit: printing takes a second or two. Every member has signed, so it is sealed at once."""
    panel = Panel.objects.select_related("tender__bureau__region").get(pk=panel_pk)
    paper = paper_of(panel, REPORT)
    if paper is None or paper.issued_at < panel.reported_at:
        paper = print_report(panel, by=User.objects.get(pk=by_pk))
    seal_report(paper)


def seal_report(paper: Paper) -> None:
    """Once. Raises ValidationError `no_seal` when the buyer has deposited none: then the printed report stands."""
    if not paper.signatures.exists():
        seal_issued(paper, reason="评审小组全体成员已签署评审报告", by=service_user("tenders.clock"))


def print_award_notice(award: Award, *, by: User) -> Paper:
    """中标通知书 or 成交通知书, to the winner."""
    tender = award.lot.tender
    word = method_of(tender).winning
    return print_paper(
        AWARD_NOTICE,
        "tenders/papers/award_notice.html",
        {
            "award": award,
            "lot": award.lot,
            "tender": tender,
            "word": word,
            "members": members_by_lead(tender)[award.supplier_id],
        },
        title=f"{tender.number} {word}通知书",
        about=award,
        organisation=tender.bureau,
        by=by,
    )


@task
def print_award_notice_later(award_pk: str, by_pk: str) -> None:
    """After commit."""
    award = Award.objects.select_related("lot__tender__bureau__region", "lot__place", "supplier").get(pk=award_pk)
    paper = paper_of(award, AWARD_NOTICE) or print_award_notice(award, by=User.objects.get(pk=by_pk))
    seal_decision(paper, reason=f"{method_of(award.lot.tender).winning}通知")


def seal_decision(paper: Paper, *, reason: str) -> None:
    """The buyer's seal, once, on what follows from its recorded decision; it stands without, where there is none."""
    if not paper.signatures.exists():
        with suppress(ValidationError):
            seal_issued(paper, reason=reason, by=service_user("tenders.clock"))


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
