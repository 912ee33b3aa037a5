"""The letter on the result, printed: to each bidder who did not win, with its own points, its rank or its reason."""

import datetime

from django.db import transaction

from marketplace.papers.actions import print_paper
from marketplace.papers.documents import in_chinese
from marketplace.papers.models import Paper
from marketplace.parties.actions import service_user

from .methods import method_of
from .models import Bid, Lot, Tender
from .queries.results import letter_of
from .reports import seal_decision

RESULT_LETTER = "result_letter"
TOLD = (Bid.State.LOST, Bid.State.EXCLUDED)  # who has won, gets the notice of award


def has_letter(bid: Bid) -> bool:
    """Once its lot is decided."""
    return bid.state in TOLD and bid.lot.state in (Lot.State.AWARDED, Lot.State.FAILED)


def result_letter(bid: Bid) -> Paper:
    """The letter under the buyer's seal: printed at its first reading, and again when the lot was decided anew.

    Without a seal of the buyer's the printed letter stands: its code is verified all the same.
    """
    with transaction.atomic():
        bid = Bid.objects.select_for_update(of=("self",)).get(pk=bid.pk)
        bid.lot = Lot.objects.select_related("tender__bureau__region").get(pk=bid.lot_id)
        paper = Paper.objects.of(bid, RESULT_LETTER).first()
        if paper is None or paper.issued_at < _decided_at(bid.lot):
            paper = _printed(bid)
    seal_decision(paper, reason="采购结果告知")
    return Paper.objects.get(pk=paper.pk)


def _decided_at(lot: Lot) -> datetime.datetime:
    """When the last thing was decided that a letter tells of: an award, its end, the end of the tender."""
    moments = [moment for award in lot.awards.all() for moment in (award.awarded_at, award.ended_at)]
    return max(moment for moment in [*moments, lot.tender.finished_at, lot.created_at] if moment)


@in_chinese()
def _printed(bid: Bid) -> Paper:
    tender: Tender = bid.lot.tender
    return print_paper(
        RESULT_LETTER,
        "tenders/papers/result_letter.html",
        {**(letter_of(bid) or {}), "word": method_of(tender).winning},
        title=f"{tender.number} 采购结果告知书",
        about=bid,
        organisation=tender.bureau,
        by=service_user("tenders.clock"),
    )
