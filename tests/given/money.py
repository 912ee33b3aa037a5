"""Public money to spend: funds, lines with something on them, debts."""

import datetime
import itertools

from django.core.files.base import ContentFile

from marketplace.ledger.actions import accrue_payable, appropriate, commit_budget, open_budget_line, open_fund
from marketplace.ledger.models import BudgetLine, Fund
from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.parties.models import Organisation, Role
from marketplace.payments.actions import (
    approve_account,
    approve_payment,
    import_bank_answer,
    order_payment,
    request_account,
    send_payments,
)
from marketplace.payments.models import PayeeAccount, PaymentOrder

from .people import a_bureau, a_person, an_organisation

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


def an_account(organisation: Organisation, *, number: str = "") -> PayeeAccount:
    """An account in force: asked for by one person and approved by another."""
    asking = a_person(Role.FINANCE, of=organisation)
    agreeing = a_person(Role.SIGNATORY, of=organisation)
    account = request_account(
        organisation,
        account_name=organisation.name,
        bank="太仓农村商业银行城厢支行",
        bank_code="314305400015",
        number=number or f"70660012{next(_count):08d}",
        by=asking,
    )
    return approve_account(account, by=agreeing)


def an_order(amount: int = 50_000, *, line: BudgetLine | None = None, payee: Organisation | None = None):
    """A payment order that waits for approval."""
    line, payee, reference = a_debt(amount, line=line, payee=payee)
    return order_payment(
        payee, amount, purpose="日间照料服务费", reference=reference, key=reference, by=service_user("tests")
    )


def an_approved_order(amount: int = 50_000, *, line: BudgetLine | None = None, payee: Organisation | None = None):
    order = an_order(amount, line=line, payee=payee)
    return approve_payment(order, by=a_person(Role.FINANCE, of=order.bureau))


def a_batch(*amounts: int):
    """One bureau's payments at the bank, each to a payee of its own."""
    line = a_budget_line(10 * sum(amounts))
    an_account(line.bureau)
    orders = []
    for amount in amounts:
        order = an_approved_order(amount, line=line)
        an_account(order.payee)
        orders.append(order)
    return send_payments(line.bureau, orders, by=a_person(Role.FINANCE, of=line.bureau))


def bank_csv(*rows: tuple) -> ContentFile:
    """An answer of the bank: (attempt or end-to-end id, fen, result, cause)."""
    lines = ["端到端号,金额(元),结果,原因,银行流水号"]
    for number, (attempt, amount, result, cause) in enumerate(rows, 1):
        end_to_end_id = getattr(attempt, "end_to_end_id", attempt)
        lines.append(f"{end_to_end_id},{amount // 100}.{amount % 100:02d},{result},{cause},B{number:06d}")
    return ContentFile("\n".join(lines).encode("gb18030"), name="回单.csv")


def statement_csv(*rows: tuple) -> ContentFile:
    """A statement of the bank: (day, 借 or 贷, fen, attempt or end-to-end id, text)."""
    lines = ["记账日期,借贷,金额,端到端号,摘要"]
    for day, direction, amount, attempt, text in rows:
        end_to_end_id = getattr(attempt, "end_to_end_id", attempt)
        lines.append(f"{day},{direction},{amount // 100}.{amount % 100:02d},{end_to_end_id},{text}")
    return ContentFile("\n".join(lines).encode("gb18030"), name="对账单.csv")


def a_late_payment(amount: int = 1_000_000, *, days: int = 10, **more) -> PaymentOrder:
    """Paid by the bank so many days after its last day; act on it inside `clock.pretend(order.paid_at)`."""
    order = an_approved_order(amount, **more)
    for organisation in (order.bureau, order.payee):
        if PayeeAccount.objects.of(organisation) is None:
            an_account(organisation)
    with clock.pretend(clock.at_hour(order.due_on, 10) + datetime.timedelta(days=days)):
        finance = a_person(Role.FINANCE, of=order.bureau)
        attempt = send_payments(order.bureau, [order], by=finance).attempts.get()
        import_bank_answer(order.bureau, bank_csv((attempt, amount, "成功", "")), by=finance)
    return PaymentOrder.objects.select_related("bureau", "payee", "line").get(pk=order.pk)
