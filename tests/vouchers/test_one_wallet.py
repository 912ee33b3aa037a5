"""What a redemption costs does not grow with its programme: it reads one wallet, whatever the planner believes."""

import uuid

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from marketplace.vouchers.actions import redeem
from marketplace.vouchers.models import Voucher
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


def among_many(price: int) -> Counter:
    counter = a_counter(price=price)
    Voucher.objects.bulk_create(
        Voucher(resident_id=uuid.uuid4(), month=counter.voucher.month, programme=counter.programme, granted=80_00)
        for _number in range(500)
    )
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
