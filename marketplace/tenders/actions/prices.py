"""A price that seems abnormally low: the supplier is asked and explains, the panel decides (财库〔2026〕2号)."""

import datetime
from collections.abc import Sequence
from functools import partial

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import User

from .. import panelnotices, policies
from ..casefiles import keep_file
from ..events import when_due
from ..events.prices import ANSWER_DUE
from ..models import Bid, Lot, Panel, PriceReview, PriceVote
from ..pricing import answer_minutes
from ..rulebook import rule_for
from ..scoring import abnormally_low
from .excluding import exclude_locked
from .locking import locked_lot, locked_tender
from .ranking import rank_when_ready


def ask_about_low_prices(lot: Lot, *, by: User) -> list[PriceReview]:
    """Ask every supplier of the lot whose raw price sets off a trigger. The caller holds the lot's lock."""
    bids = {str(bid.pk): bid for bid in lot.bids.filter(state=Bid.State.OPENED)}
    if not bids:
        return []
    found = abnormally_low(
        {key: bid.amount for key, bid in bids.items()},
        lot.ceiling,
        rule_for(lot.tender, "tender.abnormal_low").data,
        raised_to=lot.tender.abnormal_percent,
    )
    return [
        _ask(bids[key], [trigger.__dict__ for trigger in triggers], "", None, by) for key, triggers in found.items()
    ]


def _ask(bid: Bid, triggers: list[dict], words: str, minutes: int | None, by: User) -> PriceReview:
    least = answer_minutes(bid.lot.tender)
    now = clock.now()
    review = PriceReview.objects.create(
        bid=bid,
        triggers=triggers,
        amount=bid.amount,
        words=words,
        asked_at=now,
        answer_due_at=now + datetime.timedelta(minutes=max(minutes or least, least)),
    )
    record("bid.price_questioned", bid, by=by, organisation=bid.lot.tender.bureau, amount=bid.amount, triggers=triggers)
    transaction.on_commit(partial(panelnotices.tell_price_questioned.enqueue, str(review.pk)))
    return review


@transaction.atomic
def question_price(bid: Bid, *, words: str, minutes: int | None = None, by: User) -> PriceReview:
    """The panel's own judgement that a price may harm quality: a member asks. Before the ranking only.

    `minutes` may be more than the rule's thirty, never less. Raises ValidationError `reason_missing`, `asked_already`,
    `not_scored`, `too_short`.
    """
    tender = locked_tender(bid.lot.tender_id)
    lot = locked_lot(tender, bid.lot_id)
    authorise(policies.may_question_price, by, lot)
    bid = lot.bids.select_for_update().get(pk=bid.pk)
    bid.lot = lot
    if bid.state != Bid.State.OPENED or not lot.qualified_at:
        raise ValidationError(_("This bid is not scored."), code="not_scored")
    if not words.strip():
        raise ValidationError(
            {"words": ValidationError(_("Say what the supplier shall explain."), code="reason_missing")}
        )
    rule = rule_for(tender, "tender.abnormal_low_answer")
    if minutes is not None and minutes < rule.value:
        raise ValidationError(
            {
                "minutes": ValidationError(
                    _("The supplier has at least %(least)s minutes to explain (%(source)s)."),
                    code="too_short",
                    params={"least": int(rule.value), "source": rule.citation},
                )
            }
        )
    if bid.price_reviews.exists():
        raise ValidationError(_("This price has been asked about already."), code="asked_already")
    return _ask(bid, [{"code": "judgement", "percent": 0, "against": 0}], words.strip(), minutes, by)


def _locked_review(review: PriceReview) -> PriceReview:
    bid = Bid.objects.select_related("lot").get(pk=review.bid_id)
    tender = locked_tender(bid.lot.tender_id)
    lot = locked_lot(tender, bid.lot_id)
    bid = lot.bids.select_for_update(of=("self",)).select_related("supplier").get(pk=bid.pk)
    review = PriceReview.objects.select_for_update().get(pk=review.pk)
    bid.lot = lot
    review.bid = bid
    return review


