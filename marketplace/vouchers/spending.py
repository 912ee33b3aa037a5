"""The shortest path of a redemption: conditions, card, PIN, wallet, row, audit entry.

On PostgreSQL it is one statement, which is its own transaction (migration 0002 holds the function's text); on SQLite,
whose writers are serial anyway, the same steps one by one. docs/decisions: 0006-voucher-wallets,
0012-redemption-in-one-statement, 0026-conditions-and-versions.
"""

import datetime
import uuid
from typing import Any, NamedTuple
from weakref import WeakSet

import orjson
import psycopg
from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, connections, transaction
from django.db.models import F
from django.db.models.base import ModelState
from psycopg import pq

from marketplace.audit.actions import record, sign_ahead
from marketplace.pages import clock
from marketplace.pages.models import uuid7
from marketplace.parties.models import User

from .conditions import Asked, Conditions, Remembered, forget_conditions, read_conditions, remembered_conditions
from .limits import broken_limit
from .models import Card, Redemption, Voucher
from .models.cards import id_of_card


class Request(NamedTuple):
    """All that the database needs to know. `day` is the service's day in Shanghai; `tries` lock a card; `token` is the
    API token that the caller holds, if a program calls."""

    id: uuid.UUID
    card: str
    pin_hash: str
    tries: int
    day: datetime.date
    is_over: bool
    provider: uuid.UUID
    service: uuid.UUID
    units: int
    amount: int
    own_part: int
    device: str
    performed_at: datetime.datetime
    is_timed: bool
    redeemed_at: datetime.datetime
    by: uuid.UUID
    token: uuid.UUID | None = None

    @property
    def month(self) -> datetime.date:
        return self.day.replace(day=1)

    @property
    def asked(self) -> Asked:
        today = self.redeemed_at.astimezone(clock.SHANGHAI).date()
        return Asked(self.by, self.provider, self.service, self.token, self.day, today)

    @property
    def detail(self) -> dict[str, Any]:
        """What the audit trail says of it beside who, where and when."""
        return {"month": self.day.isoformat()[:7], "amount": self.amount, "own_part": self.own_part}


class Outcome(NamedTuple):
    """`code` is ok, replayed or why not; `balance` fen are what is left (or was there, when refused)."""

    code: str
    resident: uuid.UUID | None = None
    month: datetime.date | None = None
    balance: int = 0
    tries: int = 0
    programme: uuid.UUID | None = None


class RedemptionSubject:
    """A redemption as audit knows it: by its own id, not by the three columns of its key."""

    _meta = Redemption._meta

    def __init__(self, pk: uuid.UUID) -> None:
        self.pk = pk


def spend(request: Request) -> Outcome:
    """In a transaction of its own. Refusals are answers and not exceptions: a wrong try must be kept."""
    return _in_one_call(request) if connection.vendor == "postgresql" else _step_by_step(request)


CALL = b"SELECT vouchers_redeem(%s)" % b", ".join(b"$%d" % (n + 1) for n in range(27))
MOST_TRIES = 20  # each time somebody has changed the conditions, or the clock is wrong
STATEMENT = b"minfu_redeem"
_prepared: WeakSet[psycopg.Connection] = WeakSet()


def _in_one_call(request: Request) -> Outcome:
    link = connections[DEFAULT_DB_ALIAS]
    if link.in_atomic_block and not link.atomic_blocks[-1]._from_testcase:
        raise RuntimeError("A redemption ends its own transaction: it can't run inside another.")
    moment = clock.reckoned() if clock.pretended() else request.redeemed_at
    for _try in range(MOST_TRIES):
        conditions = remembered_conditions(request.asked)
        if conditions.refusal:
            return Outcome(conditions.refusal)
        outcome = _call(link, _values(request, moment, conditions))
        if outcome.code == "conditions":
            forget_conditions()
        elif outcome.code == "clock":
            moment = clock.reckoned(read_again=True)
        else:
            return outcome
    raise OperationalError("The conditions or the clock have changed each time: nothing was paid.")


def _call(link: Any, values: list[bytes]) -> Outcome:
    with link.wrap_database_errors:
        try:
            return _execute(link, values)
        except psycopg.OperationalError:
            if link.in_atomic_block:
                raise
            link.close()  # the server went away between two calls: the key makes a second try safe
            return _execute(link, values)


def _execute(link: Any, values: list[bytes]) -> Outcome:
    """By libpq itself on Django's connection, prepared: half of a call's time in Python would be the driver's cursor.

    No transaction is opened, since one statement is one.
    """
    link.ensure_connection()
    driver = link.connection
    if link.in_atomic_block:  # a test's
        with link.cursor() as cursor:
            cursor.execute("SELECT 1")  # the driver begins its transaction with the first statement that it sees
    wire = driver.pgconn
    if driver not in _prepared:
        _check(wire.exec_(b"SET plan_cache_mode = force_generic_plan"))  # never planned anew for one card's sake
        _check(wire.prepare(STATEMENT, CALL))
        _prepared.add(driver)
    answer = _check(wire.exec_prepared(STATEMENT, values)).get_value(0, 0)
    code, resident, month, balance, tries, programme = answer.decode()[1:-1].split(",")
    return Outcome(
        code,
        uuid.UUID(resident) if resident else None,
        datetime.date.fromisoformat(month) if month else None,
        int(balance or 0),
        int(tries or 0),
        uuid.UUID(programme) if programme else None,
    )


def _check(result: Any) -> Any:
    if result.status not in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
        raise psycopg.errors.error_from_result(result)
    return result


