"""The balance and the history of a wallet with ten years of use, beside those of a new one."""

import statistics
from collections.abc import Iterator

from django.db import connection

from marketplace.residents.models import Resident
from marketplace.vouchers.queries import balance_of, history_of
from tests.given.people import a_region
from tests.given.residents import a_resident
from tests.given.vouchers import a_counter

from .issue import timed

PAGE, TIMES = 25, 60
# Ten years: a wallet a month, thirty redemptions in each.
WALLETS = """
INSERT INTO vouchers_voucher (resident_id, month, programme_id, granted, spent, held, expired)
SELECT %s, m::date, %s, 8000, 3000, 0, 5000
FROM generate_series(date_trunc('month', now()) - interval '120 months', now() - interval '1 month', '1 month') m
"""
USES = """
INSERT INTO vouchers_redemption (id, resident_id, month, programme_id, provider_id, service_id, units, amount, own_part,
  balance_left, card, device, performed_at, redeemed_at, by_id)
SELECT gen_random_uuid(), v.resident_id, v.month, v.programme_id, %s, %s, 1, 100, 0, 0, '', '', t, t, %s
FROM vouchers_voucher v, generate_series(1, 30) n, LATERAL (SELECT v.month + n * interval '20 hours' AS t) x
WHERE v.resident_id = %s
"""


def run() -> Iterator[tuple[str, float, str, float, str]]:
    counter = a_counter()
    new, old = counter.resident, a_resident(region=a_region())
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO vouchers_voucher (resident_id, month, programme_id, granted, spent, held, expired) "
            "SELECT %s, month, programme_id, granted, spent, held, expired "
            "FROM vouchers_voucher WHERE resident_id = %s",
            [old.pk, new.pk],
        )
        cursor.execute(WALLETS, [old.pk, counter.programme.pk])
        for resident in (old, new):
            cursor.execute(USES, [counter.provider.pk, counter.service.pk, counter.staff.pk, resident.pk])
        cursor.execute("ANALYZE vouchers_redemption, vouchers_voucher")
    for name, read in (("balance", balance_of), ("history", lambda who: list(history_of(who)[:PAGE]))):
        fresh, used = middle(read, new), middle(read, old)
        yield f"{name} of a wallet with ten years of use, beside a new one", used, "ms", fresh, "≤ 1.5"


def middle(read, resident: Resident) -> float:
    """The median of many readings, ms."""
    read(resident)
    return statistics.median(timed(lambda: read(resident)) for _n in range(TIMES)) * 1000
