"""Who is told what between the opening and the award, after commit, each in their own language."""

from django.tasks import task
from django.urls import reverse

from marketplace.messages.actions import tell
from marketplace.pages import clock
from marketplace.parties.models import Role

from .models import Award, Bid, Panel, Panellist, PriceReview, QuoteRound, Tender
from .notices import bidders_of, buyers_of, people_of, tender_of


@task
def tell_ranked(pk: str) -> None:
    """The panel: read the ranking and confirm the report. The buyer: it is coming."""
    tender = tender_of(pk)
    for seat in _panel(tender):
        tell(
            [seat.user],
            template="tenders/confirm_report",
            context={"tender": tender},
            url=reverse("tenders:confirm_report", args=[seat.pk]),
            about=tender,
            key=f"panel-confirm-{seat.pk}",
        )
    tell(
        buyers_of(tender),
        template="tenders/ranked",
        context={"tender": tender},
        url=tender.get_desk_url(),
        about=tender,
        key=f"tender-ranked-{pk}-{clock.now().date().isoformat()}",
    )


@task
def tell_price_questioned(pk: str) -> None:
    """The supplier: explain your price, until when."""
    review = PriceReview.objects.select_related("bid__lot__tender", "bid__supplier").get(pk=pk)
    tell(
        people_of([review.bid.supplier_id], Role.BIDDER, Role.OWNER, Role.SIGNATORY),
        template="tenders/price_questioned",
        context={"review": review, "tender": review.bid.lot.tender},
        url=reverse("tenders:explain_price", args=[review.pk]),
        about=review.bid,
        key=f"price-questioned-{pk}",
    )


def _panel(tender: Tender) -> list[Panellist]:
    return list(Panellist.objects.sitting().filter(panel__tender=tender).select_related("user"))


@task
def tell_price_answered(pk: str) -> None:
    """The panel: read the explanation, or that none came, and vote."""
    review = PriceReview.objects.select_related("bid__lot__tender", "bid__supplier").get(pk=pk)
    for seat in _panel(review.bid.lot.tender):
        tell(
            [seat.user],
            template="tenders/price_answered",
            context={"review": review, "tender": review.bid.lot.tender},
            url=reverse("tenders:price_review", args=[seat.pk, review.pk]),
            about=review.bid,
            key=f"price-answered-{pk}",
        )


@task
def tell_price_decided(pk: str) -> None:
    """The supplier: accepted, or invalid and why."""
    review = PriceReview.objects.select_related("bid__lot__tender", "bid__supplier").get(pk=pk)
    tell(
        people_of([review.bid.supplier_id], Role.BIDDER, Role.OWNER, Role.SIGNATORY),
        template="tenders/price_decided",
        context={"review": review, "tender": review.bid.lot.tender},
        url=reverse("tenders:explain_price", args=[review.pk]),
        about=review.bid,
        key=f"price-decided-{pk}",
    )


@task
def tell_seat_empty(pk: str) -> None:
    """The buyer: a member stepped down and nobody was left in the draw."""
    panel = Panel.objects.select_related("tender__bureau").get(pk=pk)
    tell(
        buyers_of(panel.tender),
        template="tenders/seat_empty",
        context={"tender": panel.tender},
        url=reverse("tenders:fill_seats", args=[panel.tender_id]),
        about=panel.tender,
        key=f"seat-empty-{pk}-{panel.members.count()}-{panel.members.sitting().count()}",
    )


@task
def tell_quotes_called(pk: str) -> None:
    """Every bidder that is left, in the same words, until the same moment."""
    round = QuoteRound.objects.select_related("lot__tender").get(pk=pk)
    bids = round.lot.bids.filter(state=Bid.State.OPENED)
    tell(
        people_of([bid.supplier_id for bid in bids], Role.BIDDER, Role.OWNER, Role.SIGNATORY),
        template="tenders/quotes_called",
        context={"round": round, "lot": round.lot, "tender": round.lot.tender},
        url=reverse("tenders:quote", args=[round.pk]),
        about=round.lot,
        key=f"quotes-called-{pk}",
    )


@task
def tell_quotes_closed(pk: str) -> None:
    """The custodians: the quotes wait for you."""
    round = QuoteRound.objects.select_related("lot__tender").get(pk=pk)
    tender = round.lot.tender
    tell(
        [custodian.user for custodian in tender.custodians.select_related("user")],
        template="tenders/quotes_closed",
        context={"round": round, "lot": round.lot, "tender": tender},
        url=reverse("tenders:open_quotes", args=[tender.number]),
        about=tender,
        key=f"quotes-closed-{pk}",
    )


@task
def tell_quotes_opened(pk: str) -> None:
    """Everyone who bid, the panel and the buyer."""
    tender = tender_of(pk)
    tell(
        [*bidders_of(tender), *buyers_of(tender), *(seat.user for seat in _panel(tender))],
        template="tenders/quotes_opened",
        context={"tender": tender},
        url=reverse("tenders:opening", args=[tender.number]),
        about=tender,
    )


@task
def tell_moderating(pk: str) -> None:
    """The panel: sheets lie far apart, or a price is not decided."""
    panel = Panel.objects.select_related("tender").get(pk=pk)
    for seat in _panel(panel.tender):
        tell(
            [seat.user],
            template="tenders/moderating",
            context={"tender": panel.tender},
            url=reverse("tenders:assignment", args=[seat.pk]),
            about=panel.tender,
            key=f"panel-moderating-{pk}-{panel.drawn_at.isoformat()}",
        )


@task
def tell_reported(pk: str) -> None:
    """The buyer: the report is signed, decide within the rule's days."""
    tender = tender_of(pk)
    tell(
        buyers_of(tender),
        template="tenders/reported",
        context={"tender": tender},
        url=tender.get_desk_url(),
        about=tender,
    )


@task
def tell_award_ended(pk: str) -> None:
    """Every bidder of the lot and the buyer: the award no longer stands."""
    award = Award.objects.select_related("lot__tender__bureau", "supplier").get(pk=pk)
    tender = award.lot.tender
    suppliers = award.lot.bids.values_list("supplier_id", flat=True)
    tell(
        [*people_of(list(suppliers), Role.BIDDER, Role.OWNER, Role.SIGNATORY), *buyers_of(tender)],
        template="tenders/award_ended",
        context={"award": award, "lot": award.lot, "tender": tender},
        url=tender.get_absolute_url(),
        about=award,
        key=f"award-ended-{pk}",
    )