def _values(request: Request, moment: datetime.datetime, conditions: Remembered) -> list[bytes]:
    """In the order of the function's parameters, as PostgreSQL reads them.

    A wrong PIN is signed ahead too: it is counted while the card is held, or as many as come at once could be tried.
    """
    key, card, detail = str(request.id), str(id_of_card(request.card)), request.detail
    said, locked = str(uuid7()), str(uuid7())
    entries = (
        (said, "voucher.redeemed", Redemption, key, detail),
        (said, "card.wrong_pin", Card, card, {}),
        (locked, "card.locked", Card, card, {}),
    )
    macs = sign_ahead(entries, by=conditions.by, organisation=conditions.provider, at=moment)
    redeemed_at = str(request.redeemed_at)
    values = (
        key,
        card,
        request.card,
        request.pin_hash,
        str(request.tries),
        request.day.isoformat(),
        "t" if request.is_over else "f",
        str(request.units),
        str(request.amount),
        str(request.own_part),
        request.device.replace("\0", ""),
        str(request.performed_at) if request.is_timed else redeemed_at,
        "t" if request.is_timed else "f",
        redeemed_at,
        redeemed_at if moment is request.redeemed_at else str(moment),
        f"{{{said},{locked}}}",
        f"{{{','.join(macs)}}}",
    )
    return [*[value.encode() for value in values], orjson.dumps(detail), *conditions.values]


@transaction.atomic(durable=True)
def _step_by_step(request: Request) -> Outcome:
    conditions = read_conditions(request.asked)
    if conditions.refusal:
        return Outcome(conditions.refusal)
    card = Card.objects.select_for_update(of=("self",)).select_related("resident").filter(number=request.card).first()
    if (earlier := Redemption.objects.filter(id=request.id).first()) is not None:
        return _answer_again(request, card, earlier)
    if not conditions.is_admitted:
        return Outcome("not_accredited")  # a card and its PIN are no business of theirs
    if card is None:
        return Outcome("unknown_card")
    if (trouble := _trouble_of(card)) is not None:
        return Outcome(trouble)
    if card.pin_hash != request.pin_hash:
        return _count_wrong_try(request, card)
    if card.wrong_tries:
        Card.objects.filter(pk=card.pk).update(wrong_tries=0)
    if card.resident.state != card.resident.State.ACTIVE:
        return Outcome("suspended", card.resident_id)
    outcome = _take(request, card, conditions)
    if outcome.code == "ok":
        Redemption(**_columns(request, outcome)).save(force_insert=True)
        subject: Any = RedemptionSubject(request.id)
        by = User.objects.get(pk=request.by)
        record("voucher.redeemed", subject, by=by, organisation=request.provider, **request.detail)
    return outcome


def _trouble_of(card: Card) -> str | None:
    if card.state != Card.State.ACTIVE:
        return "replaced"
    if card.locked_at is not None:
        return "locked"
    return None if card.pin_hash else "no_pin"


def _take(request: Request, card: Card, conditions: Conditions) -> Outcome:
    resident, order = card.resident_id, {pk: place for place, pk in enumerate(conditions.programmes)}
    wallets = Voucher.objects.filter(resident=resident, month=request.month, programme__in=conditions.programmes)
    wallet = min(
        wallets.none() if request.is_over else wallets.select_related("programme"),
        key=lambda wallet: (wallet.balance < request.amount, order[wallet.programme_id]),
        default=None,
    )
    if wallet is None or conditions.service is None:
        return Outcome("no_voucher", resident)
    if wallet.balance >= request.amount and conditions.price * request.units < request.amount + request.own_part:
        return Outcome("above_list", resident)
    if wallet.balance >= request.amount:
        price = request.amount + request.own_part
        broken = broken_limit(
            wallet, conditions.service, day=request.day, units=request.units, amount=request.amount, price=price
        )
        if broken is not None:
            return Outcome(broken, resident)
    taken = Voucher.objects.filter(
        resident=resident,
        month=request.month,
        programme=wallet.programme_id,
        granted__gte=F("spent") + F("held") + F("expired") + request.amount,
    ).update(spent=F("spent") + request.amount)
    if not taken:
        return Outcome("overdrawn", resident, balance=wallet.balance)
    return Outcome("ok", resident, request.month, wallet.balance - request.amount, programme=wallet.programme_id)


def as_row(request: Request, outcome: Outcome) -> Redemption:
    """The row that a request which went well made, as if it had been read; put together as unpickling does it, since
    a model's own way takes longer than all else that Python does here."""
    row = Redemption.__new__(Redemption)
    row._state = ModelState()
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
    row.__dict__.update(_columns(request, outcome))
    return row


def _columns(request: Request, outcome: Outcome) -> dict[str, Any]:
    """In the order of the model's fields."""
    return {
        "id": request.id,
        "resident_id": outcome.resident,
        "month": outcome.month,
        "programme_id": outcome.programme,
        "provider_id": request.provider,
        "service_id": request.service,
        "units": request.units,
        "amount": request.amount,
        "own_part": request.own_part,
        "balance_left": outcome.balance,
        "card": request.card,
        "device": request.device,
        "performed_at": request.performed_at,
        "redeemed_at": request.redeemed_at,
        "by_id": request.by,
    }


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
    tries, by = card.wrong_tries + 1, User.objects.get(pk=request.by)
    locked_at = request.redeemed_at if tries >= request.tries else None
    Card.objects.filter(pk=card.pk).update(wrong_tries=tries, locked_at=locked_at)
    record("card.wrong_pin", card, by=by, organisation=request.provider)
    if locked_at is not None:
        record("card.locked", card, by=by, organisation=request.provider)
    return Outcome("wrong_pin", card.resident_id, tries=tries)
