"""Late-payment interest, to the fen."""

import datetime
from decimal import Decimal

import pytest

from marketplace.pages import clock
from marketplace.payments.interest import due_on, interest_of, late_interest
from marketplace.payments.models import PaymentOrder
from tests.given.money import an_order

pytestmark = pytest.mark.django_db
DAY = datetime.date(2026, 3, 2)


@pytest.mark.parametrize(
    ("more", "due"),
    [
        ({}, datetime.date(2026, 4, 1)),  # 30 days from acceptance
        ({"agreed_days": 10}, datetime.date(2026, 3, 12)),
        ({"agreed_days": 90}, datetime.date(2026, 5, 1)),  # never beyond 60
        ({"invoiced_on": datetime.date(2026, 2, 1)}, datetime.date(2026, 4, 1)),  # an early invoice changes nothing
        ({"invoiced_on": datetime.date(2026, 3, 12)}, datetime.date(2026, 4, 11)),  # 30 days from the invoice
        ({"invoiced_on": datetime.date(2026, 4, 20)}, datetime.date(2026, 5, 1)),  # nor by a late invoice
    ],
)
def test_the_last_day_to_pay(more, due):
    assert due_on(DAY, **more) == due


@pytest.mark.parametrize(
    ("amount", "late", "fen"),
    [(1_000_000, 0, 0), (1_000_000, 1, 500), (1_000_000, 31, 15_500), (999, 1, 0), (1_000, 1, 1), (99_999, 7, 350)],
)
def test_half_a_thousandth_a_day(amount, late, fen):
    interest = late_interest(amount, DAY, DAY + datetime.timedelta(days=late))
    assert (interest.days, interest.amount) == (late, fen)
    assert interest.rule is not None and "第十七条" in interest.rule.source


def test_paid_early_or_never_due_costs_nothing():
    assert not late_interest(1_000_000, DAY, DAY - datetime.timedelta(days=3))
    assert not late_interest(1_000_000, None, DAY)


def test_an_agreed_rate_takes_the_place_of_the_ordinances():
    interest = late_interest(1_000_000, DAY, DAY + datetime.timedelta(days=10), agreed_rate=Decimal("0.03"))
    assert (interest.amount, interest.rule) == (3_000, None)


def test_an_order_counts_until_it_is_paid():
    with clock.pretend(clock.at_hour(DAY, 10)):
        order = an_order(1_000_000)
        assert order.due_on == datetime.date(2026, 4, 1)
        assert not interest_of(order)
    with clock.pretend(clock.at_hour(datetime.date(2026, 4, 11), 9)):
        assert interest_of(order).amount == 5_000
        assert list(PaymentOrder.objects.late(clock.today())) == [order]
    order.paid_at = clock.at_hour(datetime.date(2026, 4, 3), 9)
    assert interest_of(order).amount == 1_000
