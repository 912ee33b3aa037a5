"""What a redemption costs does not grow with its programme: it reads one wallet, whatever the planner believes."""

import uuid

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.vouchers.actions import issue_month, redeem
from marketplace.vouchers.actions.issue import MANY
from marketplace.vouchers.models import Voucher
from tests.benchmarks.crowd import a_crowd, a_rich_programme
from tests.given.vouchers import Counter, a_counter

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite doesn't count the rows that it reads"),
]


def wallets_read() -> int:
    """Rows of the wallets' table that this transaction has looked at, by index or not."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'vouchers_voucher'"
        )
        return cursor.fetchone()[0]


def wallets_read_by_all() -> int:
    """The same of all transactions that have ended."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_user_tables WHERE relname = 'vouchers_voucher'"
        )
        return cursor.fetchone()[0]


def among_many(price: int) -> Counter:
    """Of a table that nobody has counted: after a restore."""
    counter = a_counter(price=price)
    Voucher.objects.bulk_create(
        Voucher(resident_id=uuid.uuid4(), month=counter.voucher.month, programme=counter.programme, granted=80_00)
        for _number in range(3_000)
    )
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM pg_statistic WHERE starelid = 'vouchers_voucher'::regclass")
        cursor.execute("UPDATE pg_class SET reltuples = -1, relpages = 0 WHERE relname = 'vouchers_voucher'")
        cursor.execute("DISCARD PLANS")  # those of the tests before
    return counter


def test_one_wallet_is_read_of_a_month_just_issued():
    counter = among_many(1_00)
    before = wallets_read()
    redeem(counter.provider, **counter.request(amount=1_00))
    assert 1 <= wallets_read() - before <= 4


def test_so_it_is_when_there_is_too_little_in_it():
    counter = among_many(200_00)
    before = wallets_read()
    with pytest.raises(ValidationError) as refusal:
        redeem(counter.provider, **counter.request(amount=200_00))
    assert refusal.value.code == "overdrawn"
    assert 1 <= wallets_read() - before <= 4


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_so_it_is_where_the_plan_was_made_for_a_few_wallets():
    """A server that has been up since before the first month was issued: to read one page whole was cheaper then."""
    counter = a_counter(price=1_00)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE vouchers_voucher")
    redeem(counter.provider, **counter.request(amount=1_00))
    a_crowd(MANY + 1)
    issue_month(a_rich_programme("silver-many", MANY + 10), clock.today(), by=service_user("tests"))
    before = wallets_read_by_all()
    redeem(counter.provider, **counter.request(amount=1_00, key="after"))
    assert 1 <= wallets_read_by_all() - before <= 8  # two programmes gave them a wallet each
