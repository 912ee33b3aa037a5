"""Quotes after the opening: every bidder that is left gives one more sealed price; two custodians open them together.

A quote is sealed to the tender's key, like the bid was: nobody reads it before its round is opened.
"""

import datetime
import hashlib
import json
import secrets
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.pages.money import format_yuan
from marketplace.parties.models import User

from .. import panelnotices, policies, sealing
from ..events import when_due
from ..events.prices import QUOTES_DUE
from ..models import Bid, Lot, Quote, QuoteRound, Tender
from ..pricing import needs_final_quote
from .custody import give_share
from .excluding import exclude_locked
from .locking import locked_lot, locked_tender
from .prices import ask_about_low_prices


@transaction.atomic
def call_for_quotes(
    lot: Lot, *, due_at: datetime.datetime, terms: str = "", is_final: bool = True, by: User
) -> QuoteRound:
    """Ask every bidder that is left for a sealed quote until one moment, the same for all (74:31; 214:21).

    `terms` is what the talks have changed: every bidder reads the same words. Raises ValidationError
    `not_with_this_method`, `not_qualified_yet`, `round_running`, `final_done`, `past`.
    """
    tender = locked_tender(lot.tender_id)
    lot = locked_lot(tender, lot.pk)
    authorise(policies.may_call_for_quotes, by, lot)
    if not needs_final_quote(tender):
        raise ValidationError(
            _("With this method the sealed price is the price: it is never changed (Order 87, Article 51)."),
            code="not_with_this_method",
        )
    if lot.state != Lot.State.EVALUATING or lot.qualified_at is None:
        raise ValidationError(
            _("The buyer has not checked the qualifications of this lot yet."), code="not_qualified_yet"
        )
    rounds = list(lot.quote_rounds.select_for_update())
    if any(one.state != QuoteRound.State.OPENED for one in rounds):
        raise ValidationError(_("A round is running already."), code="round_running")
    if any(one.is_final for one in rounds):
        raise ValidationError(
            _("The final quote is given once (Order 74, Article 33; Caiku [2014] 214, Article 21)."), code="final_done"
        )
    now = clock.now()
    if due_at <= now:
        raise ValidationError({"due_at": ValidationError(_("The deadline lies in the past."), code="past")})
    round = QuoteRound.objects.create(
        lot=lot,
        number=len(rounds) + 1,
        is_final=is_final,
        terms=terms.strip(),
        called_by=by,
        called_at=now,
        due_at=due_at,
    )
    record("lot.quotes_called", lot, by=by, organisation=tender.bureau, number=round.number, is_final=is_final)
    transaction.on_commit(partial(panelnotices.tell_quotes_called.enqueue, str(round.pk)))
    return round


@transaction.atomic
def quote_price(round: QuoteRound, bid: Bid, amount: int, *, by: User) -> Quote:
    """Seal one's quote, in fen; the last one before the deadline counts.

    Raises ValidationError `too_late`, `not_in_procedure`, `negative`, `above_ceiling`.
    """
    tender = locked_tender(round.lot.tender_id)
    lot = locked_lot(tender, round.lot_id)
    bid = lot.bids.select_for_update(of=("self",)).select_related("supplier").get(pk=bid.pk)
    authorise(policies.may_answer_for, by, bid.supplier)
    round = QuoteRound.objects.select_for_update().get(pk=round.pk, lot=lot)
    now = clock.now()
    if round.state != QuoteRound.State.OPEN or now >= round.due_at:
        raise ValidationError(
            _("The time for quotes is over, for all alike (Order 74, Article 33; Caiku [2014] 214, Article 21)."),
            code="too_late",
        )
    if bid.state != Bid.State.OPENED or lot.state != Lot.State.EVALUATING:
        raise ValidationError(
            _(
                "This bid has left the procedure: only those that go on give a quote "
                "(Order 74, Article 33; Caiku [2014] 214, Article 21)."
            ),
            code="not_in_procedure",
        )
    if amount <= 0:
        raise ValidationError({"amount": ValidationError(_("A price must be more than zero."), code="negative")})
    if amount > lot.ceiling:
        raise ValidationError(
            {
                "amount": ValidationError(
                    _(
                        "The price is above the ceiling of %(ceiling)s yuan, more than the budget pays: such a quote "
                        "is invalid (Government Procurement Law, Article 36)."
                    ),
                    code="above_ceiling",
                    params={"ceiling": format_yuan(lot.ceiling)},
                )
            }
        )
    plain = json.dumps({"round": str(round.pk), "bid": str(bid.pk), "amount": amount, "salt": secrets.token_hex(16)})
    sealed = sealing.seal_to(bytes(tender.public_key or b""), plain.encode())
    sha256 = hashlib.sha256(sealed).hexdigest()
    quote, _created = Quote.objects.update_or_create(
        round=round,
        bid=bid,
        defaults={"sealed": sealed, "sha256": sha256, "submitted_by": by, "submitted_at": now},
    )
    record("bid.quote_sealed", bid, by=by, organisation=bid.supplier, number=round.number, sha256=sha256)
    return quote


