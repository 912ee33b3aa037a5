"""Funds, budget lines and what is appropriated to them."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.ledger import policies
from marketplace.ledger.models import Account, BudgetLine, Fund, Transfer
from marketplace.parties.models import Organisation, User

from .posting import Effect, check_amount, post

EARLIEST_YEAR, LATEST_YEAR = 2000, 2100


@transaction.atomic
def open_fund(code: str, name: str, source: str, *, by: User, name_en: str = "") -> Fund:
    """A source of money with its own rules. Raises ValidationError(code="fund_exists")."""
    authorise(policies.may_open_funds, by)
    if not code.strip() or not name.strip() or source not in Fund.Source.values:
        raise ValidationError(_("A fund needs a code, a name and a source."), code="required")
    if Fund.objects.filter(code=code).exists():
        raise ValidationError({"code": ValidationError(_("There is a fund with this code."), code="fund_exists")})

    fund = Fund.objects.create(code=code, name=name, name_en=name_en, source=source)
    Account.of(Account.Kind.TREASURY, fund=fund)

    record("fund.opened", fund, by=by, code=code, source=str(source))
    return fund


@transaction.atomic
def open_budget_line(
    fund: Fund, bureau: Organisation, year: int, code: str, name: str, *, by: User, name_en: str = ""
) -> BudgetLine:
    """A line with nothing on it yet. Raises ValidationError(code="line_exists" | "not_a_bureau" | "year")."""
    authorise(policies.may_budget, by, bureau)
    if bureau.kind not in (Organisation.Kind.BUREAU, Organisation.Kind.FINANCE):
        raise ValidationError(_("Only a bureau has a budget."), code="not_a_bureau")
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        raise ValidationError({"year": ValidationError(_("Enter a year such as 2027."), code="year")})
    if not code.strip() or not name.strip():
        raise ValidationError(_("A budget line needs a code and a name."), code="required")
    if BudgetLine.objects.filter(bureau=bureau, year=year, code=code).exists():
        raise ValidationError(
            {"code": ValidationError(_("This bureau has a line with this code in that year."), code="line_exists")}
        )

    line = BudgetLine.objects.create(fund=fund, bureau=bureau, year=year, code=code, name=name, name_en=name_en)

    record("budget_line.opened", line, by=by, organisation=bureau, year=year, code=code, fund=fund.code)
    return line


@transaction.atomic
def appropriate(line: BudgetLine, amount: int, *, key: str, reference: str, by: User) -> Transfer:
    """Put `amount` fen on the line: treasury ← available. `reference` is the number of the paper that grants it."""
    authorise(policies.may_budget, by, line.bureau)
    check_amount(amount)

    transfer = post(
        Transfer.Code.APPROPRIATED,
        debit=Account.of(Account.Kind.TREASURY, fund=line.fund),
        credit=Account.of(Account.Kind.AVAILABLE, line=line),
        amount=amount,
        reference=reference,
        key=key,
        by=by,
        effects=(Effect(line, appropriated=1),),
    )

    record(
        "budget.appropriated", line, by=by, organisation=line.bureau, amount=amount, transfer=str(transfer.pk),
        reference=reference,
    )  # fmt: skip
    return transfer


@transaction.atomic
def withdraw_appropriation(line: BudgetLine, amount: int, *, key: str, reference: str, by: User) -> Transfer:
    """Take back what nobody was promised: available ← treasury. Raises ValidationError(code="budget_short")."""
    authorise(policies.may_budget, by, line.bureau)
    check_amount(amount)

    transfer = post(
        Transfer.Code.WITHDRAWN,
        debit=Account.of(Account.Kind.AVAILABLE, line=line),
        credit=Account.of(Account.Kind.TREASURY, fund=line.fund),
        amount=amount,
        reference=reference,
        key=key,
        by=by,
        effects=(Effect(line, appropriated=-1),),
        refusal=(
            "budget_short",
            _("Only ¥%(left)s of this line is free: ¥%(amount)s can't be withdrawn."),
            lambda now: now.available,
        ),
    )

    record(
        "budget.withdrawn", line, by=by, organisation=line.bureau, amount=amount, transfer=str(transfer.pk),
        reference=reference,
    )  # fmt: skip
    return transfer
