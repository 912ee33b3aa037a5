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
# What a redemption is at the least, in one statement: a guarded balance, a row, two legs of a ledger.
LEGS = """
DROP TABLE IF EXISTS bare_wallet, bare_redemption, bare_leg;
CREATE TABLE bare_wallet (id int PRIMARY KEY, granted bigint, spent bigint DEFAULT 0, CHECK (spent <= granted))
WITH (fillfactor = 80);
CREATE TABLE bare_redemption (id uuid PRIMARY KEY, wallet int, amount int CHECK (amount > 0), at timestamptz);
CREATE TABLE bare_leg (id bigserial PRIMARY KEY, redemption uuid, account int, amount int);
INSERT INTO bare_wallet SELECT n, 1000000000 FROM generate_series(1, 20000) n;
"""
SPEND_LEGS = r"""
\set w random(1, 20000)
WITH spent AS (UPDATE bare_wallet SET spent = spent + 100 WHERE id = :w AND granted - spent >= 100 RETURNING id),
row AS (INSERT INTO bare_redemption SELECT gen_random_uuid(), id, 100, now() FROM spent RETURNING id, wallet)
INSERT INTO bare_leg (redemption, account, amount)
SELECT id, wallet, -100 FROM row UNION ALL SELECT id, 0, 100 FROM row;
"""
# The same where one row is both redemption and transfer: nothing safe can write less.
TRANSFER = """
DROP TABLE IF EXISTS bare_wallet, bare_transfer;
CREATE TABLE bare_wallet (id int PRIMARY KEY, granted bigint, spent bigint DEFAULT 0, CHECK (spent <= granted))
WITH (fillfactor = 80);
CREATE TABLE bare_transfer (
  wallet int, key uuid, amount int CHECK (amount > 0), at timestamptz, PRIMARY KEY (wallet, key));
INSERT INTO bare_wallet SELECT n, 1000000000 FROM generate_series(1, 20000) n;
"""
SPEND_TRANSFER = r"""
\set w random(1, 20000)
WITH spent AS (UPDATE bare_wallet SET spent = spent + 100 WHERE id = :w AND granted - spent >= 100 RETURNING id)
INSERT INTO bare_transfer SELECT id, gen_random_uuid(), 100, now() FROM spent;
"""
BARE = {"update, row and two legs": (LEGS, SPEND_LEGS), "update and one transfer": (TRANSFER, SPEND_TRANSFER)}


def run() -> Iterator[tuple[str, float, str, float, str]]:
    by = service_user("benchmark")
    a_crowd(CARDS)
    counter = a_counter(programme=a_rich_programme("bench-spend", CARDS + 10), price=1)
    for resident in Resident.objects.exclude(pk=counter.resident.pk):
        issue_card(resident, pin=PIN, by=by)
    cards = list(Card.objects.filter(state="active").values_list("number", flat=True))

    limits, through = Limits(), []
    for _round in range(ROUNDS):
        limits.measure()
        connection.close()  # every process opens its own
        with multiprocessing.get_context("fork").Pool(PROCESSES) as pool:
            done = pool.starmap(spend_for_a_while, [(counter, cards[n::PROCESSES]) for n in range(PROCESSES)])
        through.append(sum(done) / SECONDS)
    yield from limits.beside(
        f"redemptions through the verb, {PROCESSES} processes", statistics.median(through), asked="≥ 0.25"
    )


class Limits:
    """What pgbench does with each of the bare statements, in the same rounds."""

    def __init__(self) -> None:
        self.seen: dict[str, list[float]] = {name: [] for name in BARE}

    def measure(self) -> None:
        for name, statements in BARE.items():
            self.seen[name].append(pgbench(*statements))

    def beside(self, what: str, rate: float, *, asked: str) -> Iterator[tuple[str, float, str, float, str]]:
        for name, rates in self.seen.items():
            yield f"{what}, beside {name}", rate, "1/s", statistics.median(rates), asked


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


def pgbench(tables: str, statement: str) -> float:
    """Transactions a second of the statement, eight clients."""
    with connection.cursor() as cursor:
        cursor.execute(tables)
    settings = connection.settings_dict
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "spend.sql"
        script.write_text(statement)
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
