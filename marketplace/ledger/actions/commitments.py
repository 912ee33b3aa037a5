"""From a free budget to a promise, and from a promise to a debt.

The amounts, keys and references come from the verbs of upper apps, which record the act itself; the transfer is the
record of the money, with its author, sealed like the audit trail.
"""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise
from marketplace.ledger import policies, queries
from marketplace.ledger.models import Account, BudgetLine, Transfer
from marketplace.parties.models import Organisation, User

from .posting import Effect, find_earlier, lock_account, post, short


def current_line(line: BudgetLine, by: User) -> BudgetLine:
    """The open line that stands for the one handed in, if `by` may post to it."""
    now = BudgetLine.objects.select_related("bureau", "fund", "carried_into").get(pk=line.pk).current()
    authorise(policies.may_post, by, now.bureau)
    return line if now.pk == line.pk else now


def commitment_refusal() -> tuple[str, Any, Any]:
    return (
        "commitment_short",
        _("Only ¥%(left)s is committed on this line: ¥%(amount)s is more than was promised."),
        lambda now: now.committed - now.outstanding,
    )


@transaction.atomic
def commit_budget(line: BudgetLine, amount: int, *, key: str, reference: str, by: User) -> Transfer:
    """Promise `amount` fen of the line: available → commitment. Raises ValidationError(code="budget_short")."""
    line = current_line(line, by)
    return post(
        Transfer.Code.COMMITTED,
        debit=Account.of(Account.Kind.AVAILABLE, line=line),
        credit=Account.of(Account.Kind.COMMITMENT, line=line),
        amount=amount,
        reference=reference,
        key=key,
        by=by,
        effects=(Effect(line, committed=1),),
        refusal=(
            "budget_short",
            _("The budget line has ¥%(left)s left: ¥%(amount)s is too much."),
            lambda now: now.available,
        ),
    )


@transaction.atomic
def release_commitment(line: BudgetLine, amount: int, *, key: str, reference: str, by: User) -> Transfer:
    """Take a promise back: commitment → available. Raises ValidationError(code="commitment_short")."""
    line = current_line(line, by)
    return post(
        Transfer.Code.RELEASED,
        debit=Account.of(Account.Kind.COMMITMENT, line=line),
        credit=Account.of(Account.Kind.AVAILABLE, line=line),
        amount=amount,
        reference=reference,
        key=key,
        by=by,
        effects=(Effect(line, committed=-1),),
        refusal=commitment_refusal(),
    )


@transaction.atomic
def accrue_payable(
    line: BudgetLine, payee: Organisation, amount: int, *, key: str, reference: str, by: User
) -> Transfer:
    """What was promised is delivered and accepted, so it is owed: commitment → payable; counts as spent.

    Raises ValidationError(code="commitment_short").
    """
    line = current_line(line, by)
    return post(
        Transfer.Code.ACCRUED,
        debit=Account.of(Account.Kind.COMMITMENT, line=line),
        credit=Account.of(Account.Kind.PAYABLE, line=line, organisation=payee),
        amount=amount,
        reference=reference,
        key=key,
        by=by,
        effects=(Effect(line, committed=-1, spent=1),),
        refusal=commitment_refusal(),
    )


@transaction.atomic
def reverse_accrual(
    line: BudgetLine, payee: Organisation, amount: int, *, key: str, reference: str, by: User
) -> Transfer:
    """What was owed turns out not to be: payable → commitment. Raises ValidationError(code="payable_short")."""
    authorise(policies.may_post, by, line.bureau)
    payable = lock_account(Account.of(Account.Kind.PAYABLE, line=line, organisation=payee))
    commitment = Account.of(Account.Kind.COMMITMENT, line=line)
    if earlier := find_earlier(Transfer.Code.ACCRUAL_REVERSED, payable, commitment, amount, reference, key):
        return earlier
    if (owed := queries.balance(payable)) < amount:
        raise short("payable_short", _("Only ¥%(left)s is owed: ¥%(amount)s can't be taken back."), owed, amount)
    if line.closed_at:
        raise ValidationError(_("This budget line's year is closed."), code="line_closed")
    return post(
        Transfer.Code.ACCRUAL_REVERSED,
        debit=payable,
        credit=commitment,
        amount=amount,
        reference=reference,
        key=key,
        by=by,
        effects=(Effect(line, committed=1, spent=-1),),
    )
