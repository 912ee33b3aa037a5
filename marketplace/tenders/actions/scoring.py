"""The experts' sheets: points and words, each in private, until all are in."""

from collections.abc import Mapping
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import User

from .. import policies
from ..models import Bid, Criterion, Lot, Panellist, Score, Scorecard
from .locking import locked_panel, locked_tender
from .ranking import rank_when_ready, refuse_without_quotes


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
    if bid.lot.qualified_at is None:
        raise ValidationError(
            _(
                "The buyer has not checked the qualifications yet: only bids that meet them are scored "
                "(Order 87, Article 44)."
            ),
            code="not_qualified_yet",
        )
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
        raise ValidationError(
            _("Your scores are handed in and can't be changed (Order 87, Article 64)."), code="handed_in"
        )
    if seat.state != Panellist.State.DECLARED:
        raise ValidationError(
            _("Declare first that you have no conflict of interest (Government Procurement Law, Article 12)."),
            code="not_declared",
        )
    return seat


@transaction.atomic
def hand_in_scores(panellist: Panellist, *, by: User) -> Panellist:
    """Hand in all sheets at once; from now on they can't be changed. The last one in lets the formula run."""
    tender = locked_tender(panellist.panel.tender_id)
    locked_panel(tender)
    seat = _locked_seat(panellist, by)
    lots = list(tender.lots.filter(state=Lot.State.EVALUATING))
    if any(lot.qualified_at is None for lot in lots):
        raise ValidationError(
            _("The buyer has not checked the qualifications of every lot yet."), code="not_qualified_yet"
        )
    refuse_without_quotes(tender, lots)
    bids = Bid.objects.to_be_scored().filter(lot__tender=tender)
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
    rank_when_ready(tender, by=by)
    return seat
