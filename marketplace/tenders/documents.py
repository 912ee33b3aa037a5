"""What is printed: the tender file."""

from typing import Any

from marketplace.pages import clock
from marketplace.papers.actions import print_paper
from marketplace.papers.documents import compose, in_chinese, render
from marketplace.papers.models import Paper
from marketplace.parties.actions import service_user

from .methods import NoticeKind, method_of
from .models import Criterion, Tender
from .queries.basis import basis_of

TENDER_FILE = "tender-file"
PRINTER = "tenders.printer"  # prints for readers who need not sign in
# The paper is Chinese whoever asks for it: it is the document of the procedure.
TITLES = {
    NoticeKind.TENDER: "招标文件",
    NoticeKind.INVITATION: "招标文件",
    NoticeKind.SOLICITATION: "采购文件",
    NoticeKind.SINGLE_SOURCE: "单一来源采购文件",
    NoticeKind.ADMISSION: "征集文件",
}


@in_chinese()
def tender_file(tender: Tender) -> Paper:
    """The published tender as a paper with its verification code: printed once, and again after an amendment."""
    printed = Paper.objects.of(tender, TENDER_FILE).first()
    amended = tender.amendments.exclude(published_at=None).order_by("-published_at").first()
    if printed is not None and (amended is None or amended.published_at <= printed.issued_at):
        return printed
    return print_paper(
        TENDER_FILE,
        "tenders/print/tender_file.html",
        _content(tender),
        title=_title(tender),
        about=tender,
        organisation=tender.bureau,
        by=service_user(PRINTER),
    )


@in_chinese()
def draft_file(tender: Tender) -> bytes:
    """The same paper of a draft: marked as one, without a code, kept nowhere."""
    paper = Paper(
        code="DRAFT",
        kind=TENDER_FILE,
        title=f"{_title(tender)}（草稿）",
        language="zh-hans",
        version=0,
        organisation=tender.bureau,
        issued_at=clock.now(),
    )
    return render(paper, compose(paper, "tenders/print/tender_file.html", _content(tender) | {"is_draft": True})).pdf


def _title(tender: Tender) -> str:
    return f"{tender.title}{TITLES[method_of(tender).notice]}"


def _content(tender: Tender) -> dict[str, Any]:
    criteria = list(tender.criteria.all())
    return {
        "tender": tender,
        "basis": basis_of(tender),
        "lots": list(
            tender.lots.select_related("category", "place", "premises").prefetch_related(
                "premises__rooms", "premises__inventory"
            )
        ),
        "qualifications": [c for c in criteria if c.part == Criterion.Part.QUALIFICATION],
        "scored": [c for c in criteria if c.part != Criterion.Part.QUALIFICATION],
        "documents": list(tender.documents.current()),
    }
