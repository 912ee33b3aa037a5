"""No order of accept, deduct, amend, pay, fail, retry, refund, forfeit and end parts ledger and contract."""

import hypothesis.strategies as st
import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings

from contracts import actions, queries
from contracts.models import Amendment, Contract, Deliverable, Forfeiture
from contracts.verification import faults
from marketplace.ledger.models import Account, BudgetLine
from marketplace.ledger.queries import balance
from marketplace.payments.actions import (
    add_interest,
    agree_interest,
    approve_payment,
    cancel_payment,
    claim_interest,
    import_bank_answer,
    order_interest_again,
    refund_payment,
    refuse_interest,
    requeue_payment,
    send_payments,
)
from marketplace.payments.models import InterestClaim, PaymentAttempt, PaymentOrder
from tests.given.contracts import a_bond, a_contract_in_force, a_draft_contract, again, at, some_evidence
from tests.given.money import an_account, bank_csv

pytestmark = pytest.mark.django_db

STEPS = (
    "report", "accept", "deduct", "send_back", "amend", "approve", "send", "pay", "fail", "return", "retry", "cancel",
    "refund", "refund", "order_again", "suspend", "resume", "terminate", "close", "return_bond", "forfeit", "hand_over",
    "wait", "claim_interest", "agree_interest", "add_interest", "refuse_interest", "order_interest",
)  # fmt: skip


