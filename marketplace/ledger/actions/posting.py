"""The one place where a transfer is written."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from marketplace.ledger.models import Account, BudgetLine, Transfer
from marketplace.pages import clock
from marketplace.pages.models import uuid7
from marketplace.pages.money import MOST_FEN, format_yuan
from marketplace.parties.models import User


@dataclass(frozen=True)
class Effect:
    """What one transfer does to a line's counters, in signs: +1 adds the amount, −1 takes it away."""

    line: BudgetLine
    appropriated: int = 0
    committed: int = 0
    outstanding: int = 0
    spent: int = 0


def check_amount(amount: Any) -> int:
    """Fen, a whole positive number within any budget. Raises ValidationError(code="amount")."""
    if isinstance(amount, bool) or not isinstance(amount, int) or not 0 < amount <= MOST_FEN:
        raise ValidationError({"amount": ValidationError(_("The amount must be more than zero."), code="amount")})
    return amount


def check_reference(reference: str, key: str) -> None:
    """Raises ValidationError(code="reference") when either is missing or too long for its column."""
    if not reference.strip() or len(reference) > 120 or not key.strip() or len(key) > 200:
        raise ValidationError(_("Say what this transfer is for, in at most 120 characters."), code="reference")


def short(code: str, message: str, left: int, amount: int) -> ValidationError:
    """A refusal that says how much there is."""
    return ValidationError(
        message, code=code, params={"left": format_yuan(left), "amount": format_yuan(amount), "left_fen": left}
    )


def lock_account(account: Account) -> Account:
    """Hold an account while it is drawn down, so that two draws can't both see the same balance."""
    return Account.objects.select_for_update().get(pk=account.pk)


def post(
    code: str,
    *,
    debit: Account,
    credit: Account,
    amount: int,
    reference: str,
    key: str,
    by: User,
    effects: tuple[Effect, ...] = (),
    refusal: tuple[str, Any, Any] | None = None,
) -> Transfer:
    """Write one transfer and move the counters with it, once per key.

    The same key with the same content returns the first transfer, with other content raises
    ValidationError(code="key_conflict"). `refusal` is (code, message, what is left of a line): raised when a counter
    does not allow the amount.
    """
    check_amount(amount)
    check_reference(reference, key)
    if earlier := find_earlier(code, debit, credit, amount, reference, key):
        return earlier
    transfer = _new_transfer(
        clock.now(), code=code, debit=debit, credit=credit, amount=amount, reference=reference, key=key, by=by
    )
    try:
        with transaction.atomic():
            for effect in sorted(effects, key=lambda effect: effect.line.pk):
                if not _move_counters(effect, amount):
                    # A racing replay of the same key may have taken the last of it: then this is no shortage.
                    if earlier := find_earlier(code, debit, credit, amount, reference, key):
                        return earlier
                    _refuse(effect.line, amount, refusal)
            transfer.save(force_insert=True)
    except IntegrityError:
        if earlier := find_earlier(code, debit, credit, amount, reference, key):
            return earlier
        raise
    for effect in effects:
        effect.line.refresh_from_db(fields=["appropriated", "committed", "outstanding", "spent"])
    return transfer


def _new_transfer(moment: datetime.datetime, *, born: datetime.datetime | None = None, **columns: Any) -> Transfer:
    transfer = Transfer(
        id=uuid7(),
        created_at=born or clock.database_time(),
        fiscal_year=moment.astimezone(clock.SHANGHAI).year,
        posted_at=moment,
        **columns,
    )
    transfer.digest = transfer.true_digest()
    return transfer


def post_many(code: str, movements: Iterable[tuple[Any, Account, Account]], *, by: User) -> list[Transfer]:
    """Write transfers that move no line's counters: (what has amount, reference and key; debit; credit) each.

    The caller holds the accounts that are drawn down and has looked for earlier transfers under these keys.
    """
    moment, born = clock.now(), clock.database_time()
    transfers = []
    for movement, debit, credit in movements:
        check_amount(movement.amount)
        check_reference(movement.reference, movement.key)
        transfers.append(
            _new_transfer(
                moment,
                born=born,
                code=code,
                debit=debit,
                credit=credit,
                amount=movement.amount,
                reference=movement.reference,
                key=movement.key,
                by=by,
            )
        )
    return Transfer.objects.bulk_create(transfers, batch_size=1_000)


def find_earlier(code: str, debit: Account, credit: Account, amount: int, reference: str, key: str) -> Transfer | None:
    """The transfer that this key already made. Raises ValidationError(code="key_conflict") if it was another."""
    earlier = (
        Transfer.objects.select_related("debit__line__carried_into", "credit__line__carried_into")
        .filter(key=key)
        .first()
    )
    if earlier is None:
        return None
    check_same(earlier, code, debit, credit, amount, reference)
    return earlier


def check_same(earlier: Transfer, code: str, debit: Account, credit: Account, amount: int, reference: str) -> None:
    """Raises ValidationError(code="key_conflict") if the key made a different transfer."""
    same = (
        earlier.code == code
        and earlier.amount == amount
        and earlier.reference == reference
        and _is_same_account(earlier.debit, debit)
        and _is_same_account(earlier.credit, credit)
    )
    if not same:
        raise ValidationError(
            _("This key was used before for a different transfer: nothing was posted."), code="key_conflict"
        )


def _is_same_account(one: Account, other: Account) -> bool:
    """Equal, or the same account of a line whose year was opened in between."""
    if one.pk == other.pk:
        return True
    if one.line is None or other.line is None:
        return False
    return (one.kind, one.organisation_id) == (
        other.kind,
        other.organisation_id,
    ) and one.line.current().pk == other.line.current().pk


def _move_counters(effect: Effect, amount: int) -> bool:
    """One guarded UPDATE: false when the line does not allow it, and nothing changed."""
    appropriated, committed, outstanding, spent = (
        sign * amount for sign in (effect.appropriated, effect.committed, effect.outstanding, effect.spent)
    )
    return bool(
        BudgetLine.objects.filter(
            pk=effect.line.pk,
            closed_at=None,
            appropriated__gte=F("committed") + F("spent") + (committed + spent - appropriated),
            committed__gte=F("outstanding") + (outstanding - committed),
            outstanding__gte=max(0, -outstanding),
            spent__gte=max(0, -spent),
        ).update(
            appropriated=F("appropriated") + appropriated,
            committed=F("committed") + committed,
            outstanding=F("outstanding") + outstanding,
            spent=F("spent") + spent,
        )
    )


def _refuse(line: BudgetLine, amount: int, refusal: tuple[str, Any, Any] | None) -> None:
    now = BudgetLine.objects.get(pk=line.pk)
    if now.closed_at:
        raise ValidationError(_("This budget line's year is closed."), code="line_closed")
    if refusal is None:
        raise AssertionError(f"Counters of {now} do not allow {amount}, and the verb has no words for it.")
    code, message, left = refusal
    raise short(code, message, left(now), amount)
