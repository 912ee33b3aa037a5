"""The turn of a fiscal year: new lines, and what was promised goes on."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.ledger import policies, queries
from marketplace.ledger.models import Account, BudgetLine, Fund, Transfer
from marketplace.pages import clock
from marketplace.parties.models import Organisation, User

from .budget import appropriate, open_budget_line
from .posting import Effect, post


@dataclass(frozen=True)
class NewLine:
    """One line of the new year: `amount` fen is appropriated at once (0: nothing yet)."""

    fund: Fund
    code: str
    name: str
    amount: int
    name_en: str = ""


@transaction.atomic
def open_year(
    bureau: Organisation, year: int, lines: Iterable[NewLine], *, by: User, reference: str = ""
) -> list[BudgetLine]:
    """Open a bureau's year with its lines, close the year before: once, whole.

    Commitments and outstanding vouchers of last year's lines are carried over into the line with the same code, which
    must therefore be among the new ones (ValidationError code "nowhere_to_carry"); what was promised to nobody lapses
    to the treasury (结余收回). Payables stay on the line on which they arose and are paid from there.
    Raises ValidationError(code="year_open") when the bureau has lines of that year.
    """
    authorise(policies.may_budget, by, bureau)
    bureau = Organisation.objects.select_for_update().get(pk=bureau.pk)
    if BudgetLine.objects.filter(bureau=bureau, year=year).exists():
        raise ValidationError(_("The year %(year)s is open already."), code="year_open", params={"year": year})
    reference = reference or f"budget/{year}"
    opened = []
    for new in lines:
        line = open_budget_line(new.fund, bureau, year, new.code, new.name, by=by, name_en=new.name_en)
        if new.amount:
            appropriate(line, new.amount, key=f"budget/{line.pk}", reference=reference, by=by)
        opened.append(line)
    if not opened:
        raise ValidationError(_("A year needs at least one budget line."), code="no_lines")

    carried = _close_year_before(bureau, year, {line.code: line for line in opened}, by)

    record("year.opened", bureau, by=by, organisation=bureau, year=year, lines=len(opened), carried=carried)
    return opened


def _close_year_before(bureau: Organisation, year: int, into: dict[str, BudgetLine], by: User) -> int:
    """Returns how many fen were carried over."""
    carried = 0
    old_lines = (
        BudgetLine.objects.select_for_update().filter(bureau=bureau, year__lt=year, closed_at=None).order_by("pk")
    )
    for old in old_lines:
        new = into.get(old.code)
        if old.committed and (new is None or new.fund_id != old.fund_id):
            raise ValidationError(
                _("%(line)s has commitments that must go on: the new year needs a line %(code)s of the same fund."),
                code="nowhere_to_carry",
                params={"line": str(old), "code": old.code},
            )
        carried += old.committed
        _carry(old, new, by)
        if old.available:
            post(
                Transfer.Code.LAPSED,
                debit=Account.of(Account.Kind.AVAILABLE, line=old),
                credit=Account.of(Account.Kind.TREASURY, fund=old.fund),
                amount=old.available,
                reference=f"close/{old.year}",
                key=f"lapse/{old.pk}",
                by=by,
                effects=(Effect(old, appropriated=-1),),
            )
        old.closed_at = clock.now()
        old.carried_into = new if new and new.fund_id == old.fund_id else None
        old.save(update_fields=["closed_at", "carried_into"])
    return carried


def _carry(old: BudgetLine, new: BudgetLine | None, by: User) -> None:
    """Move each promise to the new line under its own reference, so that it can still be followed."""
    for kind, outstanding in ((Account.Kind.COMMITMENT, 0), (Account.Kind.VOUCHERS, 1)):
        for reference, amount in queries.open_promises(old, kind):
            post(
                Transfer.Code.CARRIED,
                debit=Account.of(kind, line=old),
                credit=Account.of(kind, line=new),
                amount=amount,
                reference=reference,
                key=f"carry/{old.pk}/{kind}/{reference}"[:200],
                by=by,
                effects=(
                    Effect(old, appropriated=-1, committed=-1, outstanding=-outstanding),
                    Effect(new, appropriated=1, committed=1, outstanding=outstanding),
                ),
            )
