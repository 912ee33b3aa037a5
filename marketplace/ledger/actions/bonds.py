"""Other people's money that a bureau keeps for a while: bid and performance bonds."""

from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise
from marketplace.ledger import policies, queries
from marketplace.ledger.models import Account, Transfer
from marketplace.parties.models import Organisation, User

from .posting import find_earlier, lock_account, post, short


@transaction.atomic
def hold_bond(
    payer: Organisation, amount: int, *, holder: Organisation, key: str, reference: str, by: User
) -> Transfer:
    """The bureau `holder` received a bond of the payer: deposits ← bond."""
    authorise(policies.may_post, by, holder)
    return post(
        Transfer.Code.BOND_HELD,
        debit=Account.of(Account.Kind.DEPOSITS, holder=holder),
        credit=Account.of(Account.Kind.BOND, holder=holder, organisation=payer),
        amount=amount,
        reference=reference,
        key=key,
        by=by,
    )


@transaction.atomic
def release_bond(
    payer: Organisation, amount: int, *, holder: Organisation, key: str, reference: str, by: User
) -> Transfer:
    """The bond went back to the payer. Raises ValidationError(code="bond_short")."""
    authorise(policies.may_post, by, holder)
    bond = lock_account(Account.of(Account.Kind.BOND, holder=holder, organisation=payer))
    deposits = Account.of(Account.Kind.DEPOSITS, holder=holder)
    if earlier := find_earlier(Transfer.Code.BOND_RELEASED, bond, deposits, amount, reference, key):
        return earlier
    if (held := queries.balance(bond)) < amount:
        raise short("bond_short", _("¥%(left)s is held for this payer: ¥%(amount)s can't go back."), held, amount)
    return post(
        Transfer.Code.BOND_RELEASED, debit=bond, credit=deposits, amount=amount, reference=reference, key=key, by=by
    )


@transaction.atomic
def forfeit_bond(
    payer: Organisation, amount: int, *, holder: Organisation, key: str, reference: str, by: User
) -> Transfer:
    """The payer has lost so much of its bond: it is the treasury's now, and kept until it is handed over.

    Raises ValidationError(code="bond_short").
    """
    authorise(policies.may_post, by, holder)
    bond = lock_account(Account.of(Account.Kind.BOND, holder=holder, organisation=payer))
    forfeits = Account.of(Account.Kind.FORFEITS, holder=holder)
    if earlier := find_earlier(Transfer.Code.BOND_FORFEITED, bond, forfeits, amount, reference, key):
        return earlier
    if (held := queries.balance(bond)) < amount:
        raise short("bond_short", _("¥%(left)s is held for this payer: ¥%(amount)s can't be forfeited."), held, amount)
    return post(
        Transfer.Code.BOND_FORFEITED, debit=bond, credit=forfeits, amount=amount, reference=reference, key=key, by=by
    )


@transaction.atomic
def hand_over_forfeit(holder: Organisation, amount: int, *, key: str, reference: str, by: User) -> Transfer:
    """What was forfeited went to the treasury as non-tax revenue: forfeits → deposits.

    Raises ValidationError(code="forfeit_short").
    """
    authorise(policies.may_post, by, holder)
    forfeits = lock_account(Account.of(Account.Kind.FORFEITS, holder=holder))
    deposits = Account.of(Account.Kind.DEPOSITS, holder=holder)
    if earlier := find_earlier(Transfer.Code.FORFEIT_HANDED_OVER, forfeits, deposits, amount, reference, key):
        return earlier
    if (kept := queries.balance(forfeits)) < amount:
        raise short("forfeit_short", _("¥%(left)s waits to be handed over: ¥%(amount)s is too much."), kept, amount)
    return post(
        Transfer.Code.FORFEIT_HANDED_OVER, debit=forfeits, credit=deposits, amount=amount, reference=reference,
        key=key, by=by,
    )  # fmt: skip
