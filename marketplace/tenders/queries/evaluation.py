"""What the bureau and the panel see of an evaluation: who is done, never a score before all are in."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from marketplace.parties.models import Role, User

from .. import policies
from ..methods import method_of
from ..models import (
    Award,
    Bid,
    CaseFile,
    Challenge,
    Lot,
    Moderation,
    Panel,
    Panellist,
    PriceReview,
    QuoteRound,
    Tender,
)
from ..models.bid import my_suppliers
from ..pricing import needs_final_quote
from .results import result_of, seats_of


def evaluation_of(tender: Tender, user: User) -> dict[str, Any]:
    """Seats, bids by lot, and once a lot is ranked its table. A fixed number of statements."""
    bids: dict[Any, list[Bid]] = {}
    for bid in (
        Bid.objects.filter(lot__tender=tender).select_related("supplier", "lot__tender").order_by("rank", "created_at")
    ):
        bids.setdefault(bid.lot_id, []).append(bid)
    seats = seats_of(tender)
    handed_in = any(seat.state == Panellist.State.SUBMITTED for seat in seats)
    results = {row["lot"].pk: row for row in result_of(tender)}
    is_manager = policies.may_manage(user, tender)
    panel = Panel.objects.filter(tender=tender).first()
    is_reported = not method_of(tender).has_panel or (panel is not None and panel.state == Panel.State.REPORTED)
    rounds: dict[Any, list[QuoteRound]] = {}
    for round in QuoteRound.objects.filter(lot__tender=tender).order_by("number"):
        rounds.setdefault(round.lot_id, []).append(round)
    asks_quotes = needs_final_quote(tender)
    ended = {award.lot_id for award in Award.objects.filter(lot__tender=tender).exclude(state=Award.State.STANDING)}
    return {
        "seats": seats,
        "panel": panel,
        "is_reported": is_reported,
        "waits_for_panel": panel is not None and panel.state in (Panel.State.MODERATING, Panel.State.RANKED),
        "lots": [
            {
                "lot": lot,
                "bids": bids.get(lot.pk, []),
                "result": results[lot.pk],
                "rounds": rounds.get(lot.pk, []),
                "may_qualify": is_manager and lot.state == Lot.State.EVALUATING and lot.qualified_at is None,
                "may_call": is_manager
                and asks_quotes
                and lot.state == Lot.State.EVALUATING
                and lot.qualified_at is not None
                and not any(one.is_final or one.state != QuoteRound.State.OPENED for one in rounds.get(lot.pk, [])),
                "may_begin_again": lot.pk in ended and policies.may_award(user, lot),
                "may_exclude": is_manager and lot.state == Lot.State.EVALUATING and not handed_in,
                "may_admit": is_reported and policies.may_admit(user, lot),
                "may_agree": policies.may_agree_price(user, lot),
                "may_award": lot.state == Lot.State.RANKED and is_reported and policies.may_award(user, lot),
                "may_decline": lot.state == Lot.State.AWARDED and is_manager,
            }
            for lot in tender.lots.all()
        ],
    }


def moderations_of(panels: QuerySet[Panel]) -> QuerySet[Moderation]:
    """The sheets that lay far from the others, on these panels."""
    return (
        Moderation.objects.filter(
            scorecard__panellist__panel__in=panels, scorecard__panellist__state=Panellist.State.SUBMITTED
        )
        .select_related(
            "scorecard__panellist__user", "scorecard__panellist__panel", "scorecard__bid__supplier", "decided_by"
        )
        .order_by("created_at")
    )


def reviews_of(panels: QuerySet[Panel]) -> QuerySet[PriceReview]:
    """The prices that were asked about, with the votes."""
    return (
        PriceReview.objects.filter(bid__lot__tender__panel__in=panels)
        .select_related("bid__supplier", "bid__lot__tender")
        .prefetch_related("votes__panellist__user", "files")
        .order_by("asked_at")
    )


def quotes_of(tender: Tender) -> list[QuoteRound]:
    """The rounds of a tender with every quote: who and when, and once opened the price. Three statements."""
    return list(
        QuoteRound.objects.filter(lot__tender=tender)
        .select_related("lot")
        .prefetch_related("quotes__bid__supplier")
        .order_by("lot__position", "number")
    )


def case_files(files: Iterable[CaseFile]) -> list[dict[str, Any]]:
    """As components/file_list.html draws them."""
    return [
        {
            "name": one.name,
            "url": reverse("tenders:case_file", args=[one.pk]),
            "size": one.size,
            "note": f"SHA-256 {one.sha256[:16]}…",
        }
        for one in files
    ]


def case_files_for(user: User) -> QuerySet[CaseFile]:
    """Proof of a price: its supplier, the buyer and the panel. Of a challenge or complaint: who may read that."""
    challenges = Challenge.objects.visible_to(user)
    desks = Tender.objects.of_bureaus_of(user, Role.OFFICER, Role.APPROVER, Role.SIGNATORY)
    sits = Panellist.objects.who_declared().filter(user=user, panel__tender=OuterRef("review__bid__lot__tender"))
    return CaseFile.objects.filter(
        Q(review__bid__supplier__in=my_suppliers(user))
        | Q(review__bid__lot__tender__in=desks)
        | Exists(sits)
        | Q(challenge__in=challenges)
        | Q(complaint__challenge__in=challenges)
    )
