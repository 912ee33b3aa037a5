"""The hot tables cut by month, with the keys they have: the redemption and the issue don't notice (PostgreSQL).

docs/decisions/0012-redemption-in-one-statement.md
"""

import datetime

import pytest
from django.db import connection

from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.vouchers.actions import redeem, reverse_redemption, settle_month
from marketplace.vouchers.verification import check_vouchers
from tests.given.vouchers import a_counter

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no partitions"),
]
TABLES = ("vouchers_voucher", "vouchers_redemption", "vouchers_reversal", "vouchers_hold")


def cut_by_month(table: str, months: list[datetime.date]) -> None:
    """As the operator of a large city does it once: the same columns, checks, indexes and primary key."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO {table}_whole")
        cursor.execute(
            f"CREATE TABLE {table} (LIKE {table}_whole INCLUDING ALL EXCLUDING STATISTICS) PARTITION BY RANGE (month)"
        )
        for month in months:
            end = (month + datetime.timedelta(days=31)).replace(day=1)
            cursor.execute(
                f"CREATE TABLE {table}_{month:%Y_%m} PARTITION OF {table} FOR VALUES FROM ('{month}') TO ('{end}')"
            )
        cursor.execute(f"INSERT INTO {table} SELECT * FROM {table}_whole")
        cursor.execute(f"DROP TABLE {table}_whole CASCADE")


def test_months_are_partitions_under_the_same_keys():
    this = clock.today().replace(day=1)
    last = (this - datetime.timedelta(days=1)).replace(day=1)
    for table in TABLES:
        cut_by_month(table, [last, this])
    counter = a_counter()
    first = redeem(counter.provider, **counter.request())
    assert redeem(counter.provider, **counter.request()).replayed
    reverse_redemption(first, reason="按错了", by=counter.staff)
    redeem(counter.provider, **counter.request(amount=25_00, key="key-2"))
    [settlement] = settle_month(counter.bureau, this, by=service_user("vouchers"))
    assert (settlement.amount, counter.voucher.spent) == (25_00, 25_00)
    assert list(check_vouchers()) == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text, count(*) FROM vouchers_redemption GROUP BY 1")
        assert cursor.fetchall() == [(f"vouchers_redemption_{this:%Y_%m}", 2)]
        cursor.execute(
            "EXPLAIN SELECT sum(amount) FROM vouchers_redemption WHERE month = %s GROUP BY provider_id", [this]
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert f"_{this:%Y_%m}" in plan and f"_{last:%Y_%m}" not in plan  # a month is read alone


def test_every_key_of_the_hot_tables_begins_with_resident_and_month():
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(
                "SELECT array_agg(a.attname ORDER BY k.n) FROM pg_index i, unnest(i.indkey) WITH ORDINALITY k(num, n), "
                "pg_attribute a WHERE i.indrelid = %s::regclass AND i.indisunique AND a.attrelid = i.indrelid "
                "AND a.attnum = k.num GROUP BY i.indexrelid",
                [table],
            )
            keys = [row[0] for row in cursor.fetchall()]
            assert keys and all(key[:2] == ["resident_id", "month"] for key in keys), (table, keys)
