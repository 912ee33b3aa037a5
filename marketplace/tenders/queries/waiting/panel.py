"""What waits for custodians of keys and for members of a panel: these are held in person, for whatever organisation."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.pages import clock
from marketplace.pages.desk import WaitingItem
from marketplace.parties.models import User

from ... import policies
from ...chairing import moderator_of
from ...methods import WITH_FINAL_QUOTE
from ...models import Custodian, CustodianKey, Lot, Panel, Panellist, PriceReview, PriceVote, QuoteRound, Tender
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
    seats = seats.select_related("panel__tender").annotate(has_to_wait=Exists(_not_to_be_scored_yet()))
    by_panel = {seat.panel_id: seat for seat in seats}  # nobody sits twice on one panel
    if not by_panel:
        return []
    return [
        *_own_steps(by_panel.values()),
        *_prices_to_decide(user, by_panel),
        *_sheets_to_decide(by_panel),
    ]


def _own_steps(seats: Iterable[Panellist]) -> Iterator[WaitingItem]:
    for seat in seats:
        tender, page = seat.panel.tender, reverse("tenders:assignment", args=[seat.pk])
        named = {"number": tender.number, "title": tender}
        if seat.state == Panellist.State.APPOINTED:
            text = _("Say whether anything ties you to a bidder of %(number)s “%(title)s”")
            yield WaitingItem(text % named, page, tone="warn")
        elif seat.state == Panellist.State.DECLARED and not seat.has_to_wait:
            yield WaitingItem(_("Score the bids for %(number)s “%(title)s”") % named, page)
        elif (
            seat.state == Panellist.State.SUBMITTED
            and seat.panel.state == Panel.State.RANKED
            and seat.confirmed_at is None
        ):
            text = _("Sign the evaluation report of %(number)s")
            yield WaitingItem(text % named, reverse("tenders:confirm_report", args=[seat.pk]))


def _not_to_be_scored_yet() -> QuerySet[Lot]:
    """Lots of a seat's tender that nobody has checked, or whose last prices are sealed where the method ends with
    them."""
    opened = QuoteRound.objects.filter(lot=OuterRef("pk"), is_final=True, state=QuoteRound.State.OPENED)
    return Lot.objects.filter(
        Q(qualified_at=None) | Q(~Exists(opened), tender__method__in=WITH_FINAL_QUOTE),
        tender=OuterRef("panel__tender"),
        state=Lot.State.EVALUATING,
    )


def _prices_to_decide(user: User, by_panel: Mapping[uuid.UUID, Panellist]) -> Iterator[WaitingItem]:
    voted = PriceVote.objects.filter(review=OuterRef("pk"), panellist__user=user)
    explained = PriceReview.objects.filter(
        ~Exists(voted),
        bid__lot__tender__panel__in=by_panel,
        state__in=[PriceReview.State.EXPLAINED, PriceReview.State.SILENT],
    )
    for review in explained.select_related("bid__lot__tender__panel"):
        tender = review.bid.lot.tender
        seat = by_panel[tender.panel.pk]
        if seat.state == Panellist.State.APPOINTED:
            continue
        text = _("Decide whether a low price of %(number)s is proven") % {"number": tender.number}
        yield WaitingItem(text, reverse("tenders:price_review", args=[seat.pk, review.pk]), tone="warn")


def _sheets_to_decide(by_panel: Mapping[uuid.UUID, Panellist]) -> Iterator[WaitingItem]:
    panels = Panel.objects.filter(pk__in=by_panel, state=Panel.State.MODERATING)
    undecided = list(moderations_of(panels).filter(decided_at=None))
    sitting: dict[uuid.UUID, list[Panellist]] = defaultdict(list)
    for seat in Panellist.objects.sitting().filter(panel__in=panels).order_by("position"):
        sitting[seat.panel_id].append(seat)
    for moderation in undecided:
        sheet = moderation.scorecard.panellist
        seat, decider = by_panel[sheet.panel_id], moderator_of(sitting[sheet.panel_id], sheet)
        if decider is not None and decider.pk == seat.pk:
            text = _("Decide on a sheet of %(number)s that lies far from the others")
            url = reverse("tenders:moderate", args=[seat.pk, moderation.pk])
            yield WaitingItem(text % {"number": seat.panel.tender.number}, url, tone="warn")
