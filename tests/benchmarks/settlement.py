"""A million redemptions over five hundred providers settled, beside the bare GROUP BY that reads them."""

from collections.abc import Iterator

from django.db import connection

from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.vouchers.actions import settle_month
from tests.given.vouchers import a_counter

from .crowd import a_crowd, a_rich_programme, many_redemptions, residents
from .issue import timed

PROVIDERS = 500
BARE = """
SELECT provider_id, programme_id, month, count(*), sum(amount) FROM vouchers_redemption WHERE month = %s
GROUP BY provider_id, programme_id, month
"""


def run() -> Iterator[tuple[str, float, str, float, str]]:
    count = residents()
    a_crowd(count)
    counter = a_counter(programme=a_rich_programme("bench-settle", count + 1_000))
    month = clock.today().replace(day=1)
    many_redemptions(counter, PROVIDERS)
    bare = timed(lambda: read(month))
    made = 0

    def settle() -> None:
        nonlocal made
        made = len(settle_month(counter.bureau, month, by=service_user("benchmark")))

    settled = timed(settle)
    bare = min(bare, timed(lambda: read(month)))
    yield f"settle {count} redemptions over {made} providers", settled, "s", bare, "≤ 2"


def read(month) -> None:
    with connection.cursor() as cursor:
        cursor.execute(BARE, [month])
        cursor.fetchall()
