"""Judging the opened bids: qualification by the buyer, points by the experts, the rank by the formula."""

from collections.abc import Mapping
from decimal import Decimal
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import User

from .. import notices, policies
from ..models import Bid, Criterion, Lot, Panel, Panellist, Score, Scorecard, Tender
from ..rulebook import fewest_suppliers_left
from ..scoring import Standing, mean, ranked
from .closing import fail_locked, fail_lot


def _locked_tender(pk) -> Tender:
    return Tender.objects.select_for_update(of=("self",)).select_related("bureau__region").get(pk=pk)


@transaction.atomic
def exclude_bid(bid: Bid, *, reason: str, by: User) -> Bid:
    """The bid misses a qualification: it is not scored. Only before any expert has handed in scores.

    When too few are left the lot fails.
    """
    tender = _locked_tender(bid.lot.tender_id)
    authorise(policies.may_manage, by, tender)
    lot = tender.lots.select_for_update().get(pk=bid.lot_id)
    bid = lot.bids.select_for_update().get(pk=bid.pk)
    if not reason.strip():
        raise ValidationError(
            {"reason": ValidationError(_("Name the qualification and what is missing."), code="reason_missing")}
        )
    if lot.state != Lot.State.EVALUATING or bid.state != Bid.State.OPENED:
        raise ValidationError(_("This bid can't be excluded now."), code="not_open")
    if Panellist.objects.filter(panel__tender=tender, state=Panellist.State.SUBMITTED).exists():
        raise ValidationError(_("Scores have been handed in: qualification was decided before."), code="scored_already")
    bid.exclude()
    bid.exclude_reason = reason
    bid.save(update_fields=["state", "exclude_reason"])
    record("bid.excluded", bid, by=by, organisation=tender.bureau, reason=reason)
    left, fewest = lot.bids.valid().count(), fewest_suppliers_left(tender)
    if left < fewest:
        fail_lot(lot, "too_few_qualified", by=by, there=left, needed=fewest)
        if not tender.lots.undecided().exists():
            fail_locked(tender, "no_lot_left", at=clock.now(), by=by)
    return bid


@transaction.atomic
def score_bid(
    panellist: Panellist, bid: Bid, scores: Mapping[Criterion, tuple[Decimal | None, str]], *, by: User
) -> Scorecard:
    """Write points and words on one's own sheet for one bid; it may be changed until it is handed in.

    Raises ValidationError on `points-<criterion id>` when points lie outside 0 to the criterion's weight.
    """
    seat = _locked_seat(panellist, by)
    bid = Bid.objects.select_related("lot").get(pk=bid.pk, lot__tender=seat.panel.tender_id)
    if bid.state != Bid.State.OPENED or bid.lot.state != Lot.State.EVALUATING:
        raise ValidationError(_("This bid is not scored."), code="not_scored")
    errors = {}
    for criterion, (points, _comment) in scores.items():
        if criterion.tender_id != seat.panel.tender_id or criterion.part not in (
            Criterion.Part.TECHNICAL,
            Criterion.Part.BUSINESS,
        ):
            raise ValidationError(_("This criterion is not yours to score."), code="foreign_criterion")
        if points is not None and not 0 <= points <= criterion.weight:
            errors[f"points-{criterion.pk}"] = ValidationError(
                _("Give 0 to %(most)s points."),
                code="points",
                params={"most": format(criterion.weight.normalize(), "f")},
            )
    if errors:
        raise ValidationError(errors)
    sheet, _created = Scorecard.objects.get_or_create(panellist=seat, bid=bid)
    for criterion, (points, comment) in scores.items():
        if points is None:
            sheet.scores.filter(criterion=criterion).delete()
        else:
            Score.objects.update_or_create(
                scorecard=sheet, criterion=criterion, defaults={"points": points, "comment": comment}
            )
    sheet.save(update_fields=["saved_at"])
    record("bid.scored", sheet, by=by, tender=seat.panel.tender.number)
    return sheet


