"""Whatever the owner of the database does to the ledger's rows with the triggers off is found and named."""

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from marketplace.audit.actions import seal
from marketplace.ledger.models import Account, BudgetLine, Fund, Transfer
from marketplace.ledger.resumming import verify
from marketplace.payments.actions import import_bank_answer
from tests.given.audit import as_owner, key
from tests.given.money import a_batch, a_debt, bank_csv

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["sealed", "not yet sealed"])
def ledger(request):
    """Three debts' worth of transfers."""
    for _ in range(3):
        a_debt(50_000)
    if request.param == "sealed":
        seal("ledger")
    return list(Transfer.objects.order_by("posted_at", "id"))


def test_a_sound_ledger_says_its_counts(ledger, capsys):
    call_command("verify_ledger")
    assert f"transfers: {len(ledger)}" in capsys.readouterr().out


@pytest.mark.parametrize(
    "change",
    ["amount = amount + 1", "reference = 'other'", "key = 'other'", "code = 'released'", "fiscal_year = 1999",
     "debit_id = credit_id, credit_id = debit_id", "digest = 'x'"],
)  # fmt: skip
def test_a_changed_transfer_is_named(ledger, change):
    victim = ledger[4]
    with as_owner() as cursor:
        cursor.execute(f"UPDATE ledger_transfer SET {change} WHERE id = %s", [key(victim.pk)])
    assert str(victim.pk) in verify().faults[0]
    with pytest.raises(CommandError, match="does not hold"):
        call_command("verify_ledger")


def test_two_transfers_that_changed_places_are_named(ledger):
    one, other = ledger[3], ledger[4]
    spare = one.pk.__class__(int=1)
    with as_owner() as cursor:
        for before, after in ((one.pk, spare), (other.pk, one.pk), (spare, other.pk)):
            cursor.execute("UPDATE ledger_transfer SET id = %s WHERE id = %s", [key(after), key(before)])
    assert any(str(row.pk) in verify().faults[0] for row in (one, other))


def test_a_deleted_transfer_is_found(ledger):
    with as_owner() as cursor:
        cursor.execute("DELETE FROM ledger_transfer WHERE id = %s", [key(ledger[4].pk)])
    fault = verify().faults[0]
    line = BudgetLine.objects.get(accounts=ledger[4].debit)
    assert str(ledger[4].pk) in fault or str(line.pk) in fault


def test_an_account_that_is_gone_or_changed_hands_is_found(ledger):
    with as_owner() as cursor:
        cursor.execute("UPDATE ledger_account SET kind = 'payable' WHERE id = %s", [key(ledger[4].debit_id)])
    assert "ledger_account" in verify().faults[0]


@pytest.mark.parametrize("counter", ["appropriated", "committed", "spent"])
def test_a_counter_that_lies_is_named(ledger, counter):
    line = BudgetLine.objects.first()
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE ledger_budgetline SET {counter} = {counter} + 1 WHERE id = %s", [key(line.pk)])
    assert str(line.pk) in verify().faults[0] and counter in verify().faults[0]


def test_a_line_moved_to_another_fund_is_found(ledger):
    line = BudgetLine.objects.first()
    other = Fund.objects.exclude(pk=line.fund_id).first()
    BudgetLine.objects.filter(pk=line.pk).update(fund=other)
    assert "ledger_fund" in verify().faults[0]


def test_a_payment_deleted_behind_the_bank_is_found():
    batch = a_batch(50_000)
    attempt = batch.attempts.get()
    import_bank_answer(batch.bureau, bank_csv((attempt, 50_000, "成功", "")), by=batch.made_by)
    assert verify().is_sound
    with as_owner() as cursor:
        cursor.execute("DELETE FROM ledger_transfer WHERE code = 'paid'")
    assert verify(at_most=9).faults


def test_the_triggers_refuse_what_the_owner_does_not_disable(ledger):
    for statement in ("UPDATE ledger_transfer SET amount = 1", "DELETE FROM ledger_transfer"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_the_constraints_stand_behind_the_verbs(ledger):
    line = BudgetLine.objects.first()
    for change in ("committed = appropriated + 1", "outstanding = committed + 1", "spent = -1"):
        with pytest.raises((DatabaseError, ValidationError)), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE ledger_budgetline SET {change} WHERE id = %s", [key(line.pk)])
    account = Account.objects.first()
    row = Transfer(debit=account, credit=account, amount=1, code="paid", reference="x", key="x", fiscal_year=2026)
    row.posted_at, row.by = ledger[0].posted_at, ledger[0].by
    with pytest.raises(DatabaseError), transaction.atomic():
        row.save(force_insert=True)
