"""A month issued to many residents, beside one bare INSERT … SELECT of the same rows."""

import time
from collections.abc import Iterator

from django.db import connection, transaction

from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.vouchers.actions import issue_month

from .crowd import a_crowd, a_rich_programme

RESIDENTS = 200_000

BARE = """
CREATE TABLE bare (LIKE vouchers_voucher INCLUDING ALL);
INSERT INTO bare (resident_id, month, programme_id, granted, spent, held, expired)
SELECT id, %s, %s, 8000, 0, 0, 0 FROM residents_resident
"""


def run() -> Iterator[tuple[str, float, str, float]]:
    a_crowd(RESIDENTS)
    programme = a_rich_programme("bench-issue", RESIDENTS + 1_000)
    month, by = clock.today().replace(day=1), service_user("benchmark")

    bare = timed(lambda: _execute(BARE, [month, programme.pk]))
    first = timed(lambda: issue_month(programme, month, by=by))
    again = timed(lambda: issue_month(programme, month, by=by))
    yield f"issue a month to {RESIDENTS} residents", first, "s", bare
    yield "issue it again", again, "s", bare


def timed(act) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def _execute(sql: str, values: list) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)
