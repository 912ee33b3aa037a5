"""The buyer's decision."""

from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import User

from .. import notices, ocds, policies
from ..indexing import index_tender
from ..models import Award, Bid, Lot, Tender


@transaction.atomic
def award_bid(bid: Bid, *, by: User, reason: str) -> Award:
    """Choose the winner of a lot; every other bid on it loses. With the last lot decided the tender is awarded.

    The buyer takes the first in rank (GPL 43 and REG 43): another one is refused with `not_first`.
    """
    tender = Tender.objects.select_for_update(of=("self",)).select_related("bureau__region").get(pk=bid.lot.tender_id)
    lot = Lot.objects.select_for_update(of=("self",)).select_related("tender__bureau").get(pk=bid.lot_id)
    authorise(policies.may_award, by, lot)
    winner = lot.bids.select_for_update(of=("self",)).select_related("supplier").get(pk=bid.pk)
    if winner.rank is None:
        raise ValidationError(_("This bid has not been ranked."), code="unranked")
    if winner.rank != 1:
        raise ValidationError(
            _(
                "The award goes to the first candidate of the evaluation report "
                "(Regulation for Implementing the Government Procurement Law, Article 43)."
            ),
            code="not_first",
        )
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Say why this bid is chosen."), code="reason_missing")})

    now = clock.now()
    lot.award()
    lot.save(update_fields=["state"])
    winner.win()
    winner.save(update_fields=["state"])
    for loser in lot.bids.select_for_update().standing():
        loser.lose()
        loser.save(update_fields=["state"])
    award = Award.objects.create(
        lot=lot,
        bid=winner,
        supplier=winner.supplier,
        amount=winner.amount,
        reason=reason,
        awarded_by=by,
        awarded_at=now,
    )
    if not tender.lots.undecided().exists():
        tender.award()
        tender.finished_at = now
        tender.save(update_fields=["state", "finished_at"])
        index_tender(tender)

    record("bid.awarded", winner, by=by, organisation=tender.bureau, reason=reason, amount=winner.amount)
    ocds.release_award(award, at=now, by=by)
    transaction.on_commit(partial(notices.tell_bidders.enqueue, str(lot.pk)))
    return award
