"""What waits for a supplier: before the deadline, during the evaluation, and under a framework."""

import datetime

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.pages import clock
from marketplace.pages.desk import WaitingItem
from marketplace.parties.models import Organisation

from ...models import (
    Amendment,
    Bid,
    BidConfirmation,
    BidDraft,
    CallOff,
    Envelope,
    Partner,
    PriceReview,
    QuoteRound,
    Tender,
)


def bidding(supplier: Organisation) -> list[WaitingItem]:
    """For those who may write its bids."""
    now = clock.now()
    return [
        *_to_confirm(supplier, now),
        *_to_deliver(supplier, now),
        *_to_join(supplier, now),
        *_to_finish(supplier, now),
        *_orders(supplier, now),
    ]


def _to_confirm(supplier: Organisation, now: datetime.datetime) -> list[WaitingItem]:
    """Sealed bids that a material change has overtaken: unconfirmed they may lapse at the opening."""
    said = BidConfirmation.objects.filter(amendment=OuterRef("pk"), envelope=OuterRef(OuterRef("pk")))
    changed = Amendment.objects.to_confirm().filter(
        ~Exists(said), tender=OuterRef("tender"), published_at__gt=OuterRef("submitted_at")
    )
    sealed = Envelope.objects.filter(
        Exists(changed), supplier=supplier, tender__state=Tender.State.PUBLISHED, tender__bids_due_at__gt=now
    ).standing()
    return [
        WaitingItem(
            _("%(number)s was changed: say that your bid stands, or replace it") % {"number": envelope.tender.number},
            reverse("tenders:bid_confirm", args=[envelope.tender.number]),
            due=envelope.tender.bids_due_at,
            tone="warn",
        )
        for envelope in sealed.select_related("tender")
    ]


def _to_deliver(supplier: Organisation, now: datetime.datetime) -> list[WaitingItem]:
    """Files of which only the fingerprint came in time."""
    sealed = Envelope.objects.filter(
        supplier=supplier,
        promised__received_at=None,
        promised__isnull=False,
        tender__state__in=[Tender.State.PUBLISHED, Tender.State.CLOSED],
    ).standing()
    items = []
    for envelope in sealed.select_related("tender__bureau__region").distinct():
        tender = envelope.tender
        if now < (due := tender.bodies_due_at):
            text = _("Hand in the files that you have promised for %(number)s") % {"number": tender.number}
            items.append(WaitingItem(text, reverse("tenders:bid", args=[tender.number]), due=due, tone="warn"))
    return items


def _to_join(supplier: Organisation, now: datetime.datetime) -> list[WaitingItem]:
    asked = Partner.objects.filter(
        member=supplier,
        state=Partner.State.ASKED,
        tender__state=Tender.State.PUBLISHED,
        tender__bids_due_at__gt=now,
    )
    return [
        WaitingItem(
            _("%(name)s asks you to bid together for %(number)s")
            % {"name": partner.lead, "number": partner.tender.number},
            reverse("tenders:partner", args=[partner.pk]),
            due=partner.tender.bids_due_at,
        )
        for partner in asked.select_related("tender", "lead")
    ]


def _to_finish(supplier: Organisation, now: datetime.datetime) -> list[WaitingItem]:
    drafts = BidDraft.objects.filter(
        supplier=supplier, tender__state=Tender.State.PUBLISHED, tender__bids_due_at__gt=now
    )
    return [
        WaitingItem(
            _("Finish and seal your bid for %(number)s “%(title)s”")
            % {"number": draft.tender.number, "title": draft.tender},
            reverse("tenders:bid", args=[draft.tender.number]),
            due=draft.tender.bids_due_at,
        )
        for draft in drafts.select_related("tender")
    ]


def _orders(supplier: Organisation, now: datetime.datetime) -> list[WaitingItem]:
    given = CallOff.objects.filter(supplier=supplier, state=CallOff.State.ORDERED)
    asked = CallOff.objects.filter(
        state=CallOff.State.ASKING, quotes_due_at__gt=now, lot__admissions__supplier=supplier
    ).exclude(quotes__supplier=supplier)
    return [
        *(
            WaitingItem(_("Accept or decline the order %(number)s") % {"number": one.number}, one.get_absolute_url())
            for one in given
        ),
        *(
            WaitingItem(
                _("Quote for the order %(number)s") % {"number": one.number},
                one.get_absolute_url(),
                due=one.quotes_due_at,
            )
            for one in asked
        ),
    ]


def evaluated(supplier: Organisation) -> list[WaitingItem]:
    """For those who may speak for it: prices to explain, final quotes to give."""
    items = []
    reviews = PriceReview.objects.filter(bid__supplier=supplier, state=PriceReview.State.ASKED)
    for review in reviews.select_related("bid__lot__tender"):
        text = _("Explain your price for %(number)s") % {"number": review.bid.lot.tender.number}
        url = reverse("tenders:explain_price", args=[review.pk])
        items.append(WaitingItem(text, url, due=review.answer_due_at, tone="warn"))
    rounds = QuoteRound.objects.filter(
        state=QuoteRound.State.OPEN,
        due_at__gt=clock.now(),
        lot__bids__supplier=supplier,
        lot__bids__state=Bid.State.OPENED,
    ).exclude(quotes__bid__supplier=supplier)
    for round in rounds.select_related("lot__tender"):
        named = {"lot": round.lot.title, "number": round.lot.tender.number}
        text = (
            _("Give your final quote for “%(lot)s” (%(number)s)")
            if round.is_final
            else _("Give your quote for “%(lot)s” (%(number)s)")
        )
        items.append(WaitingItem(text % named, reverse("tenders:quote", args=[round.pk]), due=round.due_at))
    return items
