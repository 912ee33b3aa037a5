"""The worker on PostgreSQL: two at once, and one killed in the middle; each event has one effect."""

import datetime
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.db import connection, connections, transaction

from marketplace.audit.models import Entry
from marketplace.pages import clock
from marketplace.tenders import actions
from marketplace.tenders.models import EventRun, Tender
from tests.given.tenders import a_bid, a_published_tender

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's writers are serial"),
]

WORKER = """
import datetime, os, sys
import django
django.setup()
from django.db import connections
connections["default"].settings_dict["NAME"] = sys.argv[1]
from marketplace.pages import clock
from marketplace.tenders.actions import run_due_events
with clock.pretend(datetime.datetime.fromisoformat(sys.argv[2])):
    print(run_due_events())
"""


def a_due_tender(bids: int = 3) -> Tender:
    tender = a_published_tender()
    for number in range(bids):
        a_bid(tender, price=40_000_000 + number)
    return tender


def closings(tender: Tender) -> tuple[int, int]:
    return (
        EventRun.objects.filter(name="tender.close", subject_id=str(tender.pk)).count(),
        Entry.objects.filter(event="tender.closed", subject_id=str(tender.pk)).count(),
    )


def test_two_workers_racing_do_it_once():
    tenders = [a_due_tender(3) for _ in range(3)]
    moment = max(tender.bids_due_at for tender in tenders) + datetime.timedelta(minutes=1)

    def work(_number: int) -> int:
        try:
            with clock.pretend(moment):
                return actions.run_due_events()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(work, range(4)))
    assert sum(done) == 3
    assert [closings(tender) for tender in tenders] == [(1, 1)] * 3
    assert {Tender.objects.get(pk=tender.pk).state for tender in tenders} == {Tender.State.CLOSED}


def test_a_worker_killed_in_the_middle_leaves_nothing_half_done():
    tender = a_due_tender(3)
    moment = tender.bids_due_at + datetime.timedelta(minutes=1)
    with transaction.atomic():
        Tender.objects.select_for_update().get(pk=tender.pk)  # the worker writes its row, then waits for this lock
        worker = subprocess.Popen(
            [sys.executable, "-c", WORKER, connection.settings_dict["NAME"], moment.isoformat()],
            cwd=settings.BASE_DIR,
            env=os.environ | {"DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"]},
        )
        for _try in range(600):
            time.sleep(0.1)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_stat_clear_snapshot()")  # a transaction sees who waits only once otherwise
                cursor.execute(
                    "SELECT count(*) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
                )
                if cursor.fetchone()[0]:
                    break
        else:
            pytest.fail("the worker never came to the tender")
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    assert closings(tender) == (0, 0)
    assert Tender.objects.get(pk=tender.pk).state == Tender.State.PUBLISHED
    with clock.pretend(moment):
        assert actions.run_due_events() == 1
        assert actions.run_due_events() == 0
    assert closings(tender) == (1, 1)
