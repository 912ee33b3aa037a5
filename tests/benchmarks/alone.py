"""`python -m tests.benchmarks.alone ACT KEY`: one act in a process of its own, which says how much memory it took."""

import json
import os
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import connection  # noqa: E402 - needs the settings

from marketplace.pages import clock  # noqa: E402
from marketplace.parties.actions import service_user  # noqa: E402
from marketplace.parties.models import Organisation  # noqa: E402
from marketplace.residents.actions import apply_import, read_import  # noqa: E402
from marketplace.residents.models import RegisterImport  # noqa: E402
from marketplace.vouchers.actions import issue_month, settle_month  # noqa: E402
from marketplace.vouchers.models import Programme  # noqa: E402

PAUSE = 0.01  # seconds between two looks


def held(pid: int | str, line: str) -> float:
    """MB, as the kernel counts them."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"^{line}:\s+(\d+) kB$", status, re.M)[1]) / 1024


@contextmanager
def watched(pid: int) -> Iterator[list[float]]:
    """The most private memory of another process, the first and only entry once the block is left."""
    peak, is_done = [held(pid, "RssAnon")], threading.Event()

    def look() -> None:
        while not is_done.wait(PAUSE):
            peak[0] = max(peak[0], held(pid, "RssAnon"))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield peak
    finally:
        is_done.set()
        watcher.join()


def issue(code: str) -> object:
    return issue_month(Programme.objects.get(code=code), clock.today(), by=service_user("benchmark"))


def settle(bureau: str) -> object:
    return settle_month(Organisation.objects.get(pk=bureau), clock.today(), by=service_user("benchmark"))


def bring_in(pk: str) -> object:
    register_import = read_import(RegisterImport.objects.get(pk=pk))
    return apply_import(register_import, by=register_import.by)


def main(act: str, key: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    with watched(pid) as peak:
        assert {"issue": issue, "settle": settle, "bring_in": bring_in}[act](key)
    print(json.dumps({"process": held("self", "VmHWM"), "server": peak[0]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
