"""The shortest path of a redemption: card, PIN, wallet, row. One function call on PostgreSQL (migration 0002 holds
its text), the same steps one by one on SQLite, whose writers are serial anyway. docs/decisions/0006-voucher-wallets.md.
"""

import datetime
import uuid
from dataclasses import dataclass, fields

from django.db import connection
from django.db.models import F

from .models import Card, Redemption, Voucher
from .models.cards import WRONG_TRIES


@dataclass(frozen=True)
class Request:
    """All that the database needs to know; the order of fields is the order of the function's parameters."""

    id: uuid.UUID
    card: str
    pin_hash: str
    month: datetime.date
    programmes: list[uuid.UUID]
    provider: uuid.UUID
    service: uuid.UUID
    units: int
    amount: int
    own_part: int
    above_list: bool
    device: str
    performed_at: datetime.datetime
    is_timed: bool
    redeemed_at: datetime.datetime
    by: uuid.UUID


@dataclass(frozen=True)
class Outcome:
    """`code` is ok, replayed or why not; `balance` fen are what is left (or was there, when refused)."""

    code: str
    resident: uuid.UUID | None = None
    month: datetime.date | None = None
    balance: int = 0
    tries: int = 0
    programme: uuid.UUID | None = None


def spend(request: Request) -> Outcome:
    """Inside the caller's transaction. Refusals are answers and not exceptions: a wrong try must be kept."""
    return _on_postgresql(request) if connection.vendor == "postgresql" else _step_by_step(request)


CALL = """
SELECT code, resident, month, balance, tries, programme FROM vouchers_redeem(
  %s, %s, %s, %s, %s::uuid[], %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


def _on_postgresql(request: Request) -> Outcome:
    with connection.cursor() as cursor:
        cursor.execute(CALL, [getattr(request, field.name) for field in fields(request)])
        code, resident, month, balance, tries, programme = cursor.fetchone()
    return Outcome(code, resident, month, balance or 0, tries or 0, programme)


def _step_by_step(request: Request) -> Outcome:
    card = Card.objects.select_for_update(of=("self",)).select_related("resident").filter(number=request.card).first()
    if (earlier := Redemption.objects.filter(id=request.id).first()) is not None:
        return _answer_again(request, card, earlier)
    if card is None:
        return Outcome("unknown_card")
    if card.state != Card.State.ACTIVE:
        return Outcome("replaced")
    if card.locked_at is not None:
        return Outcome("locked")
    if not card.pin_hash:
        return Outcome("no_pin")
    if card.pin_hash != request.pin_hash:
        return _count_wrong_try(request, card)
    if card.wrong_tries:
        Card.objects.filter(pk=card.pk).update(wrong_tries=0)
    resident = card.resident
    if resident.state != resident.State.ACTIVE:
        return Outcome("suspended", resident.pk)

    order = {pk: place for place, pk in enumerate(request.programmes)}
    wallets = Voucher.objects.filter(resident=resident, month=request.month, programme__in=request.programmes)
    wallet = min(
        wallets, key=lambda wallet: (wallet.balance < request.amount, order[wallet.programme_id]), default=None
    )
    if wallet is None:
        return Outcome("no_voucher", resident.pk)
    if wallet.balance >= request.amount and request.above_list:
        return Outcome("above_list", resident.pk)
    taken = Voucher.objects.filter(
        resident=resident,
        month=request.month,
        programme=wallet.programme_id,
        granted__gte=F("spent") + F("held") + F("expired") + request.amount,
    ).update(spent=F("spent") + request.amount)
    if not taken:
        return Outcome("overdrawn", resident.pk, balance=wallet.balance)
    left = wallet.balance - request.amount
    outcome = Outcome("ok", resident.pk, request.month, left, programme=wallet.programme_id)
    as_row(request, outcome).save(force_insert=True)
    return outcome


def as_row(request: Request, outcome: Outcome) -> Redemption:
    """The row that a request which went well made."""
    return Redemption(
        id=request.id,
        resident_id=outcome.resident,
        month=outcome.month,
        programme_id=outcome.programme,
        provider_id=request.provider,
        service_id=request.service,
        units=request.units,
        amount=request.amount,
        own_part=request.own_part,
        balance_left=outcome.balance,
        card=request.card,
        device=request.device,
        performed_at=request.performed_at,
        redeemed_at=request.redeemed_at,
        by_id=request.by,
    )


def _answer_again(request: Request, card: Card | None, earlier: Redemption) -> Outcome:
    same = (
        card is not None
        and earlier.resident_id == card.resident_id
        and earlier.service_id == request.service
        and (earlier.units, earlier.amount, earlier.own_part) == (request.units, request.amount, request.own_part)
        and (not request.is_timed or earlier.performed_at == request.performed_at)
    )
    if not same:
        return Outcome("key_conflict")
    return Outcome("replayed", earlier.resident_id, earlier.month, earlier.balance_left)


def _count_wrong_try(request: Request, card: Card) -> Outcome:
    tries = card.wrong_tries + 1
    locked_at = request.redeemed_at if tries >= WRONG_TRIES else None
    Card.objects.filter(pk=card.pk).update(wrong_tries=tries, locked_at=locked_at)
    return Outcome("wrong_pin", card.resident_id, tries=tries)