def _locked_seat(panellist: Panellist, by: User) -> Panellist:
    seat = (
        Panellist.objects.select_for_update(of=("self",))
        .select_related("panel__tender__bureau__region")
        .get(pk=panellist.pk)
    )
    authorise(policies.may_score, by, seat)
    if seat.state == Panellist.State.SUBMITTED:
        raise ValidationError(_("Your scores are handed in and can't be changed."), code="handed_in")
    if seat.state != Panellist.State.DECLARED:
        raise ValidationError(_("Declare first that you have no conflict of interest."), code="not_declared")
    return seat


@transaction.atomic
def hand_in_scores(panellist: Panellist, *, by: User) -> Panellist:
    """Hand in all sheets at once; from now on they can't be changed. The last one in lets the formula run."""
    tender = _locked_tender(panellist.panel.tender_id)
    Panel.objects.select_for_update().get(tender=tender)
    seat = _locked_seat(panellist, by)
    bids = Bid.objects.filter(lot__tender=tender, lot__state=Lot.State.EVALUATING, state=Bid.State.OPENED)
    wanted = bids.count() * tender.criteria.by_experts().count()
    given = Score.objects.filter(scorecard__panellist=seat, scorecard__bid__in=bids).count()
    if given < wanted:
        raise ValidationError(
            _("%(missing)s scores are still missing."), code="scores_missing", params={"missing": wanted - given}
        )
    seat.submit()
    seat.submitted_at = clock.now()
    seat.save(update_fields=["state", "submitted_at"])
    record("expert.scores_handed_in", seat, by=by, tender=tender.number)
    if not seat.panel.members.sitting().exclude(state=Panellist.State.SUBMITTED).exists():
        for lot in tender.lots.select_for_update().filter(state=Lot.State.EVALUATING):
            rank_bids(lot, by=by)
        transaction.on_commit(partial(notices.tell_ranked.enqueue, str(tender.pk)))
    return seat


@transaction.atomic
def rank_bids(lot: Lot, *, by: User) -> Lot:
    """Let the formula rank the valid bids of a lot, once every expert has handed in. Called by the last of them."""
    tender = _locked_tender(lot.tender_id)
    lot = tender.lots.select_for_update().get(pk=lot.pk)
    authorise(policies.may_rank, by, tender)
    panel = Panel.objects.get(tender=tender)
    if panel.members.sitting().exclude(state=Panellist.State.SUBMITTED).exists():
        raise ValidationError(_("Not every expert has handed in scores."), code="scores_missing")
    price = tender.criteria.get(part=Criterion.Part.PRICE)
    bids = {str(bid.pk): bid for bid in lot.bids.select_for_update().valid()}
    sheets: dict[str, dict[str, list[Decimal]]] = {key: {} for key in bids}
    rows = Score.objects.filter(
        scorecard__bid__in=bids.values(), scorecard__panellist__state=Panellist.State.SUBMITTED
    ).values_list("scorecard__bid_id", "scorecard__panellist_id", "criterion__part", "points")
    technical: dict[str, dict[str, Decimal]] = {key: {} for key in bids}
    for bid_id, seat_id, part, points in rows:
        sheets[str(bid_id)].setdefault(str(seat_id), []).append(points)
        if part == Criterion.Part.TECHNICAL:
            of_seat = technical[str(bid_id)]
            of_seat[str(seat_id)] = of_seat.get(str(seat_id), Decimal(0)) + points
    standings = [
        Standing(
            key=key,
            price=bid.amount,
            quality=mean([sum(points, Decimal(0)) for points in sheets[key].values()]),
            technical=mean(list(technical[key].values()) or [Decimal(0)]),
        )
        for key, bid in bids.items()
    ]
    for standing in ranked(standings, price.weight):
        bid = bids[standing.key]
        bid.quality_score, bid.price_score = standing.quality, standing.price_points
        bid.total_score, bid.rank = standing.total, standing.rank
        bid.enter_ranking()
        bid.save(update_fields=["quality_score", "price_score", "total_score", "rank", "state"])
    lot.rank()
    lot.save(update_fields=["state"])
    record("lot.ranked", lot, by=by, organisation=tender.bureau, bids=len(bids))
    return lot
