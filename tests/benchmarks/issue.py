"""A month issued to many residents, beside one bare INSERT … SELECT of the same rows."""

import time
from collections.abc import Iterator

from django.db import connection, transaction

from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.vouchers.actions import issue_month
from tests.given.money import a_budget_line
from tests.given.people import a_bureau, a_region
from tests.given.residents import a_resident
from tests.given.vouchers import a_programme, city_of

RESIDENTS = 200_000

# Rows straight into the table: the benchmark is of the issue, not of the register.
POPULATE = """
INSERT INTO residents_resident
SELECT (jsonb_populate_record(r, jsonb_build_object('id', gen_random_uuid(), 'id_hash', md5(n::text)))).*
FROM residents_resident r, generate_series(1, %s) n WHERE r.id = %s
"""
BARE = """
CREATE TABLE bare (LIKE vouchers_voucher INCLUDING ALL);
INSERT INTO bare (resident_id, month, programme_id, granted, spent, held, expired)
SELECT id, %s, %s, 8000, 0, 0, 0 FROM residents_resident
"""


def run() -> Iterator[tuple[str, float, str, float]]:
    line = a_budget_line(bureau=a_bureau(region=city_of(a_region())), amount=RESIDENTS * 2 * 80_00)
    programme = a_programme(line)
    pattern = a_resident(region=a_region())
    with connection.cursor() as cursor:
        cursor.execute(POPULATE, [RESIDENTS, pattern.pk])
        cursor.execute("ANALYZE residents_resident")
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
