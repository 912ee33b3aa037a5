"""The verbs on one line: what they move, what they refuse, and that a key works once."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from marketplace.ledger import actions, queries
from marketplace.ledger.models import Account, BudgetLine, Transfer
from marketplace.parties.actions import service_user
from marketplace.parties.models import Role
from tests.given.money import a_budget_line, a_debt
from tests.given.people import a_bureau, a_person, an_organisation

pytestmark = pytest.mark.django_db


@pytest.fixture
def job():
    return service_user("tests")


def counters(line):
    line = BudgetLine.objects.get(pk=line.pk)
    return line.appropriated, line.committed, line.outstanding, line.spent


def test_from_appropriation_to_payment(job):
    line, payee = a_budget_line(1_000), an_organisation()

    actions.commit_budget(line, 600, key="c", reference="contract/1", by=job)
    assert counters(line) == (1_000, 600, 0, 0)
    assert line.available == 400

    actions.accrue_payable(line, payee, 250, key="a", reference="contract/1", by=job)
    assert counters(line) == (1_000, 350, 0, 250)
    assert queries.payable_to(payee) == queries.payable_on(line, payee) == 250

    actions.post_payment(payee, 250, key="p", reference="contract/1", by=job)
    assert queries.payable_to(payee) == 0
    treasury = Account.of(Account.Kind.TREASURY, fund=line.fund)
    assert queries.balance(treasury) == 750

    actions.post_payment_returned(payee, 250, key="r", reference="contract/1", by=job)
    assert queries.payable_to(payee) == 250
    assert queries.balance(treasury) == 1_000

    actions.release_commitment(line, 350, key="x", reference="contract/1", by=job)
    assert counters(line) == (1_000, 0, 0, 250)


def test_a_month_of_vouchers(job):
    line, payee = a_budget_line(1_000), an_organisation()
    actions.commit_budget(line, 800, key="c", reference="programme/2026-11", by=job)
    actions.post_vouchers_issued(line, 800, key="i", reference="programme/2026-11", by=job)
    assert counters(line) == (1_000, 800, 800, 0)

    actions.post_vouchers_settled(line, payee, 500, key="s", reference="programme/2026-11", by=job)
    actions.post_vouchers_expired(line, 300, key="e", reference="programme/2026-11", by=job)

    assert counters(line) == (1_000, 0, 0, 500)
    assert queries.payable_to(payee) == 500


@pytest.mark.parametrize(
    ("verb", "code"),
    [
        ("commit_budget", "budget_short"),
        ("release_commitment", "commitment_short"),
        ("withdraw_appropriation", "budget_short"),
        ("post_vouchers_issued", "commitment_short"),
        ("post_vouchers_expired", "outstanding_short"),
    ],
)
def test_a_fen_too_much_is_refused_and_nothing_changes(verb, code, job):
    line = a_budget_line(1_000)
    actions.commit_budget(line, 500, key="c", reference="contract/1", by=job)
    actions.post_vouchers_issued(line, 100, key="i", reference="contract/1", by=job)
    before, transfers = counters(line), Transfer.objects.count()

    with pytest.raises(ValidationError) as refusal:
        getattr(actions, verb)(line, 501, key="too much", reference="contract/1", by=job)

    assert refusal.value.code == code
    assert counters(line) == before
    assert Transfer.objects.count() == transfers


def test_what_stands_in_vouchers_is_not_there_for_a_contract(job):
    line = a_budget_line(1_000)
    actions.commit_budget(line, 500, key="c", reference="programme/1", by=job)
    actions.post_vouchers_issued(line, 400, key="i", reference="programme/1", by=job)

    with pytest.raises(ValidationError) as refusal:
        actions.accrue_payable(line, an_organisation(), 101, key="a", reference="programme/1", by=job)

    assert refusal.value.code == "commitment_short"


@pytest.mark.parametrize("amount", [0, -1, True, 1.5, "80", 10**13 + 1])
def test_an_amount_is_whole_positive_fen(amount, job):
    line = a_budget_line(1_000)
    with pytest.raises(ValidationError) as refusal:
        actions.commit_budget(line, amount, key="c", reference="contract/1", by=job)
    assert refusal.value.error_dict["amount"][0].code == "amount"


def test_the_same_key_works_once(job):
    line = a_budget_line(1_000)
    first = actions.commit_budget(line, 600, key="k", reference="contract/1", by=job)

    assert actions.commit_budget(line, 600, key="k", reference="contract/1", by=job) == first
    assert counters(line) == (1_000, 600, 0, 0)


@pytest.mark.parametrize("other", [{"amount": 601}, {"reference": "contract/2"}])
def test_the_same_key_for_something_else_is_refused(other, job):
    line = a_budget_line(1_000)
    content = {"amount": 300, "reference": "contract/1"}
    actions.commit_budget(line, key="k", by=job, **content)

    with pytest.raises(ValidationError) as refusal:
        actions.commit_budget(line, key="k", by=job, **(content | other))

    assert refusal.value.code == "key_conflict"
    assert counters(line) == (1_000, 300, 0, 0)


def test_nobody_is_paid_more_than_is_owed(job):
    _line, payee, reference = a_debt(500)
    with pytest.raises(ValidationError) as refusal:
        actions.post_payment(payee, 501, key="p", reference=reference, by=job)
    assert refusal.value.code == "payable_short"
    assert queries.payable_to(payee) == 500


def test_a_payment_comes_back_at_most_once(job):
    _line, payee, reference = a_debt(500)
    actions.post_payment(payee, 500, key="p", reference=reference, by=job)
    actions.post_payment_returned(payee, 500, key="r", reference=reference, by=job)
    with pytest.raises(ValidationError) as refusal:
        actions.post_payment_returned(payee, 1, key="r2", reference=reference, by=job)
    assert refusal.value.code == "never_paid"


def test_a_debt_on_two_lines_asks_which(job):
    _line, payee, _reference = a_debt(500)
    other, _payee, _other = a_debt(700, payee=payee)
    with pytest.raises(ValidationError) as refusal:
        actions.post_payment(payee, 100, key="p", reference="something else", by=job)
    assert refusal.value.code == "which_line"

    actions.post_payment(payee, 700, key="p", reference="something else", line=other, by=job)
    assert queries.payable_on(other, payee) == 0


def test_what_was_owed_can_be_taken_back_but_not_twice(job):
    line, payee, reference = a_debt(500)
    actions.reverse_accrual(line, payee, 500, key="b", reference=reference, by=job)
    assert queries.payable_to(payee) == 0
    with pytest.raises(ValidationError) as refusal:
        actions.reverse_accrual(line, payee, 1, key="b2", reference=reference, by=job)
    assert refusal.value.code == "payable_short"


def test_bonds_go_back_to_whom_they_are_of(job):
    holder, payer = a_bureau(), an_organisation()
    actions.hold_bond(payer, 20_000, holder=holder, key="h", reference="contract/1", by=job)
    kept = Account.objects.get(kind=Account.Kind.BOND, holder=holder, organisation=payer)
    assert queries.balance(kept) == 20_000
    with pytest.raises(ValidationError) as refusal:
        actions.release_bond(payer, 20_001, holder=holder, key="r", reference="contract/1", by=job)
    assert refusal.value.code == "bond_short"

    actions.release_bond(payer, 20_000, holder=holder, key="r", reference="contract/1", by=job)
    assert queries.balance(kept) == 0


def test_who_may():
    line = a_budget_line(1_000)
    officer = a_person(Role.OFFICER, of=line.bureau)
    stranger = a_person(Role.OFFICER, Role.FINANCE, of=a_bureau())
    provider = a_person(Role.OWNER, Role.FINANCE, of=an_organisation())

    actions.commit_budget(line, 1, key="1", reference="contract/1", by=officer)
    for person in (stranger, provider):
        with pytest.raises(PermissionDenied):
            actions.commit_budget(line, 1, key="2", reference="contract/1", by=person)
    for person in (officer, stranger, provider):
        with pytest.raises(PermissionDenied):
            actions.appropriate(line, 1, key="3", reference="文件", by=person)
    actions.appropriate(line, 1, key="3", reference="文件", by=a_person(Role.FINANCE, of=line.bureau))
