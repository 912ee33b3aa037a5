"""The payee claims and the officer adds at the same moment: one of them is first, and it is owed once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, connections

from marketplace.ledger.queries import payable_to
from marketplace.parties.models import Role
from marketplace.payments import actions
from marketplace.payments.models import InterestClaim, PaymentOrder
from tests.given.money import a_late_payment
from tests.given.people import a_person

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time"),
]


def test_eight_at_once_make_one_debt():
    order = a_late_payment(1_000_000, days=10)
    officers = [a_person(Role.OFFICER, of=order.bureau) for _number in range(8)]
    start = threading.Barrier(len(officers))

    def add(officer):
        start.wait()
        try:
            return actions.add_interest(order, line=order.line, by=officer).number
        except ValidationError as refusal:
            return refusal.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(officers)) as pool:
        results = list(pool.map(add, officers))
    assert results.count("claimed") == 7
    assert InterestClaim.objects.count() == 1 and PaymentOrder.objects.count() == 2
    assert payable_to(order.payee) == 5_000