class Life:
    """One contract with everything that can happen to it; a step that the rules refuse changes nothing."""

    def __init__(self, contract: Contract) -> None:
        self.contract, self.cast, self.invoices, self.day = contract, contract.cast, 0, 40

    def step(self, name: str, pick: int) -> None:
        with at(self.contract, self.day):
            try:
                with transaction.atomic():
                    getattr(self, name)(pick)
            except (ValidationError, PermissionDenied):  # some policies know the state too
                pass

    def _instalment(self, state: str, pick: int) -> Deliverable:
        rows = list(self.contract.deliverables.filter(state=state))
        if not rows:
            raise ValidationError("none", code="none")
        return rows[pick % len(rows)]

    def _order(self, state: str, pick: int) -> PaymentOrder:
        orders = list(PaymentOrder.objects.filter(state=state, reference__contains=self.contract.number))
        if not orders:
            raise ValidationError("none", code="none")
        return orders[pick % len(orders)]

    def report(self, pick: int) -> None:
        self.invoices += 1
        row = self._instalment("planned" if pick % 3 else "rejected", pick)
        actions.report_delivery(
            row, quantity=max(1, row.quantity - pick % 2), note="完成", invoice_number=f"F{self.invoices}",
            file=some_evidence(), by=self.cast.provider,
        )  # fmt: skip

    def accept(self, pick: int) -> None:
        actions.accept_delivery(self._instalment("delivered", pick), residents_heard=2, by=self.cast.officer)

    def deduct(self, pick: int) -> None:
        actions.accept_delivery(
            self._instalment("delivered", pick), residents_heard=2, quantity=pick % 3, satisfaction=80 + pick % 20,
            deduction=pick * 1001, reason="扣减", by=self.cast.officer,
        )  # fmt: skip

    def send_back(self, pick: int) -> None:
        actions.reject_delivery(self._instalment("delivered", pick), reason="不全", by=self.cast.officer)

    def amend(self, pick: int) -> None:
        contract = again(self.contract)
        rows = list(contract.deliverables.filter(state="planned"))
        added = [{"title": "增加", "quantity": 2, "unit": "次", "amount": 10_000 + pick, "due_on": contract.ends_on}]
        change = {"quantities": [(rows[0], -1 if pick % 2 else 1)]} if rows and pick % 3 else {"added": added}
        amendment = actions.draft_amendment(
            contract, reason_code="demand", reason="变化", by=self.cast.officer, **change
        )
        self._sign(amendment)

    def _sign(self, amendment: Amendment) -> None:
        actions.send_amendment(amendment, by=self.cast.officer)
        actions.sign_amendment(amendment, by=self.cast.provider)
        actions.sign_amendment(amendment, by=self.cast.signatory)

    def approve(self, pick: int) -> None:
        approve_payment(self._order("draft", pick), by=self.cast.finance)

    def send(self, pick: int) -> None:
        send_payments(self.contract.buyer, [self._order("approved", pick)], by=self.cast.finance)

    def _answer(self, attempt_state: str, pick: int, result: str) -> None:
        attempts = list(PaymentAttempt.objects.filter(state=attempt_state).select_related("order"))
        if not attempts:
            raise ValidationError("none", code="none")
        attempt = attempts[pick % len(attempts)]
        rows = bank_csv((attempt, attempt.order.amount, result, "" if result == "成功" else "户名不符"))
        import_bank_answer(self.contract.buyer, rows, by=self.cast.finance)

    def pay(self, pick: int) -> None:
        self._answer("sent", pick, "成功")

    def fail(self, pick: int) -> None:
        self._answer("sent", pick, "失败")

    def retry(self, pick: int) -> None:
        requeue_payment(self._order("failed", pick), by=self.cast.finance)

    def cancel(self, pick: int) -> None:
        cancel_payment(
            self._order(("draft", "approved", "failed")[pick % 3], pick), reason="重开", by=self.cast.finance
        )

    def order_again(self, pick: int) -> None:
        actions.order_again(self._instalment("accepted", pick), by=self.cast.officer)

    def _claim(self, state: str, pick: int) -> InterestClaim:
        claims = list(InterestClaim.objects.filter(state=state))
        if not claims:
            raise ValidationError("none", code="none")
        return claims[pick % len(claims)]

    def claim_interest(self, pick: int) -> None:
        claim_interest(self._order("paid", pick), by=self.cast.provider)

    def agree_interest(self, pick: int) -> None:
        agree_interest(self._claim("asked", pick), line=self.contract.budget_line, by=self.cast.officer)

    def add_interest(self, pick: int) -> None:
        add_interest(self._order("paid", pick), line=self.contract.budget_line, by=self.cast.officer)

    def refuse_interest(self, pick: int) -> None:
        refuse_interest(self._claim("asked", pick), reason="账号有误", by=self.cast.officer)

    def order_interest(self, pick: int) -> None:
        order_interest_again(self._claim("agreed", pick), by=self.cast.officer)

    def wait(self, pick: int) -> None:
        """Until payments are late."""
        self.day += 20 + pick

    def suspend(self, _pick: int) -> None:
        actions.suspend_contract(self.contract, reason="质疑", by=self.cast.officer)

    def resume(self, _pick: int) -> None:
        actions.resume_contract(self.contract, by=self.cast.officer)

    def terminate(self, pick: int) -> None:
        if pick % 4:
            raise ValidationError("seldom", code="seldom")
        standing = self.contract.deliverables.standing()
        actions.terminate_contract(
            self.contract, reason="终止", delivered={row.position: pick % (row.quantity + 1) for row in standing},
            by=self.cast.officer,
        )  # fmt: skip

    def close(self, _pick: int) -> None:
        actions.close_contract(self.contract, by=self.cast.officer)

    def refund(self, pick: int) -> None:
        order = self._order("paid", pick)
        refund_payment(
            order, max(1, order.net // (1 + pick % 3)), reason="核减", key=f"refund-{self._fresh()}",
            bank_reference=f"B{self.invoices}", is_still_owed=bool(pick % 2), by=self.cast.finance,
        )  # fmt: skip

    def _fresh(self) -> int:
        self.invoices += 1
        return self.invoices

    def return_bond(self, _pick: int) -> None:
        actions.return_bond(self.contract.bonds.get(), by=self.cast.finance)

    def forfeit(self, pick: int) -> None:
        bond = self.contract.bonds.get()
        actions.forfeit(bond, amount=max(1, bond.left // (1 + pick % 3)), reason="违约", by=self.cast.approver)

    def hand_over(self, pick: int) -> None:
        waiting = list(Forfeiture.objects.filter(handed_over_at=None))
        if not waiting:
            raise ValidationError("none", code="none")
        actions.hand_over(waiting[pick % len(waiting)], document="JK1", by=self.cast.finance)

    def agrees(self) -> None:
        contract = again(self.contract)
        assert list(faults(contract)) == []
        money = queries.money_of(contract)
        line = BudgetLine.objects.get(pk=contract.budget_line_id)
        assert money.accepted + money.deducted + money.released + money.left == money.amount
        standing = sum(contract.deliverables.standing().values_list("amount", flat=True))
        assert money.left == standing == line.committed, "nothing else is committed on this line"
        assert line.spent == money.accepted - money.taken_back + money.interest
        assert line.available + line.committed + line.spent == line.appropriated
        owed = balance(Account.of(Account.Kind.PAYABLE, line=line, organisation=contract.supplier))
        assert owed == money.owed + money.interest_owed
        assert money.owed >= 0 and money.interest_owed >= 0
        kept = balance(Account.of(Account.Kind.BOND, holder=contract.buyer, organisation=contract.supplier))
        forfeits = balance(Account.of(Account.Kind.FORFEITS, holder=contract.buyer))
        assert kept == money.bond
        assert forfeits == sum(Forfeiture.objects.filter(handed_over_at=None).values_list("amount", flat=True))
        assert balance(Account.of(Account.Kind.DEPOSITS, holder=contract.buyer)) == kept + forfeits
        treasury = balance(Account.of(Account.Kind.TREASURY, fund=line.fund))
        assert treasury == line.available + line.committed + owed, "the ledger sums to zero"


setattr(Life, "return", lambda life, pick: life._answer("paid", pick, "失败"))


@pytest.fixture
def life() -> Life:
    contract = a_draft_contract()
    with at(contract):
        actions.change_conditions(
            contract, bond_amount=contract.amount // 20, satisfaction_floor=90, satisfaction_rate=1,
            by=contract.cast.officer,
        )  # fmt: skip
    contract = a_contract_in_force(again(contract))
    a_bond(contract)
    an_account(contract.supplier)
    an_account(contract.buyer)
    return Life(contract)


PAID = [("approve", 0), ("send", 0), ("pay", 0)]
LATE = [("report", 1), ("accept", 0), ("approve", 0), ("send", 0), ("wait", 10), ("wait", 10), ("pay", 0)]


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 11)), min_size=6, max_size=24))
@example(
    steps=LATE + [("claim_interest", 0), ("refuse_interest", 0), ("claim_interest", 0), ("agree_interest", 0), *PAID]
)
@example(steps=LATE + [("add_interest", 0), ("cancel", 0), ("order_interest", 0), *PAID, ("refund", 2), ("refund", 3)])
@example(steps=LATE + [("add_interest", 0), *PAID, ("refund", 1), ("refund", 1), ("order_interest", 0), *PAID])
@example(steps=LATE + [("claim_interest", 0), ("terminate", 0), ("agree_interest", 0), ("return_bond", 0), *PAID])
def test_the_ledger_never_disagrees_with_the_contract(life: Life, steps: list[tuple[str, int]]):
    life.day = 40
    savepoint = transaction.savepoint_create()
    try:
        for name, pick in steps:
            life.step(name, pick)
            life.agrees()
    finally:
        transaction.savepoint_rollback(savepoint)


def test_a_late_payment_bears_interest_that_is_paid_once(life: Life):
    for name, pick in [*LATE, ("claim_interest", 0), ("agree_interest", 0), ("add_interest", 0), *PAID]:
        life.step(name, pick)
        life.agrees()
    money, claim = queries.money_of(again(life.contract)), InterestClaim.objects.get()
    assert claim.days == 30 and money.interest == money.interest_paid == claim.amount > 0
    assert money.owed == 0 and list(faults()) == []
    InterestClaim.objects.update(amount=claim.amount + 1)
    assert "interest" in next(faults(life.contract))


def test_the_check_notices_a_contract_that_lies(life: Life):
    life.agrees()
    Deliverable.objects.filter(contract=life.contract, position=1).update(is_committed=False)
    said = list(faults(life.contract))
    assert len(said) == 1 and life.contract.number in said[0] and "committed" in said[0]
    assert any(life.contract.number in sentence for sentence in faults())
