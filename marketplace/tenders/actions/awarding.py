"""The buyer's decision, and what follows when the winner refuses."""

from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import User

from .. import notices, ocds, panelnotices, policies, reports
from ..indexing import index_tender
from ..models import Award, Bid, Lot, Panel, Tender
from .bonds import return_winners_bond
from .closing import fail_locked, fail_lot
from .locking import locked_lot, locked_tender


@transaction.atomic
def award_bid(bid: Bid, *, by: User, reason: str) -> Award:
    """Choose the winner of a lot; every other bid on it loses. With the last lot decided the tender is awarded.

    The buyer takes the first candidate of the report that the panel has signed (GPL 43 and REG 43); after a refusal
    the next one (REG 49). Raises ValidationError `unranked`, `not_reported`, `not_first`, `reason_missing`.
    """
    tender = locked_tender(bid.lot.tender_id)
    lot = locked_lot(tender, bid.lot_id)
    authorise(policies.may_award, by, lot)
    winner = lot.bids.select_for_update(of=("self",)).select_related("supplier").get(pk=bid.pk)
    if winner.rank is None:
        raise ValidationError(_("This bid has not been ranked."), code="unranked")
    refuse_before_report(tender)
    first = lot.bids.standing().order_by("rank", "pk").first()
    if first is None or first.pk != winner.pk:
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
    transaction.on_commit(partial(reports.print_award_notice_later.enqueue, str(award.pk), str(by.pk)))
    return award


def refuse_before_report(tender: Tender) -> None:
    """The decision is made on the panel's report. Raises ValidationError `not_reported`."""
    panel = Panel.objects.filter(tender=tender).first()
    if panel is not None and panel.state != Panel.State.REPORTED:
        raise ValidationError(
            _(
                "The panel has not signed its report yet: the buyer decides within five working days of receiving it "
                "(Regulation for Implementing the Government Procurement Law, Article 43)."
            ),
            code="not_reported",
        )


@transaction.atomic
def decline_award(award: Award, *, reason: str, by: User) -> Award:
    """The winner refuses to sign: recorded by the supplier itself or by the buyer. The lot is undecided again.

    The buyer then awards the next candidate or begins again (REG 49). Raises ValidationError `not_standing`,
    `contracted`, `reason_missing`.
    """
    tender = locked_tender(award.lot.tender_id)
    lot = locked_lot(tender, award.lot_id)
    award = Award.objects.select_for_update(of=("self",)).select_related("bid", "supplier").get(pk=award.pk)
    award.lot = lot
    authorise(policies.may_decline, by, award)
    if award.state != Award.State.STANDING:
        raise ValidationError(_("This award no longer stands."), code="not_standing")
    if award.contracted_at:
        raise ValidationError(
            _("The contract is signed: it is changed or ended by its own rules (GPL, Articles 49 and 50)."),
            code="contracted",
        )
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Say why."), code="reason_missing")})
    award.decline()
    winner = lot.bids.select_for_update().get(pk=award.bid_id)
    winner.decline()
    winner.save(update_fields=["state"])
    end_award(award, reason=reason.strip(), by=by)
    record("award.declined", award, by=by, organisation=tender.bureau, reason=reason)
    return award


def end_award(award: Award, *, reason: str, by: User) -> None:
    """An award that was declined or annulled: the lot goes back to its candidates. The caller holds the locks."""
    lot, tender, now = award.lot, award.lot.tender, clock.now()
    award.end_reason, award.ended_at = reason, now
    award.save(update_fields=["state", "end_reason", "ended_at"])
    lot.return_to_candidates()
    lot.save(update_fields=["state"])
    for bid in lot.bids.select_for_update().filter(state__in=[Bid.State.LOST, Bid.State.WON]):
        bid.stand_again()
        bid.save(update_fields=["state"])
    if tender.state == Tender.State.AWARDED:
        tender.decide_again()
        tender.finished_at = None
        tender.save(update_fields=["state", "finished_at"])
    index_tender(tender)
    ocds.release_award_ended(award, at=now, by=by)
    transaction.on_commit(partial(panelnotices.tell_award_ended.enqueue, str(award.pk)))


@transaction.atomic
def begin_again(lot: Lot, *, reason: str, by: User) -> Lot:
    """After a refusal the buyer may tender again instead of taking the next candidate (REG 49).

    Raises ValidationError `not_refused`, `reason_missing`.
    """
    tender = locked_tender(lot.tender_id)
    lot = locked_lot(tender, lot.pk)
    authorise(policies.may_award, by, lot)
    if not lot.awards.exclude(state=Award.State.STANDING).exists():
        raise ValidationError(
            _(
                "No winner has refused this lot: only then may the buyer begin again "
                "(Regulation for Implementing the Government Procurement Law, Article 49)."
            ),
            code="not_refused",
        )
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Say why."), code="reason_missing")})
    end_lot(lot, "winner_refused", by=by)
    record("lot.begun_again", lot, by=by, organisation=tender.bureau, reason=reason)
    return lot


def end_lot(lot: Lot, code: str, *, by: User) -> None:
    """The lot fails for one of reasons.REASONS, and with the last one its tender. The caller holds the locks."""
    tender = lot.tender
    fail_lot(lot, code, by=by)
    if tender.lots.undecided().exists():
        return
    if not tender.lots.filter(state=Lot.State.AWARDED).exists():
        fail_locked(tender, code, at=clock.now(), by=by)
    elif tender.state == Tender.State.EVALUATING:
        tender.award()
        tender.finished_at = clock.now()
        tender.save(update_fields=["state", "finished_at"])
        index_tender(tender)


@transaction.atomic
def note_contract(award: Award, *, by: User) -> Award:
    """The room of contracts calls this in the transaction that signs: from now on the award can't be declined.

    With its last contract a winner's bid bond is given back. Raises ValidationError `not_standing`.
    """
    award = Award.objects.select_for_update(of=("self",)).select_related("lot__tender__bureau").get(pk=award.pk)
    if award.state != Award.State.STANDING:
        raise ValidationError(_("This award no longer stands."), code="not_standing")
    if award.contracted_at is None:
        award.contracted_at = clock.now()
        award.save(update_fields=["contracted_at"])
        record("award.contracted", award, by=by, organisation=award.lot.tender.bureau)
        return_winners_bond(award)
    return award
