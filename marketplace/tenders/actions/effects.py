"""What an upheld challenge or complaint does to the tender: it reopens exactly what it must."""

import datetime

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from marketplace.audit.actions import record
from marketplace.pages import clock
from marketplace.parties.models import User
from marketplace.rules.calendar import due_date, is_working_day

from ..indexing import index_tender
from ..models import Award, Bid, Challenge, Effect, Lot, Panel, Tender
from ..rulebook import day_of, rule_for, rule_or_none
from .awarding import end_award, end_lot
from .locking import locked_lot
from .panel import draw_again

POSSIBLE: dict[str, tuple[Tender.State, ...]] = {
    Effect.NONE: tuple(Tender.State),
    Effect.AMEND: (Tender.State.PUBLISHED,),
    Effect.EVALUATE: (Tender.State.EVALUATING, Tender.State.AWARDED),
    Effect.NEXT: (Tender.State.EVALUATING, Tender.State.AWARDED),
    Effect.RETENDER: (Tender.State.PUBLISHED, Tender.State.CLOSED, Tender.State.EVALUATING, Tender.State.AWARDED),
}


def possible_effects(challenge: Challenge) -> list[str]:
    """What can follow now, by the tender's state."""
    found = [effect for effect, states in POSSIBLE.items() if challenge.tender.state in states]
    if not Award.objects.standing().filter(lot__in=lots_of(challenge)).exists():
        found = [effect for effect in found if effect != Effect.NEXT]
    if not Panel.objects.filter(tender=challenge.tender).exists():
        found = [effect for effect in found if effect != Effect.EVALUATE]
    return found


def lots_of(challenge: Challenge) -> list[Lot]:
    """The lot it concerns; all of the tender when it names none."""
    lots = challenge.tender.lots.exclude(state=Lot.State.CANCELLED).order_by("pk")
    return [lot for lot in lots if challenge.lot_id in (None, lot.pk)]


def refuse_effect(challenge: Challenge, effect: str) -> None:
    """Raises ValidationError `effect_missing`, `effect_impossible`, `contracted`."""
    if not effect:
        raise ValidationError(
            {"effect": ValidationError(_("Say what follows (Order 94, Article 16)."), code="effect_missing")}
        )
    if effect not in possible_effects(challenge):
        raise ValidationError(
            {"effect": ValidationError(_("This can't follow at this stage of the tender."), code="effect_impossible")}
        )
    changes_award = effect in (Effect.EVALUATE, Effect.NEXT, Effect.RETENDER)
    if (
        changes_award
        and Award.objects.standing().filter(lot__in=lots_of(challenge), contracted_at__isnull=False).exists()
    ):
        raise ValidationError(
            {
                "effect": ValidationError(
                    _("A contract is signed: end it first (Order 94, Articles 16 and 32)."),
                    code="contracted",
                )
            }
        )


def carry_out(effect: str, challenge: Challenge, *, reason: str, by: User) -> None:
    """The caller holds the locks of tender and challenge, has decided, and `refuse_effect` found it possible."""
    tender = challenge.tender
    if effect == Effect.AMEND:
        _open_questions_again(tender, by)
    else:
        for lot in lots_of(challenge):
            lot = locked_lot(tender, lot.pk)
            if effect == Effect.EVALUATE:
                _evaluate_again(lot, reason, by)
            elif effect == Effect.NEXT:
                _annul_winner(lot, reason, by)
            elif effect == Effect.RETENDER and lot.state != Lot.State.FAILED:
                _annul(lot, reason, by)
                end_lot(lot, "award_annulled", by=by)
        if effect == Effect.EVALUATE and tender.lots.filter(state=Lot.State.EVALUATING).exists():
            draw_again(tender, by=by)
    record("challenge.carried_out", challenge, by=by, organisation=tender.bureau, effect=effect)


def _open_questions_again(tender: Tender, by: User) -> None:
    """Time to amend, to ask and to answer: the deadline moves by the rule of changes, never nearer (REG 31)."""
    today = clock.today()
    lead = rule_or_none(tender, "tender.change_period") or rule_for(tender, "tender.bid_period")
    day = max(due_date(today, lead), day_of(tender.bids_due_at))
    while not is_working_day(day):
        day += datetime.timedelta(days=1)
    old = tender.bids_due_at.astimezone(clock.SHANGHAI)
    tender.bids_due_at = clock.at_hour(day, old.hour, old.minute)
    tender.questions_until = max(tender.questions_until or clock.now(), _before(tender.bids_due_at))
    tender.save(update_fields=["bids_due_at", "questions_until"])
    record("tender.questions_reopened", tender, by=by, organisation=tender.bureau, until=day.isoformat())
    index_tender(tender)


def _before(due: datetime.datetime) -> datetime.datetime:
    """A working day earlier, at the close of office hours."""
    day = due.astimezone(clock.SHANGHAI).date() - datetime.timedelta(days=1)
    while not is_working_day(day):
        day -= datetime.timedelta(days=1)
    return clock.at_hour(day, 17)


def _annul(lot: Lot, reason: str, by: User) -> Award | None:
    """The award of the lot, if there is one, no longer stands; its bids are candidates again."""
    award = Award.objects.select_for_update(of=("self",)).standing().filter(lot=lot).select_related("supplier").first()
    if award is None:
        return None
    award.lot = lot
    award.annul()
    end_award(award, reason=reason, by=by)
    record("award.annulled", award, by=by, organisation=lot.tender.bureau)
    return award


def _evaluate_again(lot: Lot, reason: str, by: User) -> None:
    """Back to a panel: every bid that was ranked is scored anew; qualifications and prices stand."""
    if lot.state not in (Lot.State.RANKED, Lot.State.AWARDED):
        return
    _annul(lot, reason, by)
    lot.evaluate_again()
    lot.save(update_fields=["state"])
    for bid in lot.bids.select_for_update().filter(state__in=[Bid.State.RANKED, Bid.State.LOST, Bid.State.WON]):
        bid.evaluate_again()
        bid.rank = bid.total_score = bid.quality_score = bid.price_score = bid.technical_score = None
        bid.tie_broken_by = ""
        bid.save()


def _annul_winner(lot: Lot, reason: str, by: User) -> None:
    """The winner's bid is invalid; with enough left the buyer takes the next candidate, else it is tendered again."""
    award = _annul(lot, reason, by)
    if award is None:
        return
    bid = lot.bids.select_for_update().get(pk=award.bid_id)
    bid.invalidate()
    bid.exclude_reason = reason
    bid.save(update_fields=["state", "exclude_reason"])
    record("bid.excluded", bid, by=by, organisation=lot.tender.bureau, reason=reason)
    if not lot.bids.filter(state=Bid.State.RANKED).exists():
        end_lot(lot, "no_candidate_left", by=by)
