"""A month issued to a million residents, beside one bare INSERT … SELECT of the same rows."""

import time
from collections.abc import Iterator

from django.db import connection, transaction

from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.vouchers.actions import issue_month

from .crowd import a_crowd, a_rich_programme, residents

BARE = """
CREATE TABLE bare (LIKE vouchers_voucher INCLUDING ALL);
INSERT INTO bare (resident_id, month, programme_id, granted, spent, held, expired)
SELECT id, %s, %s, 8000, 0, 0, 0 FROM residents_resident
"""


def run() -> Iterator[tuple[str, float, str, float, str]]:
    count = residents()
    a_crowd(count)
    programme = a_rich_programme("bench-issue", count + 1_000)
    month, by = clock.today().replace(day=1), service_user("benchmark")

    bare = timed(lambda: _execute(BARE, [month, programme.pk]))
    _execute("CHECKPOINT", [], atomic=False)
    first = timed(lambda: issue_month(programme, month, by=by))
    again = timed(lambda: issue_month(programme, month, by=by))
    yield f"issue a month to {count} residents", first, "s", bare, "≤ 2"
    yield "issue it again", again, "s", bare, "≤ 2"


def timed(act) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def _execute(sql: str, values: list, *, atomic: bool = True) -> None:
    with transaction.atomic() if atomic else connection.cursor(), connection.cursor() as cursor:
        cursor.execute(sql, values)
