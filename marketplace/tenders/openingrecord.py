"""What of a tender is printed: the record of the opening."""

from django.db import transaction
from django.tasks import task

from marketplace.papers.actions import print_paper, seal_issued
from marketplace.papers.models import Paper
from marketplace.parties.actions import service_user

from .models import Opening
from .queries.opening import opening_of


@task
def print_opening_record(pk: str) -> None:
    """The opening record as a paper under the buyer's seal that anyone can verify; once.

    Raises ValidationError `no_seal` when the buyer has deposited none: then the printed record stands.
    """
    with transaction.atomic():
        opening = Opening.objects.select_for_update(of=("self",)).select_related("tender__bureau").get(tender=pk)
        paper = Paper.objects.filter(code=opening.paper_code).first() or _printed(opening)
    if not paper.signatures.exists():
        seal_issued(paper, reason="开标记录", by=service_user("tenders.clock"))


def _printed(opening: Opening) -> Paper:
    tender = opening.tender
    paper = print_paper(
        "opening",
        "tenders/print/opening.html",
        {"tender": tender, "seen": opening_of(tender), "lots": list(tender.lots.all())},
        title=f"{tender.number} 开标记录",
        about=opening,
        organisation=tender.bureau,
        by=service_user("tenders.clock"),
    )
    opening.paper_code = paper.code
    opening.save(update_fields=["paper_code"])
    return paper