@transaction.atomic
def explain_price(review: PriceReview, *, words: str, files: Sequence[UploadedFile] = (), by: User) -> PriceReview:
    """The supplier explains its price, with proof, once, before the time is over.

    Raises ValidationError `too_late`, `answered_already`, `words_missing`.
    """
    review = _locked_review(review)
    authorise(policies.may_answer_for, by, review.bid.supplier)
    if review.state == PriceReview.State.ASKED and clock.now() > review.answer_due_at:
        raise ValidationError(_("The time for an explanation is over."), code="too_late")
    if review.state != PriceReview.State.ASKED:
        raise ValidationError(_("This price has been explained, or the time is over."), code="answered_already")
    if not words.strip():
        raise ValidationError({"words": ValidationError(_("Explain how the price comes about."), code="words_missing")})
    review.explain()
    review.explanation, review.explained_by, review.explained_at = words.strip(), by, clock.now()
    review.save(update_fields=["state", "explanation", "explained_by", "explained_at"])
    for upload in files:
        keep_file(upload, by=by, review=review)
    record("bid.price_explained", review.bid, by=by, organisation=review.bid.supplier, files=len(files))
    transaction.on_commit(partial(panelnotices.tell_price_answered.enqueue, str(review.pk)))
    return review


@when_due(ANSWER_DUE)
@transaction.atomic
def end_price_answer(review: PriceReview, *, by: User) -> PriceReview:
    """The time for an explanation is over: the panel decides on what it has."""
    review = _locked_review(review)
    authorise(policies.may_run_the_clock, by, review)
    if review.state == PriceReview.State.ASKED and clock.now() >= review.answer_due_at:
        review.fall_silent()
        review.save(update_fields=["state"])
        record("bid.price_unexplained", review.bid, by=by, organisation=review.bid.lot.tender.bureau)
        transaction.on_commit(partial(panelnotices.tell_price_answered.enqueue, str(review.pk)))
    return review


@transaction.atomic
def vote_on_price(review: PriceReview, *, is_proven: bool, reason: str, by: User) -> PriceReview:
    """One member's judgement of the explanation. More than half of the panel decides; unproven is invalid.

    Raises ValidationError `not_answered` while the supplier still has time, `decided`, `voted_already`,
    `reason_missing`.
    """
    review = _locked_review(review)
    tender = review.bid.lot.tender
    panel = Panel.objects.select_for_update().get(tender=tender)
    seat = panel.members.who_declared().filter(user=by).first()
    authorise(policies.may_vote, by, seat)
    if review.state == PriceReview.State.ASKED:
        raise ValidationError(
            _("The supplier still has time to explain its price (财库〔2026〕2号)."), code="not_answered"
        )
    if not review.is_open:
        raise ValidationError(_("This price has been decided on."), code="decided")
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Say why."), code="reason_missing")})
    if review.votes.filter(panellist=seat).exists():
        raise ValidationError(_("You have voted on this already."), code="voted_already")
    PriceVote.objects.create(review=review, panellist=seat, is_proven=is_proven, reason=reason.strip())
    record("bid.price_voted", review.bid, by=by, tender=tender.number, is_proven=is_proven)
    votes = list(review.votes.all())
    sitting = panel.members.sitting().count()
    for verdict in (True, False):
        if 2 * sum(vote.is_proven is verdict for vote in votes) > sitting:
            _decide(review, verdict, by)
            if not verdict:
                exclude_locked(review.bid, code="price_unproven", reason="", by=by)
            rank_when_ready(tender, by=by)
    return review


def _decide(review: PriceReview, is_proven: bool, by: User) -> None:
    if is_proven:
        review.accept()
    else:
        review.reject()
    review.decided_at = clock.now()
    review.save(update_fields=["state", "decided_at"])
    record(
        "bid.price_accepted" if is_proven else "bid.price_rejected",
        review.bid,
        by=by,
        organisation=review.bid.lot.tender.bureau,
    )
    transaction.on_commit(partial(panelnotices.tell_price_decided.enqueue, str(review.pk)))
