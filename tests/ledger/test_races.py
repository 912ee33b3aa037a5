"""Real threads on PostgreSQL: never a fen too much, and a key works once."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, connections

from marketplace.ledger import actions
from marketplace.ledger.models import BudgetLine, Transfer
from marketplace.ledger.resumming import verify
from marketplace.parties.actions import service_user
from tests.given.money import a_budget_line, a_debt

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time"),
]


def at_once(count, act):
    """`act(number)` in `count` threads that start together; what each returned, or the code of its refusal."""
    start = threading.Barrier(count)

    def run(number):
        start.wait()
        try:
            return act(number)
        except ValidationError as refusal:
            return refusal.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_sixty_four_threads_never_commit_a_fen_too_much():
    line, job = a_budget_line(1_000), service_user("tests")

    def commit(number):
        return actions.commit_budget(line, 30, key=f"k{number}", reference="contract/1", by=job).code

    outcomes = Counter(at_once(64, commit))

    assert outcomes == {"committed": 33, "budget_short": 31}
    assert BudgetLine.objects.get(pk=line.pk).committed == 990
    assert verify().is_sound


def test_the_same_key_fifty_times_has_one_effect_and_fifty_equal_answers():
    line, job = a_budget_line(100), service_user("tests")

    def commit(_number):
        return actions.commit_budget(line, 100, key="k", reference="contract/1", by=job).pk

    assert len(set(at_once(50, commit))) == 1
    assert BudgetLine.objects.get(pk=line.pk).committed == 100
    assert Transfer.objects.filter(code="committed").count() == 1


def test_a_debt_is_never_paid_twice():
    _line, payee, reference = a_debt(500)
    job = service_user("tests")

    def pay(number):
        return actions.post_payment(payee, 500, key=f"p{number}", reference=reference, by=job).code

    assert Counter(at_once(16, pay)) == {"paid": 1, "payable_short": 15}
    assert verify().is_sound
