"""The formula: once every sheet is in and nothing waits for chair or panel, every lot is ranked."""

from collections.abc import Iterable
from decimal import Decimal
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import User

from .. import panelnotices, policies
from ..models import Bid, Criterion, Lot, Moderation, Panel, Panellist, PriceReview, QuoteRound, Score, Tender
from ..pricing import candidate_places, formula_of, needs_final_quote, price_weight, tie_order
from ..rulebook import day_of, limit, rule_for
from ..scoring import Standing, mean, outliers, ranked, sums
from .locking import locked_lot, locked_panel, locked_tender

Rows = list[tuple[Any, Any, str, Decimal]]  # bid, seat, part of the criterion, points


def rank_when_ready(tender: Tender, *, by: User) -> bool:
    """Rank every lot that is being evaluated when all sheets are in, outliers looked at and low prices decided.

    Whether it did. The caller holds the tender's lock; called by whoever completes the last thing.
    """
    if tender.state != Tender.State.EVALUATING:
        return False
    panel = locked_panel(tender)
    if panel.state not in (Panel.State.SCORING, Panel.State.MODERATING):
        return False
    sitting = list(panel.members.sitting().values_list("state", flat=True))
    if len(sitting) < tender.panel_size or set(sitting) != {Panellist.State.SUBMITTED}:
        return False  # a panel that is not full does not go on (Order 87, Article 49)
    if panel.scored_at is None:
        panel.scored_at = clock.now()
        panel.report_due_at = limit(tender, "tender.report_period", day_of(panel.scored_at))
        panel.save(update_fields=["scored_at", "report_due_at"])
        _set_outliers_aside(tender, panel, by)
    if _is_waiting(tender):
        if panel.state == Panel.State.SCORING:
            panel.moderate()
            panel.save(update_fields=["state"])
            transaction.on_commit(partial(panelnotices.tell_moderating.enqueue, str(panel.pk)))
        return False
    for lot in tender.lots.filter(state=Lot.State.EVALUATING).order_by("pk"):
        _rank(locked_lot(tender, lot.pk), panel, by)
    panel.rank()
    panel.save(update_fields=["state"])
    transaction.on_commit(partial(panelnotices.tell_ranked.enqueue, str(tender.pk)))
    return True


def _is_waiting(tender: Tender) -> bool:
    """Something is still for the chair or the panel to decide."""
    undecided = Moderation.objects.filter(
        scorecard__panellist__panel__tender=tender,
        scorecard__panellist__state=Panellist.State.SUBMITTED,
        scorecard__bid__in=Bid.objects.to_be_scored().filter(lot__tender=tender),
        decided_at=None,
    )
    open_reviews = PriceReview.objects.filter(
        bid__lot__tender=tender, state__in=["asked", "explained", "silent"], bid__state=Bid.State.OPENED
    )
    return undecided.exists() or open_reviews.exists()


def _set_outliers_aside(tender: Tender, panel: Panel, by: User) -> None:
    """Every sheet whose total lies far from the others of its bid waits for the chair (87:64)."""
    percent = rule_for(tender, "tender.outlier").value or Decimal(0)
    cards: dict[Any, dict[Any, Decimal]] = {}
    for card_id, bid_id, points in Score.objects.filter(
        scorecard__panellist__panel=panel,
        scorecard__panellist__state=Panellist.State.SUBMITTED,
        scorecard__bid__in=Bid.objects.to_be_scored().filter(lot__tender=tender),
    ).values_list("scorecard_id", "scorecard__bid_id", "points"):
        of_bid = cards.setdefault(bid_id, {})
        of_bid[card_id] = of_bid.get(card_id, Decimal(0)) + points
    for totals in cards.values():
        for card_id, others in outliers(totals, percent).items():
            found = Moderation.objects.create(scorecard_id=card_id, total=totals[card_id], others_mean=others)
            record("score.set_aside", found, by=by, organisation=tender.bureau, total=str(totals[card_id]))


@transaction.atomic
def rank_bids(lot: Lot, *, by: User) -> Lot:
    """Let the formula rank once more what was ready and did not run. Raises ValidationError `scores_missing`."""
    tender = locked_tender(lot.tender_id)
    authorise(policies.may_rank, by, tender)
    if not rank_when_ready(tender, by=by):
        raise ValidationError(_("Not every expert has handed in scores."), code="scores_missing")
    return Lot.objects.get(pk=lot.pk)


def refuse_without_quotes(tender: Tender, lots: Iterable[Lot]) -> None:
    """Where the method ends with a final quote, nothing is judged before it is opened. Raises `final_quote_missing`."""
    if not needs_final_quote(tender):
        return
    opened = QuoteRound.objects.filter(lot__tender=tender, is_final=True, state=QuoteRound.State.OPENED)
    done = set(opened.values_list("lot_id", flat=True))
    if any(lot.pk not in done for lot in lots):
        raise ValidationError(
            _(
                "With this method every bidder that is left gives one final quote before the evaluation ends "
                "(Order 74, Article 33; Caiku [2014] 214, Article 21). It has not been called for or opened yet."
            ),
            code="final_quote_missing",
        )


def _rank(lot: Lot, panel: Panel, by: User) -> None:
    tender = lot.tender
    bids = {str(bid.pk): bid for bid in lot.bids.select_for_update().valid()}
    standings = [_standing(bid, rows) for bid, rows in _sheets(bids)]
    places = ranked(
        standings,
        price_weight(tender),
        formula=formula_of(tender),
        tie_order=tie_order(tender),
        seed=panel.seed,
        candidates=candidate_places(tender),
    )
    for standing in places:
        bid = bids[standing.key]
        bid.quality_score, bid.technical_score = standing.quality, standing.technical
        bid.price_score, bid.total_score = standing.price_points, standing.total
        bid.rank, bid.tie_broken_by = standing.rank, standing.tie_broken_by
        bid.enter_ranking()
        bid.save(
            update_fields=[
                "quality_score",
                "technical_score",
                "price_score",
                "total_score",
                "rank",
                "tie_broken_by",
                "state",
            ]
        )
    lot.rank()
    lot.save(update_fields=["state"])
    record("lot.ranked", lot, by=by, organisation=tender.bureau, bids=len(bids))


def _sheets(bids: dict[str, Bid]) -> Iterable[tuple[Bid, Rows]]:
    """Each bid with the points that count: of members who handed in and were not dismissed."""
    rows: dict[str, Rows] = {key: [] for key in bids}
    for row in Score.objects.filter(
        scorecard__bid__in=bids.values(), scorecard__panellist__state=Panellist.State.SUBMITTED
    ).values_list("scorecard__bid_id", "scorecard__panellist_id", "criterion__part", "points"):
        rows[str(row[0])].append(row)
    return [(bids[key], rows[key]) for key in bids]


def _standing(bid: Bid, rows: Rows) -> Standing:
    quality = sums((seat, points) for _bid, seat, _part, points in rows)
    technical = sums((seat, points) for _bid, seat, part, points in rows if part == Criterion.Part.TECHNICAL)
    return Standing(
        key=str(bid.pk),
        price=bid.amount,
        compared=bid.compared_price,
        quality=mean(list(quality.values()) or [Decimal(0)]),
        technical=mean(list(technical.values()) or [Decimal(0)]),
    )
