"""Redemptions through the whole verb in four processes, beside pgbench with one server-side statement."""

import multiprocessing
import re
import shutil
import statistics
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import connection

from marketplace.parties.actions import service_user
from marketplace.residents.models import Resident
from marketplace.vouchers.actions import issue_card, redeem
from marketplace.vouchers.models import Card
from tests.given.vouchers import PIN, a_counter
from tests.postgres import find_programs

from .crowd import a_crowd, a_rich_programme

PROCESSES, CARDS = 4, 400
# Both sides by turns, and the middle of each: what else the machine does falls on both alike.
ROUNDS, SECONDS = 5, 3
BARE = """
DROP TABLE IF EXISTS bare_wallet, bare_transfer;
CREATE TABLE bare_wallet (id int PRIMARY KEY, granted bigint, spent bigint DEFAULT 0, CHECK (spent <= granted))
WITH (fillfactor = 80);
CREATE TABLE bare_transfer (
  wallet int, key uuid, amount int CHECK (amount > 0), at timestamptz, PRIMARY KEY (wallet, key));
INSERT INTO bare_wallet SELECT n, 1000000000 FROM generate_series(1, 20000) n;
"""
SCRIPT = r"""
\set w random(1, 20000)
WITH spent AS (UPDATE bare_wallet SET spent = spent + 100 WHERE id = :w AND granted - spent >= 100 RETURNING id)
INSERT INTO bare_transfer SELECT id, gen_random_uuid(), 100, now() FROM spent;
"""


def run() -> Iterator[tuple[str, float, str, float, str]]:
    by = service_user("benchmark")
    a_crowd(CARDS)
    counter = a_counter(programme=a_rich_programme("bench-spend", CARDS + 10), price=1)
    for resident in Resident.objects.exclude(pk=counter.resident.pk):
        issue_card(resident, pin=PIN, by=by)
    cards = list(Card.objects.filter(state="active").values_list("number", flat=True))

    bare, through = [], []
    for _round in range(ROUNDS):
        bare.append(pgbench())
        connection.close()  # every process opens its own
        with multiprocessing.get_context("fork").Pool(PROCESSES) as pool:
            done = pool.starmap(spend_for_a_while, [(counter, cards[n::PROCESSES]) for n in range(PROCESSES)])
        through.append(sum(done) / SECONDS)
    rate, limit = statistics.median(through), statistics.median(bare)
    yield f"redemptions through the verb, {PROCESSES} processes", rate, "1/s", limit, "≥ 0.25"


def spend_for_a_while(counter, cards: list[str]) -> int:
    """How many redemptions of one fen one process makes in SECONDS."""
    connection.close()
    done, number, until = 0, 0, time.perf_counter() + SECONDS
    while time.perf_counter() < until:
        number += 1
        try:
            redeem(
                counter.provider,
                card=cards[number % len(cards)],
                pin=PIN,
                service=counter.service,
                amount=1,
                key=str(uuid.uuid4()),
                by=counter.staff,
            )
            done += 1
        except ValidationError:
            continue  # this wallet is empty
    return done


def pgbench() -> float:
    """Transactions a second of the bare statement, eight clients."""
    with connection.cursor() as cursor:
        cursor.execute(BARE)
    settings = connection.settings_dict
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "spend.sql"
        script.write_text(SCRIPT)
        command = [
            *[
                shutil.which("pgbench") or str(find_programs() / "pgbench"),
                "-n",
                "-M",
                "prepared",
                "-c",
                "8",
                "-j",
                "2",
                "-T",
                str(SECONDS),
            ],
            *["-f", str(script), "-h", settings["HOST"], "-p", str(settings["PORT"]), "-U", settings["USER"]],
            settings["NAME"],
        ]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return float(re.search(r"tps = ([\d.]+)", printed).group(1))
