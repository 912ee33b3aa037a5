"""No order of order, approve, send, pay, fail, come back, retry, refund and cancel makes ledger and orders disagree."""

import itertools

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from marketplace.ledger import queries as ledger
from marketplace.ledger import resumming
from marketplace.ledger.actions import accrue_payable, commit_budget
from marketplace.ledger.models import Account, BudgetLine, Transfer
from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.parties.models import Role
from marketplace.payments import actions
from marketplace.payments.models import PaymentAttempt, PaymentOrder, Refund
from marketplace.payments.verification import faults
from tests.given.money import a_budget_line, an_account, bank_csv, statement_csv
from tests.given.people import a_person, an_organisation

pytestmark = pytest.mark.django_db
BUDGET = 1_000_000
NUMBERS = st.integers(min_value=0, max_value=7)


class Payments(RuleBasedStateMachine):
    """One bureau, one line, two payees; verbs in whatever order, most of them refused."""

    def __init__(self) -> None:
        super().__init__()
        self.outer = transaction.atomic()
        self.outer.__enter__()
        self.line = a_budget_line(BUDGET)
        an_account(self.line.bureau)
        self.payees = [an_organisation(), an_organisation()]
        for payee in self.payees:
            an_account(payee)
        self.job = service_user("tests")
        self.first, self.second = (a_person(Role.FINANCE, of=self.line.bureau) for _officer in range(2))
        self.count = itertools.count(1)
        self.accrued = 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.outer.__exit__(None, None, None)

    def attempt_to(self, verb) -> None:
        """A refusal is as good as success, if it changes nothing: the invariants see to that."""
        try:
            with transaction.atomic():
                verb()
        except ValidationError:
            pass

    def order_at(self, number: int) -> PaymentOrder | None:
        orders = list(PaymentOrder.objects.filter(bureau=self.line.bureau).order_by("pk"))
        return orders[number % len(orders)] if orders else None

    @rule(payee=st.integers(0, 1), amount=st.integers(1, 200_000))
    def owe(self, payee: int, amount: int) -> None:
        reference = f"HT/{next(self.count)}"

        def deliver() -> None:
            commit_budget(self.line, amount, key=f"{reference}/c", reference=reference, by=self.job)
            accrue_payable(
                self.line, self.payees[payee], amount, key=f"{reference}/a", reference=reference, by=self.job
            )
            self.accrued += amount

        self.attempt_to(deliver)

    @rule(payee=st.integers(0, 1), amount=st.integers(1, 200_000))
    def order(self, payee: int, amount: int) -> None:
        self.attempt_to(
            lambda: actions.order_payment(
                self.payees[payee],
                amount,
                purpose="服务费",
                reference=f"order/{next(self.count)}",
                key=f"order/{next(self.count)}",
                line=self.line,
                by=self.job,
            )
        )

    @rule(number=NUMBERS, is_first=st.booleans())
    def approve(self, number: int, is_first: bool) -> None:
        if order := self.order_at(number):
            self.attempt_to(lambda: actions.approve_payment(order, by=self.first if is_first else self.second))

    @rule(number=NUMBERS)
    def cancel(self, number: int) -> None:
        if order := self.order_at(number):
            self.attempt_to(lambda: actions.cancel_payment(order, reason="不付了", by=self.first))

    @rule(number=NUMBERS)
    def retry(self, number: int) -> None:
        if order := self.order_at(number):
            self.attempt_to(lambda: actions.requeue_payment(order, by=self.first))

    @rule(everything=st.booleans(), number=NUMBERS)
    def send(self, everything: bool, number: int) -> None:
        approved = list(PaymentOrder.objects.to_send().filter(bureau=self.line.bureau))
        one = self.order_at(number)
        orders = approved if everything else [one] if one else []
        self.attempt_to(lambda: actions.send_payments(self.line.bureau, orders, by=self.first))

    @rule(number=NUMBERS, result=st.sampled_from(["成功", "失败"]))
    def answer(self, number: int, result: str) -> None:
        """By the bank's answer, whatever the try's state: paid, failed, come back, contradicted."""
        if (order := self.order_at(number)) and (attempt := order.attempts.order_by("pk").last()):
            row = (attempt, order.amount, result, "户名不符" if result == "失败" else "")
            self.attempt_to(lambda: actions.import_bank_answer(self.line.bureau, bank_csv(row), by=self.first))

    @rule(number=NUMBERS, direction=st.sampled_from("借贷"))
    def state(self, number: int, direction: str) -> None:
        """By the bank's statement."""
        if (order := self.order_at(number)) and (attempt := order.attempts.order_by("pk").last()):
            row = (clock.today(), direction, order.amount, attempt, f"退汇{next(self.count)}")
            self.attempt_to(lambda: actions.import_statement(self.line.bureau, statement_csv(row), by=self.first))

    @rule(number=NUMBERS, amount=st.integers(1, 200_000), is_still_owed=st.booleans())
    def refund(self, number: int, amount: int, is_still_owed: bool) -> None:
        if order := self.order_at(number):
            self.attempt_to(
                lambda: actions.refund_payment(
                    order,
                    amount,
                    reason="核减",
                    key=f"refund/{next(self.count)}",
                    bank_reference="B1",
                    is_still_owed=is_still_owed,
                    by=self.second,
                )
            )

    @invariant()
    def everything_agrees(self) -> None:
        assert list(faults()) == []
        assert resumming.verify().is_sound
        orders = PaymentOrder.objects.filter(bureau=self.line.bureau)
        net = sum(order.net for order in orders)
        refunds = Refund.objects.filter(order__in=orders)
        taken_back = sum(refund.amount for refund in refunds if not refund.is_still_owed)
        owed = sum(ledger.payable_on(self.line, payee) for payee in self.payees)
        # what was delivered is paid, owed, or was taken back
        assert self.accrued == net + owed + taken_back
        treasury = ledger.balance(Account.of(Account.Kind.TREASURY, fund=self.line.fund))
        assert treasury == BUDGET - net
        line = BudgetLine.objects.get(pk=self.line.pk)
        assert line.spent == self.accrued - taken_back
        # all accounts together are nought: each transfer gives what it takes
        balances = ledger.balances(Account.objects.all())
        kinds = dict(Account.objects.values_list("pk", "kind"))
        assert sum(-fen if kinds[pk] in Account.DEBIT_KINDS else fen for pk, fen in balances.items()) == 0
        # nobody has more on the way than they are owed; no order is at the bank or paid twice
        for payee in self.payees:
            on_the_way = sum(order.amount for order in orders.unsettled().filter(payee=payee))
            assert on_the_way <= ledger.payable_on(self.line, payee)
        live = PaymentAttempt.objects.filter(order__in=orders, state__in=["sent", "paid"])
        assert not live.filter(batch__made_by=F("order__approved_by")).exists(), "a job ordered: two officers looked"
        assert live.count() == live.values("order").distinct().count()
        paid = Transfer.objects.filter(code=Transfer.Code.PAID, key__startswith="payment/").count()
        assert paid == PaymentAttempt.objects.filter(state__in=["paid", "returned"]).count()


def test_no_order_of_verbs_makes_ledger_and_orders_disagree(db):
    run_state_machine_as_test(
        Payments,
        settings=settings(
            max_examples=10,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
