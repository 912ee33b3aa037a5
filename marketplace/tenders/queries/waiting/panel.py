"""What waits for custodians of keys and for members of a panel: these are held in person, for whatever organisation."""

from collections.abc import Iterator

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.pages import clock
from marketplace.pages.desk import WaitingItem
from marketplace.parties.models import User

from ... import policies
from ...chairing import moderator_of
from ...models import Custodian, CustodianKey, Lot, Panel, Panellist, PriceReview, PriceVote, QuoteRound, Tender
from ...pricing import needs_final_quote
from ..evaluation import moderations_of


def keys_to_use(user: User) -> list[WaitingItem]:
    """Envelopes and rounds of quotes whose time is over."""
    if not policies.may_hold_key(user):
        return []
    items = []
    if not CustodianKey.objects.filter(user=user, retired_at=None).exists():
        items.append(WaitingItem(_("Set your custodian's passphrase"), reverse("tenders:passphrase"), tone="warn"))
    now = clock.now()
    due = Custodian.objects.filter(
        Q(tender__state=Tender.State.CLOSED) | Q(tender__state=Tender.State.PUBLISHED, tender__bids_due_at__lte=now),
        user=user,
    ).filter(Q(waits_until=None) | Q(waits_until__lte=now))
    for custodian in due.select_related("tender"):
        items.append(
            WaitingItem(
                _("Open the bids for %(number)s with your passphrase") % {"number": custodian.tender.number},
                reverse("tenders:opening", args=[custodian.tender.number]),
                due=custodian.tender.bids_due_at,
            )
        )
    rounds = QuoteRound.objects.exclude(state=QuoteRound.State.OPENED).filter(
        due_at__lte=now, lot__state=Lot.State.EVALUATING, lot__tender__custodians__user=user
    )
    for number in rounds.order_by("lot__tender__number").values_list("lot__tender__number", flat=True).distinct():
        text = _("Open the quotes for %(number)s with your passphrase") % {"number": number}
        items.append(WaitingItem(text, reverse("tenders:open_quotes", args=[number])))
    return items


def seats_to_fill(user: User) -> list[WaitingItem]:
    """Declaring, scoring, deciding on sheets and prices, signing: what this member may do at this moment."""
    seats = Panellist.objects.sitting().filter(user=user, panel__tender__state=Tender.State.EVALUATING)
    return [item for seat in seats.select_related("panel__tender") for item in _of_seat(seat)]


def _of_seat(seat: Panellist) -> Iterator[WaitingItem]:
    panel, tender = seat.panel, seat.panel.tender
    named = {"number": tender.number, "title": tender}
    page = reverse("tenders:assignment", args=[seat.pk])
    if seat.state == Panellist.State.APPOINTED:
        text = _("Say whether anything ties you to a bidder of %(number)s “%(title)s”")
        yield WaitingItem(text % named, page, tone="warn")
        return
    if seat.state == Panellist.State.DECLARED and _may_be_scored(tender):
        yield WaitingItem(_("Score the bids for %(number)s “%(title)s”") % named, page)
    voted = PriceVote.objects.filter(review=OuterRef("pk"), panellist=seat)
    explained = PriceReview.objects.filter(
        bid__lot__tender=tender, state__in=[PriceReview.State.EXPLAINED, PriceReview.State.SILENT]
    )
    for review in explained.filter(~Exists(voted)):
        text = _("Decide whether a low price of %(number)s is proven")
        yield WaitingItem(text % named, reverse("tenders:price_review", args=[seat.pk, review.pk]), tone="warn")
    if panel.state == Panel.State.MODERATING:
        for moderation in moderations_of(Panel.objects.filter(pk=panel.pk)):
            decider = None if moderation.is_decided else moderator_of(panel, moderation.scorecard.panellist)
            if decider is not None and decider.pk == seat.pk:
                text = _("Decide on a sheet of %(number)s that lies far from the others")
                yield WaitingItem(text % named, reverse("tenders:moderate", args=[seat.pk, moderation.pk]), tone="warn")
    if panel.state == Panel.State.RANKED and seat.state == Panellist.State.SUBMITTED and seat.confirmed_at is None:
        text = _("Sign the evaluation report of %(number)s")
        yield WaitingItem(text % named, reverse("tenders:confirm_report", args=[seat.pk]))


def _may_be_scored(tender: Tender) -> bool:
    """Every lot has been checked, and its last prices are open where the method ends with them."""
    lots = tender.lots.filter(state=Lot.State.EVALUATING)
    waiting = lots.filter(qualified_at=None)
    if needs_final_quote(tender):
        opened = QuoteRound.objects.filter(is_final=True, state=QuoteRound.State.OPENED).values("lot")
        waiting = lots.filter(Q(qualified_at=None) | ~Q(pk__in=opened))
    return not waiting.exists()
