"""Which deadlines an interruption of the platform hit: of bids, of files that follow them, of quotes, of answers."""

import datetime
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from marketplace.rules.queries import resolve

from ..models import Bid, CallOff, Envelope, Lot, Outage, PriceReview, PromisedFile, QuoteRound, Tender


class Kind(models.TextChoices):
    BIDS = "bids", _("Bids due")
    FILES = "files", _("Files that follow their fingerprint due")
    QUOTES = "quotes", _("Quotes due")
    ANSWER = "answer", _("Explanation of a low price due")
    ORDER = "order", _("Quotes for an order due")


@dataclass(frozen=True)
class Hit:
    """A deadline that moves. `subject` is the row that it stands on; `suppliers` are those who run against it."""

    kind: Kind
    tender: Tender
    subject: Any
    due: datetime.datetime
    suppliers: tuple[uuid.UUID, ...] = ()

    @property
    def title(self) -> str:
        return str(self.kind.label)


def deadlines_hit(outage: Outage) -> list[Hit]:
    """Deadlines within the outage or the margin after it, of whatever nobody has opened or judged since: tender by
    tender, in the order in which their rows are locked. Five statements and one for each round, order or review."""
    margin = datetime.timedelta(minutes=int(resolve("tender.outage_margin").value or 0))
    window = outage.began_at, outage.ended_at + margin
    found = [*_bids(*window), *_files(*window), *_quotes(*window), *_answers(*window), *_orders(*window)]
    return sorted(found, key=lambda hit: hit.tender.pk)


def _bids(began: datetime.datetime, over: datetime.datetime) -> Iterator[Hit]:
    """Of tenders closed meanwhile too, those that failed for want of bids among them."""
    tenders = Tender.objects.filter(bids_due_at__range=(began, over), opening=None).filter(
        Q(state__in=[Tender.State.PUBLISHED, Tender.State.CLOSED])
        | Q(state=Tender.State.FAILED, end_code="too_few_envelopes")
    )
    for tender in tenders:
        yield Hit(Kind.BIDS, tender, tender, tender.bids_due_at)


def _files(began: datetime.datetime, over: datetime.datetime) -> Iterator[Hit]:
    """Files that should follow the fingerprints of bids that were in before it began."""
    promised = PromisedFile.objects.filter(envelope=OuterRef("pk"), received_at=None)
    owed = Envelope.objects.standing().filter(Exists(promised))
    tenders = Tender.objects.filter(
        Exists(owed.filter(tender=OuterRef("pk"))),
        bids_due_at__lt=began,
        opening=None,
        state__in=[Tender.State.PUBLISHED, Tender.State.CLOSED],
    )
    for tender in tenders:
        if began <= tender.bodies_due_at <= over:
            suppliers = owed.filter(tender=tender).values_list("supplier", flat=True)
            yield Hit(Kind.FILES, tender, tender, tender.bodies_due_at, tuple(suppliers))


def _quotes(began: datetime.datetime, over: datetime.datetime) -> Iterator[Hit]:
    rounds = QuoteRound.objects.exclude(state=QuoteRound.State.OPENED).filter(
        due_at__range=(began, over), lot__state=Lot.State.EVALUATING
    )
    for round in rounds.select_related("lot__tender"):
        suppliers = round.lot.bids.filter(state=Bid.State.OPENED).values_list("supplier", flat=True)
        yield Hit(Kind.QUOTES, round.lot.tender, round, round.due_at, tuple(suppliers))


def _answers(began: datetime.datetime, over: datetime.datetime) -> Iterator[Hit]:
    """Explanations of low prices that the panel has not begun to judge."""
    reviews = PriceReview.objects.filter(
        state__in=[PriceReview.State.ASKED, PriceReview.State.SILENT],
        answer_due_at__range=(began, over),
        votes=None,
        bid__state=Bid.State.OPENED,
    )
    for review in reviews.select_related("bid__lot__tender"):
        yield Hit(Kind.ANSWER, review.bid.lot.tender, review, review.answer_due_at, (review.bid.supplier_id,))


def _orders(began: datetime.datetime, over: datetime.datetime) -> Iterator[Hit]:
    asking = CallOff.objects.filter(state=CallOff.State.ASKING, quotes_due_at__range=(began, over))
    for order in asking.select_related("lot__tender"):
        suppliers = order.lot.admissions.values_list("supplier", flat=True)
        yield Hit(Kind.ORDER, order.lot.tender, order, order.quotes_due_at, tuple(suppliers))
