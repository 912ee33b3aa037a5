"""100,000 rows of the civil-affairs file into the register, beside one bare bulk insert of the same rows.

The import is timed from the uploaded bytes to the applied register: decrypting the kept file, parsing, checksums,
keyed hashes, encryption of three columns, the comparison, the history of every resident, the manifest. The bare insert
gets rows that are encrypted and hashed already, and only puts them into a table with the register's columns and
indexes, 2,000 rows a statement.
"""

import datetime
import resource
import time
from collections.abc import Iterator

from django.db import connection, transaction

from marketplace.parties.models import Role
from marketplace.residents.actions import apply_import, read_import, receive_import
from marketplace.residents.models import RegisterImport, Resident, check_character
from tests.given.people import a_bureau, a_person, a_region

ROWS = 100_000
BATCH = 2_000
HEADING = "姓名,身份证号,居住地代码,社区,户号,居住情况,联系电话,住址,联系方式偏好,状态"


def a_file(count: int, first: datetime.date = datetime.date(1935, 1, 1)) -> bytes:
    """So many rows of people born from that day on, a hundred a day."""
    lines = [HEADING]
    for number in range(count):
        body = f"320585{first + datetime.timedelta(days=number // 100):%Y%m%d}{number % 100:03d}"
        lines.append(
            f"王小明,{body}{check_character(body)},320585100000,东区社区,H{number:06d},独居,"
            f"138{number:08d},城厢镇东区社区{number % 60}幢{number % 600}室,电话,正常"
        )
    return "\n".join(lines).encode()


def run() -> Iterator[tuple[str, float, str, float, str]]:
    bureau = a_bureau(region=a_region())
    officer = a_person(Role.OFFICER, of=bureau)
    content = a_file(ROWS)
    one = receive_import(bureau, content, "登记册.csv", by=officer)

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    read_import(one)
    read = time.perf_counter() - started
    apply_import(RegisterImport.objects.get(pk=one.pk), by=officer)
    took = time.perf_counter() - started
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024

    bare = _bare()
    yield f"bring {ROWS} residents into the register by file", ROWS / took, "rows/s", ROWS / bare, "≥ 0.2"
    yield f"read and preview {ROWS} rows", ROWS / read, "rows/s", ROWS / bare, ""
    yield "memory that the import added", grown, "MB", 64, "≤ 1"


def _bare() -> float:
    """Seconds for the same rows into the same kind of table, ready made."""
    columns = [field.column for field in Resident._meta.concrete_fields]
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {names} FROM residents_resident LIMIT {ROWS}")
        rows = cursor.fetchall()
        cursor.execute("CREATE TABLE bare_register (LIKE residents_resident INCLUDING ALL)")
        place = f"({', '.join(['%s'] * len(columns))})"
        started = time.perf_counter()
        with transaction.atomic():
            for start in range(0, len(rows), BATCH):
                chunk = rows[start : start + BATCH]
                values = ", ".join([place] * len(chunk))
                sql = f"INSERT INTO bare_register ({names}) VALUES {values}"
                cursor.execute(sql, [cell for row in chunk for cell in row])
        return time.perf_counter() - started
