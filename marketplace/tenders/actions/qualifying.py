"""The check of qualifications: condition by condition, before a single point is given."""

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import User

from .. import policies
from ..models import Bid, Criterion, Lot, QualificationCheck
from ..pricing import needs_final_quote
from .excluding import fail_when_too_few
from .locking import locked_lot, locked_tender
from .prices import ask_about_low_prices

Verdicts = Mapping[Bid, Mapping[Criterion, tuple[bool | None, str]]]


@transaction.atomic
def check_qualifications(lot: Lot, verdicts: Verdicts, *, small: frozenset[Bid] = frozenset(), by: User) -> Lot:
    """Say of every bid of a lot whether it meets each published condition; whoever misses one is not scored.

    `small` are the bids of small or micro enterprises, whose price is compared with the file's preference
    (财库〔2022〕19号). Once for each lot. Raises ValidationError `checked_already`, `check_missing`, `note_missing`.
    With too few left the lot fails (GPL 36).
    """
    tender = locked_tender(lot.tender_id)
    authorise(policies.may_manage, by, tender)
    lot = locked_lot(tender, lot.pk)
    if lot.state != Lot.State.EVALUATING or lot.qualified_at:
        raise ValidationError(_("The qualifications of this lot have been checked."), code="checked_already")
    conditions = list(tender.criteria.qualification())
    bids = list(lot.bids.select_for_update().filter(state=Bid.State.OPENED).order_by("created_at"))
    rows = _rows(bids, conditions, verdicts)
    QualificationCheck.objects.bulk_create(rows)
    for bid in bids:
        missed = [row for row in rows if row.bid_id == bid.pk and not row.is_met]
        if missed:
            bid.exclude()
            bid.exclude_reason = "；".join(f"{row.criterion.name}：{row.note}" for row in missed)
            bid.save(update_fields=["state", "exclude_reason"])
            record("bid.excluded", bid, by=by, organisation=tender.bureau, reason=bid.exclude_reason)
        elif bid in small and tender.small_discount:
            bid.discount = tender.small_discount
            bid.save(update_fields=["discount"])
    lot.qualified_by, lot.qualified_at = by, clock.now()
    lot.save(update_fields=["qualified_by", "qualified_at"])
    left = lot.bids.valid().count()
    record("lot.qualifications_checked", lot, by=by, organisation=tender.bureau, bids=len(bids), left=left)
    if not fail_when_too_few(lot, by=by) and not needs_final_quote(tender):
        ask_about_low_prices(lot, by=by)
    return lot


def _rows(bids: list[Bid], conditions: list[Criterion], verdicts: Verdicts) -> list[QualificationCheck]:
    rows, errors = [], {}
    for bid in bids:
        given = verdicts.get(bid, {})
        for condition in conditions:
            is_met, note = given.get(condition, (None, ""))
            name = f"met-{bid.pk}-{condition.pk}"
            if is_met is None:
                errors[name] = ValidationError(_("Say whether this condition is met."), code="check_missing")
            elif not is_met and not note.strip():
                errors[name] = ValidationError(
                    _("Say what is missing: the supplier reads it (Order 87, Article 44)."), code="note_missing"
                )
            else:
                rows.append(
                    QualificationCheck(
                        bid=bid, criterion=condition, is_met=is_met, note="" if is_met else note.strip()[:500]
                    )
                )
    if errors:
        raise ValidationError(errors)
    return rows
