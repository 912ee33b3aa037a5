"""What an issue, a settlement and an import hold in memory: at ten times the size the same.

Each runs in a process that does nothing else (`alone`), so that the peak is its own; beside it stands the peak of the
private memory of the database's process that serves it. Were 900,000 rows more kept in Python, at a hundred bytes
each, the process would have grown by nearly half.
"""

import datetime
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from django.db import connection

from marketplace.parties.models import Role
from marketplace.residents.actions import receive_import
from tests.given.people import a_bureau, a_person, a_region
from tests.given.vouchers import a_counter

from .crowd import a_crowd, a_rich_programme, many_redemptions, residents
from .register import ROWS, a_file

TENTH = 10
FILES = (ROWS // TENTH, ROWS)
PROVIDERS = 500
FLAT = "≤ 1.05"
FLAT_THERE = "≤ 1.25"  # of a few MB, seen a hundred times a second

Figures = Iterator[tuple[str, float, str, float, str]]


def run() -> Figures:
    if not Path("/proc/self/status").exists():
        return  # only Linux says how much private memory another process holds
    sizes = (residents() // TENTH, residents())
    peaks: dict[str, list[dict[str, float]]] = {"issue": [], "settle": [], "bring_in": []}
    there = 0
    for size in sizes:
        a_crowd(size - there, after=there)
        there = size
        programme = a_rich_programme(f"bench-memory-{size}", size + 1_000)
        peaks["issue"].append(peak_of("issue", programme.code))
        many_redemptions(a_counter(programme=programme), PROVIDERS)
        peaks["settle"].append(peak_of("settle", programme.bureau_id))
    bureau = a_bureau(region=a_region())
    officer = a_person(Role.OFFICER, of=bureau)
    for number, rows in enumerate(FILES):
        content = a_file(rows, first=datetime.date(1930 + 5 * number, 1, 1))
        register_import = receive_import(bureau, content, "登记册.csv", by=officer)
        peaks["bring_in"].append(peak_of("bring_in", register_import.pk))
    yield from compared("issue a month", peaks["issue"], sizes, FLAT_THERE)
    yield from compared("settle a month", peaks["settle"], sizes, FLAT_THERE)
    # Its tables have foreign keys, whose checks the database queues until the commit: a few bytes a row.
    yield from compared("bring in a register", peaks["bring_in"], FILES, "")


def peak_of(act: str, key: object) -> dict[str, float]:
    """MB that the process, and the database's process that serves it, held at most."""
    given = connection.settings_dict
    url = f"postgres://{given['USER']}@{given['HOST']}:{given['PORT']}/{given['NAME']}"
    command = [sys.executable, "-m", f"{__package__}.alone", act, str(key)]
    done = subprocess.run(command, env=os.environ | {"DATABASE_URL": url}, check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def compared(act: str, peaks: list[dict[str, float]], sizes: tuple[int, int], there: str) -> Figures:
    small, large = peaks
    words = f"{act} of {sizes[1]} beside {sizes[0]}: memory of"
    yield f"{words} the process", large["process"], "MB", small["process"], FLAT
    yield f"{words} the database's process", large["server"], "MB", small["server"], there