@when_due(QUOTES_DUE)
@transaction.atomic
def close_quotes(round: QuoteRound, *, by: User) -> QuoteRound:
    """The deadline is past: the custodians are called."""
    tender = locked_tender(round.lot.tender_id)
    locked_lot(tender, round.lot_id)
    round = QuoteRound.objects.select_for_update().get(pk=round.pk)
    authorise(policies.may_run_the_clock, by, round)
    if round.state == QuoteRound.State.OPEN and clock.now() >= round.due_at:
        _close(round, by)
    return round


def _close(round: QuoteRound, by: User) -> None:
    round.close()
    round.save(update_fields=["state"])
    record("lot.quotes_closed", round.lot, by=by, organisation=round.lot.tender.bureau, number=round.number)
    transaction.on_commit(partial(panelnotices.tell_quotes_closed.enqueue, str(round.pk)))


def open_quotes(tender: Tender, passphrase: str, *, by: User) -> list[QuoteRound]:
    """Give one's share of the key; with the second custodian's every closed round of the tender is opened.

    Who gave no final quote, or one that can't be read, leaves the procedure. Returns the rounds that were opened.
    Raises ValidationError `too_early`, `wrong_passphrase`, `locked`.
    """
    rounds, refusal = _open_quotes(tender, passphrase, by)
    if refusal is not None:  # raised outside: the count of wrong passphrases must not be rolled back
        raise refusal
    return rounds


@transaction.atomic
def _open_quotes(tender: Tender, passphrase: str, by: User) -> tuple[list[QuoteRound], ValidationError | None]:
    tender = locked_tender(tender.pk)
    authorise(policies.may_unlock, by, tender)
    now = clock.now()
    lots = {lot.pk: locked_lot(tender, lot.pk) for lot in tender.lots.order_by("pk")}
    rounds = list(
        QuoteRound.objects.select_for_update()
        .filter(lot__in=lots, state__in=[QuoteRound.State.OPEN, QuoteRound.State.CLOSED], due_at__lte=now)
        .order_by("pk")
    )
    if not rounds:
        raise ValidationError(_("No round of quotes waits to be opened."), code="too_early")
    for round in rounds:
        round.lot = lots[round.lot_id]
        if round.state == QuoteRound.State.OPEN:
            _close(round, by)
    private_key, openers, refusal = give_share(tender, passphrase, at=now, by=by)
    if not private_key:
        return [], refusal
    for round in rounds:
        _open_round(round, private_key, now, openers)
    transaction.on_commit(partial(panelnotices.tell_quotes_opened.enqueue, str(tender.pk)))
    return rounds, None


def _open_round(round: QuoteRound, private_key: bytes, now: datetime.datetime, openers: list[User]) -> None:
    lot, by = round.lot, openers[-1]
    quotes = {quote.bid_id: quote for quote in round.quotes.select_for_update()}
    bids = list(lot.bids.select_for_update(of=("self",)).filter(state=Bid.State.OPENED).select_related("supplier"))
    round.open_quotes()
    round.opened_at = now
    round.save(update_fields=["state", "opened_at"])
    missing = []
    for bid in bids:
        bid.lot = lot
        quote = quotes.get(bid.pk)
        amount = _amount_in(quote, private_key) if quote else None
        if quote is not None:
            quote.amount, quote.unreadable = amount, amount is None
            quote.save(update_fields=["amount", "unreadable"])
        if amount is not None:
            bid.first_amount = bid.first_amount or bid.amount
            bid.amount = amount
            bid.save(update_fields=["amount", "first_amount"])
        elif round.is_final:
            missing.append((bid, "quote_unreadable" if quote else "no_final_quote"))
    record(
        "lot.quotes_opened",
        lot,
        by=by,
        organisation=lot.tender.bureau,
        number=round.number,
        quotes=len(quotes),
        with_custodian=str(openers[0].pk),
    )
    for bid, code in missing:
        if lot.state == Lot.State.EVALUATING:
            exclude_locked(bid, code=code, reason="", by=by)
    if round.is_final and lot.state == Lot.State.EVALUATING:
        ask_about_low_prices(lot, by=by)


def _amount_in(quote: Quote, private_key: bytes) -> int | None:
    """The price in a quote; None when it is not the one that was sealed for this round and bid."""
    try:
        plain = json.loads(sealing.unseal(private_key, bytes(quote.sealed)))
        is_ours = plain["round"] == str(quote.round_id) and plain["bid"] == str(quote.bid_id)
        amount = plain["amount"]
    except (sealing.Unreadable, ValueError, KeyError, TypeError):
        return None
    return amount if is_ours and isinstance(amount, int) and amount > 0 else None
