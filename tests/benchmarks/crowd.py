"""Many residents at once, straight into the table: the benchmarks are not of the register."""

from django.db import connection

from marketplace.vouchers.models import Programme
from tests.given.money import a_budget_line
from tests.given.people import a_bureau, a_region
from tests.given.residents import a_resident
from tests.given.vouchers import a_programme, city_of

POPULATE = """
INSERT INTO residents_resident
SELECT (jsonb_populate_record(r, jsonb_build_object('id', gen_random_uuid(), 'id_hash', gen_random_uuid()))).*
FROM residents_resident r, generate_series(1, %s) n WHERE r.id = %s
"""


def a_crowd(count: int) -> None:
    """So many residents of 86, alike but for their keys."""
    pattern = a_resident(region=a_region())
    with connection.cursor() as cursor:
        cursor.execute(POPULATE, [count - 1, pattern.pk])
        cursor.execute("ANALYZE residents_resident")


def a_rich_programme(code: str, residents: int) -> Programme:
    """80 yuan a month, with money for two months of so many residents."""
    line = a_budget_line(bureau=a_bureau(region=city_of(a_region())), amount=residents * 2 * 80_00)
    return a_programme(line, code=code)
