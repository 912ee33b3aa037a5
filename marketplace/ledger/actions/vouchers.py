"""The control account of the vouchers' subledger: one transfer a batch, never one a voucher."""

from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.ledger.models import Account, BudgetLine, Transfer
from marketplace.parties.models import Organisation, User

from .commitments import commitment_refusal, current_line
from .posting import Effect, post


def _outstanding_refusal():
    return (
        "outstanding_short",
        _("Only ¥%(left)s of vouchers is outstanding on this line: ¥%(amount)s is too much."),
        lambda now: now.outstanding,
    )


@transaction.atomic
def post_vouchers_issued(line: BudgetLine, amount: int, *, key: str, reference: str, by: User) -> Transfer:
    """A month's batch is issued out of what was committed: commitment → vouchers outstanding.

    Raises ValidationError(code="commitment_short"): call commit_budget first.
    """
    line = current_line(line, by)
    return post(
        Transfer.Code.VOUCHERS_ISSUED,
        debit=Account.of(Account.Kind.COMMITMENT, line=line),
        credit=Account.of(Account.Kind.VOUCHERS, line=line),
        amount=amount,
        reference=reference,
        key=key,
        by=by,
        effects=(Effect(line, outstanding=1),),
        refusal=commitment_refusal(),
    )


@transaction.atomic
def post_vouchers_expired(line: BudgetLine, amount: int, *, key: str, reference: str, by: User) -> Transfer:
    """What nobody used by the end of the month is free again: vouchers outstanding → available.

    Raises ValidationError(code="outstanding_short").
    """
    line = current_line(line, by)
    return post(
        Transfer.Code.VOUCHERS_EXPIRED,
        debit=Account.of(Account.Kind.VOUCHERS, line=line),
        credit=Account.of(Account.Kind.AVAILABLE, line=line),
        amount=amount,
        reference=reference,
        key=key,
        by=by,
        effects=(Effect(line, committed=-1, outstanding=-1),),
        refusal=_outstanding_refusal(),
    )


@transaction.atomic
def post_vouchers_settled(
    line: BudgetLine, payee: Organisation, amount: int, *, key: str, reference: str, by: User
) -> Transfer:
    """A provider's redemptions of a month are owed to it: vouchers outstanding → payable; counts as spent.

    Raises ValidationError(code="outstanding_short").
    """
    line = current_line(line, by)
    return post(
        Transfer.Code.VOUCHERS_SETTLED,
        debit=Account.of(Account.Kind.VOUCHERS, line=line),
        credit=Account.of(Account.Kind.PAYABLE, line=line, organisation=payee),
        amount=amount,
        reference=reference,
        key=key,
        by=by,
        effects=(Effect(line, committed=-1, outstanding=-1, spent=1),),
        refusal=_outstanding_refusal(),
    )
