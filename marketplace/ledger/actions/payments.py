"""Money that left the treasury, and money that came back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise
from marketplace.ledger import policies, queries
from marketplace.ledger.models import Account, BudgetLine, Transfer
from marketplace.parties.models import Organisation, User

from .posting import check_same, find_earlier, lock_account, post, post_many, short


@transaction.atomic
def post_payment(
    payee: Organisation, amount: int, *, key: str, reference: str, by: User, line: BudgetLine | None = None
) -> Transfer:
    """The payee was paid: payable → treasury, on the line out of which it was owed.

    Without `line`, it is the one line on which this payee is owed under this reference (or at all).
    Raises ValidationError(code="payable_short" | "which_line").
    """
    owing = queries.owing_line(payee, reference, line=line)
    authorise(policies.may_post, by, owing.bureau)
    payable = lock_account(Account.of(Account.Kind.PAYABLE, line=owing, organisation=payee))
    treasury = Account.of(Account.Kind.TREASURY, fund=owing.fund)
    if earlier := find_earlier(Transfer.Code.PAID, payable, treasury, amount, reference, key):
        return earlier
    if (owed := queries.balance(payable)) < amount:
        raise short(
            "payable_short", _("¥%(left)s is owed to this payee: ¥%(amount)s can't have been paid."), owed, amount
        )
    return post(Transfer.Code.PAID, debit=payable, credit=treasury, amount=amount, reference=reference, key=key, by=by)


@transaction.atomic
def post_payment_returned(
    payee: Organisation, amount: int, *, key: str, reference: str, by: User, line: BudgetLine | None = None
) -> Transfer:
    """The bank sent a payment back: treasury → payable, so it is owed again.

    Raises ValidationError(code="never_paid") when less than that was ever paid under the reference.
    """
    owing = queries.owing_line(payee, reference, line=line)
    authorise(policies.may_post, by, owing.bureau)
    payable = lock_account(Account.of(Account.Kind.PAYABLE, line=owing, organisation=payee))
    treasury = Account.of(Account.Kind.TREASURY, fund=owing.fund)
    if earlier := find_earlier(Transfer.Code.RETURNED, treasury, payable, amount, reference, key):
        return earlier
    if (paid := queries.paid_under(payable, reference)) < amount:
        raise short(
            "never_paid", _("¥%(left)s was paid under this reference: ¥%(amount)s can't come back."), paid, amount
        )
    return post(
        Transfer.Code.RETURNED, debit=treasury, credit=payable, amount=amount, reference=reference, key=key, by=by
    )


@dataclass(frozen=True)
class PaidOut:
    """One payment of a batch: what left the treasury for a payee out of the line on which it was owed."""

    line: BudgetLine
    payee: Organisation
    amount: int
    reference: str
    key: str


@transaction.atomic
def post_payments(payments: Sequence[PaidOut], *, by: User) -> list[Transfer]:
    """As post_payment, for a whole batch at a constant number of statements; all or none.

    Raises ValidationError(code="payable_short" | "nothing_owed" | "key_conflict").
    """
    for bureau in {payment.line.bureau for payment in payments}:
        authorise(policies.may_post, by, bureau)
    payables = _lock_payables(payments)
    treasuries = {
        account.fund_id: account
        for account in Account.objects.filter(
            kind=Account.Kind.TREASURY, fund__in={payment.line.fund_id for payment in payments}
        )
    }
    earlier = {
        transfer.key: transfer for transfer in Transfer.objects.filter(key__in=[payment.key for payment in payments])
    }
    owed = queries.balances(payables.values())
    fresh = []
    for payment in payments:
        payable, treasury = payables[payment.line.pk, payment.payee.pk], treasuries[payment.line.fund_id]
        if posted := earlier.get(payment.key):
            check_same(posted, Transfer.Code.PAID, payable, treasury, payment.amount, payment.reference)
            continue
        if (left := owed[payable.pk]) < payment.amount:
            raise short(
                "payable_short",
                _("¥%(left)s is owed to this payee: ¥%(amount)s can't have been paid."),
                left,
                payment.amount,
            )
        owed[payable.pk] -= payment.amount
        fresh.append((payment, payable, treasury))
    return post_many(Transfer.Code.PAID, fresh, by=by)


def _lock_payables(payments: Sequence[PaidOut]) -> dict[tuple[Any, Any], Account]:
    """The account of each line and payee, held until the transaction ends, in order of primary key."""
    wanted = {(payment.line.pk, payment.payee.pk) for payment in payments}
    accounts = Account.objects.select_for_update().filter(
        kind=Account.Kind.PAYABLE,
        line__in={line for line, _payee in wanted},
        organisation__in={payee for _line, payee in wanted},
    )
    found = {(account.line_id, account.organisation_id): account for account in accounts.order_by("pk")}
    for payment in payments:
        if (payment.line.pk, payment.payee.pk) not in found:
            raise ValidationError(
                _("Nothing is owed to %(payee)s."), code="nothing_owed", params={"payee": payment.payee}
            )
    return found
