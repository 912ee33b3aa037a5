"""Public money to spend: funds, lines with something on them, debts."""

import itertools

from marketplace.ledger.actions import accrue_payable, appropriate, commit_budget, open_budget_line, open_fund
from marketplace.ledger.models import BudgetLine, Fund
from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.parties.models import Organisation

from .people import a_bureau, an_organisation

_count = itertools.count(1)


def a_fund(source: str = Fund.Source.FISCAL) -> Fund:
    number = next(_count)
    return open_fund(f"F{number:03d}", f"资金{number}", source, by=service_user("treasury"))


def a_budget_line(
    amount: int = 10_000_000, *, bureau: Organisation | None = None, fund: Fund | None = None, year: int | None = None
) -> BudgetLine:
    """A line with `amount` fen available."""
    number = next(_count)
    service = service_user("treasury")
    line = open_budget_line(
        fund or a_fund(),
        bureau or a_bureau(),
        year or clock.today().year,
        f"208{number:04d}",
        f"社区养老服务{number}",
        by=service,
    )
    if amount:
        appropriate(line, amount, key=f"given/{line.pk}", reference="太财社〔2026〕1号", by=service)
    return line


def a_debt(amount: int = 50_000, *, payee: Organisation | None = None, line: BudgetLine | None = None):
    """(line, payee, reference): delivered, accepted and owed."""
    line = line or a_budget_line(amount * 10)
    payee = payee or an_organisation()
    reference, service = f"contract/{next(_count)}", service_user("treasury")
    commit_budget(line, amount, key=f"{reference}/commit", reference=reference, by=service)
    accrue_payable(line, payee, amount, key=f"{reference}/accrue", reference=reference, by=service)
    return line, payee, reference
