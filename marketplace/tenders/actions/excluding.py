"""A bid that leaves the evaluation, and what that does to its lot."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import User

from .. import policies
from ..models import Bid, Lot, Panellist
from ..rulebook import fewest_suppliers_left
from .closing import fail_locked, fail_lot
from .locking import locked_lot, locked_tender


@transaction.atomic
def exclude_bid(bid: Bid, *, reason: str, by: User) -> Bid:
    """The bid misses a qualification: it is not scored. Only before any expert has handed in scores.

    When too few are left the lot fails.
    """
    tender = locked_tender(bid.lot.tender_id)
    authorise(policies.may_manage, by, tender)
    lot = locked_lot(tender, bid.lot_id)
    bid = lot.bids.select_for_update().get(pk=bid.pk)
    bid.lot = lot
    if not reason.strip():
        raise ValidationError(
            {"reason": ValidationError(_("Name the qualification and what is missing."), code="reason_missing")}
        )
    if lot.state != Lot.State.EVALUATING or bid.state != Bid.State.OPENED:
        raise ValidationError(_("This bid can't be excluded now."), code="not_open")
    if Panellist.objects.filter(panel__tender=tender, state=Panellist.State.SUBMITTED).exists():
        raise ValidationError(_("Scores have been handed in: qualification was decided before."), code="scored_already")
    exclude_locked(bid, code="", reason=reason, by=by)
    return bid


def exclude_locked(bid: Bid, *, code: str, reason: str, by: User) -> None:
    """For one of reasons.REASONS or a person's words. The caller holds the locks of tender, lot and bid."""
    bid.exclude()
    bid.exclude_code, bid.exclude_reason = code, reason
    bid.save(update_fields=["state", "exclude_code", "exclude_reason"])
    record("bid.excluded", bid, by=by, organisation=bid.lot.tender.bureau, reason=reason or code)
    fail_when_too_few(bid.lot, by=by)


def fail_when_too_few(lot: Lot, *, by: User) -> bool:
    """The lot fails when fewer valid bids are left than the rule asks for (GPL 36); whether it did."""
    tender = lot.tender
    left, fewest = lot.bids.valid().count(), fewest_suppliers_left(tender)
    if left >= fewest:
        return False
    fail_lot(lot, "too_few_qualified", by=by, there=left, needed=fewest)
    others = tender.lots.exclude(state__in=[Lot.State.FAILED, Lot.State.CANCELLED])
    if not others.exists():
        fail_locked(tender, "no_lot_left", at=clock.now(), by=by)
    return True
