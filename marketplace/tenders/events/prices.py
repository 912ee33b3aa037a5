"""What comes due about prices: the end of an explanation, the end of a round of quotes."""

import datetime
from collections.abc import Iterable

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from ..models import Lot, PriceReview, QuoteRound, Tender
from ..rulebook import rule_for
from .registry import Event, tells, watches

ANSWER_DUE = "price_review.answer_due"
QUOTES_DUE = "quote_round.due"


@watches
def reviews_to_end(now: datetime.datetime) -> Iterable[Model]:
    return PriceReview.objects.filter(state=PriceReview.State.ASKED, answer_due_at__lte=now).select_related(
        "bid__lot__tender__bureau__region"
    )


@watches
def rounds_to_close(now: datetime.datetime) -> Iterable[Model]:
    return QuoteRound.objects.filter(state=QuoteRound.State.OPEN, due_at__lte=now).select_related("lot__tender")


@tells(PriceReview)
def until_the_answer(review: PriceReview) -> Iterable[Event]:
    if review.state == PriceReview.State.ASKED:
        tender = review.bid.lot.tender
        rule = rule_for(tender, "tender.abnormal_low_answer")
        title = _("Explanation of a low price due")
        yield Event(review, ANSWER_DUE, review.answer_due_at, title, rule, None, tender.method)


@tells(QuoteRound)
def until_the_quotes(round: QuoteRound) -> Iterable[Event]:
    if round.state == QuoteRound.State.OPEN:
        title = _("Final quotes due") if round.is_final else _("Quotes of the round due")
        yield Event(round, QUOTES_DUE, round.due_at, title)


@tells(Lot)
def of_a_lot(lot: Lot) -> Iterable[Event]:
    """What runs inside one lot."""
    if lot.state != Lot.State.EVALUATING:
        return
    for round in lot.quote_rounds.filter(state=QuoteRound.State.OPEN):
        yield from until_the_quotes(round)
    reviews = PriceReview.objects.filter(bid__lot=lot, state=PriceReview.State.ASKED)
    for review in reviews.select_related("bid__lot__tender__bureau__region"):
        yield from until_the_answer(review)


@tells(Tender)
def of_a_tender(tender: Tender) -> Iterable[Event]:
    """Final quotes of every lot. Who was asked about a price is not the public's to know before the award."""
    if tender.state == Tender.State.EVALUATING:
        for round in QuoteRound.objects.filter(lot__tender=tender, state=QuoteRound.State.OPEN).select_related("lot"):
            yield from until_the_quotes(round)
