"""Money that left the treasury, and money that came back."""

from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise
from marketplace.ledger import policies, queries
from marketplace.ledger.models import Account, BudgetLine, Transfer
from marketplace.parties.models import Organisation, User

from .posting import find_earlier, lock_account, post, short


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
