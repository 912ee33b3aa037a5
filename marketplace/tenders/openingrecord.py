"""What of a tender is printed: the record of the opening."""

from django.db import transaction
from django.tasks import task

from marketplace.papers.actions import print_paper
from marketplace.parties.actions import service_user

from .models import Opening
from .queries.opening import opening_of


@task
def print_opening_record(pk: str) -> None:
    """The opening record as a paper that anyone can verify; once."""
    with transaction.atomic():
        opening = Opening.objects.select_for_update(of=("self",)).select_related("tender__bureau").get(tender=pk)
        if opening.paper_code:
            return
        paper = print_paper(
            "opening",
            "tenders/print/opening.html",
            {"tender": opening.tender, "seen": opening_of(opening.tender), "lots": list(opening.tender.lots.all())},
            title=f"{opening.tender.number} 开标记录",
            about=opening,
            organisation=opening.tender.bureau,
            by=service_user("tenders.clock"),
        )
        opening.paper_code = paper.code
        opening.save(update_fields=["paper_code"])
