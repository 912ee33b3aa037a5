"""Many residents at once, straight into the table: the benchmarks are not of the register."""

import os

from django.db import connection, transaction

from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.residents.models import Resident
from marketplace.vouchers.actions import issue_month
from marketplace.vouchers.models import Programme
from tests.given.money import a_budget_line
from tests.given.people import a_bureau, a_region, an_organisation
from tests.given.residents import a_resident
from tests.given.vouchers import Counter, a_programme, city_of

# Keys in the order of the register's own (UUIDv7). Constraints towards other tables are not asked a million times.
POPULATE = """
SET LOCAL session_replication_role = replica;
INSERT INTO residents_resident (id, id_hash, {columns})
SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, md5(n::text), {columns}
FROM generate_series({after} + 1, {after} + {count}) n, (SELECT * FROM residents_resident WHERE id = '{pattern}') r
"""


MANY = """
INSERT INTO vouchers_redemption (id, resident_id, month, programme_id, provider_id, service_id, units, amount, own_part,
  balance_left, card, device, performed_at, redeemed_at, by_id)
SELECT gen_random_uuid(), v.resident_id, v.month, v.programme_id, (%s::uuid[])[v.n], %s, 1, 2000, 0, 6000, '', '',
  now(), now(), %s
FROM (SELECT *, (row_number() OVER () %% cardinality(%s::uuid[]) + 1)::int AS n
      FROM vouchers_voucher WHERE programme_id = %s) v
"""


def residents() -> int:
    """How many the large benchmarks take: the issue's million, or BENCH_RESIDENTS for a quick look."""
    return int(os.environ.get("BENCH_RESIDENTS", "1000000"))


def many_redemptions(counter: Counter, providers: int) -> None:
    """Everyone's voucher of the month, and one redemption of each, over so many providers."""
    issue_month(counter.programme, clock.today(), by=service_user("benchmark"))
    many = [an_organisation(name=f"bench {number}").pk for number in range(providers)]
    values = [many, counter.service.pk, counter.staff.pk, many, counter.programme.pk]
    with connection.cursor() as cursor:
        cursor.execute(MANY, values)
        cursor.execute("UPDATE vouchers_voucher SET spent = 2000 WHERE programme_id = %s", [counter.programme.pk])
        cursor.execute("ANALYZE vouchers_redemption, vouchers_voucher")


def a_crowd(count: int, *, after: int = 0) -> None:
    """So many residents of 86, alike but for their keys, beside those who are there."""
    pattern = a_resident(region=a_region())
    names = {field.column for field in Resident._meta.concrete_fields} - {"id", "id_hash"}
    columns = ", ".join(sorted(names))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(POPULATE.format(columns=columns, count=count - 1, after=after, pattern=pattern.pk))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE residents_resident")


def a_rich_programme(code: str, residents: int) -> Programme:
    """80 yuan a month, with money for two months of so many residents."""
    line = a_budget_line(bureau=a_bureau(region=city_of(a_region())), amount=residents * 2 * 80_00)
    return a_programme(line, code=code)
