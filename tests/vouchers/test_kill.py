"""kill -9 of the server and of the database while clients redeem and try again: nothing that was acknowledged is lost,
nothing happens twice. A real granian, a PostgreSQL cluster of the test's own with fsync on.

MINFU_KILL_REDEMPTIONS says how many redemptions (default 1,000; the issue's figure is 10,000).
"""

import contextlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from marketplace.pages import clock
from marketplace.parties.actions import issue_token, service_user
from marketplace.vouchers.actions import issue_card, issue_month
from tests.given.people import a_region
from tests.given.residents import a_resident
from tests.given.vouchers import PIN, a_counter
from tests.postgres import find_programs, free_port, unprivileged

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="kills a PostgreSQL"),
    pytest.mark.skipif(find_programs() is None, reason="PostgreSQL's server programs are not installed"),
]
REDEMPTIONS = int(os.environ.get("MINFU_KILL_REDEMPTIONS", "1000"))
CLIENTS, RESIDENTS = 8, 10
PATIENCE = 300  # seconds for one redemption: a machine that is busy with other tests restarts slowly


class Cluster:
    """A PostgreSQL with the durability that it has by default, which can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.programs, self.data, self.port = find_programs(), folder / "data", free_port()
        self.folder, self.user = folder, unprivileged()
        self._run("initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")

    @property
    def url(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/minfu"

    def _run(self, program: str, *words: object) -> None:
        command = [str(self.programs / program), *map(str, words)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self.folder, **self.user)

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1"
        self._run("pg_ctl", "-D", self.data, "-l", self.folder / "log", "-w", "-t", "120", "-o", options, "start")

    def kill(self) -> None:
        """The postmaster first, so that it starts nobody anew; then whoever it had started."""
        postmaster = int((self.data / "postmaster.pid").read_text().split()[0])
        children = [int(path.name) for path in Path("/proc").glob("[0-9]*") if _parent(path) == postmaster]
        for pid in (postmaster, *children):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        while any(Path(f"/proc/{pid}").exists() for pid in (postmaster, *children)):
            time.sleep(0.02)


def _parent(process: Path) -> int:
    try:
        return int((process / "stat").read_text().rsplit(")", 1)[1].split()[1])
    except (OSError, IndexError):
        return 0


class Server:
    """granian with two workers, in a process group of its own."""

    def __init__(self, url: str) -> None:
        self.port, self.url = free_port(), url
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
        command += ["--port", str(self.port), "--workers", "2", "--blocking-threads", "2", "config.wsgi:application"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        environment = os.environ | {"DATABASE_URL": self.url}
        self.process = subprocess.Popen(command, env=environment, start_new_session=True, **quiet)

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    folder = Path(tempfile.mkdtemp(prefix="minfu-kill-"))
    if user := unprivileged():
        shutil.chown(folder, user["user"])
    cluster = Cluster(folder)
    cluster.start()
    try:
        yield cluster
    finally:
        cluster.kill()
        shutil.rmtree(folder, ignore_errors=True)


def copy_of_this_database(cluster: Cluster) -> None:
    here = connection.settings_dict
    source = ["-h", here["HOST"], "-p", str(here["PORT"]), "-U", here["USER"], "-d", here["NAME"]]
    dump = subprocess.run([str(cluster.programs / "pg_dump"), "-Fc", *source], check=True, capture_output=True).stdout
    target = ["-h", "127.0.0.1", "-p", str(cluster.port), "-U", "postgres"]
    subprocess.run([str(cluster.programs / "createdb"), *target, "minfu"], check=True)
    restore = [str(cluster.programs / "pg_restore"), *target, "-d", "minfu"]
    subprocess.run(restore, check=True, input=dump, capture_output=True)


class Client(threading.Thread):
    """Sends its redemptions one by one, each until it has an answer; keeps what was acknowledged."""

    def __init__(self, number: int, server: Server, asked: dict, cards: list[str], token: str) -> None:
        super().__init__(daemon=True)
        self.number, self.port, self.asked, self.cards, self.token = number, server.port, asked, cards, token
        self.acknowledged: dict[str, dict] = {}
        self.tries = 0
        self.fault = ""

    def run(self) -> None:
        for count in range(REDEMPTIONS // CLIENTS):
            key = f"client-{self.number}-{count}"
            answer = self.insist(key, self.asked | {"card": self.cards[(self.number + count) % len(self.cards)]})
            if answer is None:
                return
            self.acknowledged[key] = answer

    def insist(self, key: str, body: dict) -> dict | None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            self.tries += 1
            try:
                status, answer = self.send(key, body)
            except (OSError, http.client.HTTPException, ValueError):
                status, answer = 0, {}
            if status == 201:
                return answer
            if 400 <= status < 500:
                self.fault = f"{status} {answer}"
                return None
            time.sleep(0.1)
        self.fault = f"no answer to {key}"
        return None

    def send(self, key: str, body: dict) -> tuple[int, dict]:
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Idempotency-Key": key,
            "Content-Type": "application/json",
        }
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            link.request("POST", "/api/v1/vouchers/redemptions", json.dumps(body), headers)
            answer = link.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if answer.status in (201, 409, 422) else {}
        finally:
            link.close()


def done(clients: list[Client]) -> int:
    return sum(len(client.acknowledged) for client in clients)


def test_nothing_acknowledged_is_lost_and_nothing_happens_twice(cluster):
    counter = a_counter()
    cards = [counter.card.number]
    for _n in range(RESIDENTS - 1):
        resident = a_resident(region=a_region())
        cards.append(issue_card(resident, pin=PIN, by=service_user("tests")).number)
    issue_month(counter.programme, clock.today(), by=service_user("tests"))
    _held, token = issue_token("kill", counter.provider, by=counter.staff)
    copy_of_this_database(cluster)
    server = Server(cluster.url)
    asked = {"pin": PIN, "service": str(counter.service.pk), "amount": 1}
    clients = [Client(number, server, asked, cards, token) for number in range(CLIENTS)]
    kills = 0
    try:
        for client in clients:
            client.start()
        for share, victim in ((0.15, "server"), (0.3, "database"), (0.45, "both"), (0.6, "database"), (0.8, "server")):
            while sum(len(c.acknowledged) for c in clients) < REDEMPTIONS * share and any(
                c.is_alive() for c in clients
            ):
                time.sleep(0.01)
            kills += 1
            if victim in ("server", "both"):
                server.kill()
            if victim in ("database", "both"):
                cluster.kill()
                cluster.start()
            if victim in ("server", "both"):
                server.start()
        for client in clients:
            client.join(PATIENCE)
    finally:
        server.kill()

    assert [client.fault for client in clients if client.fault] == []
    acknowledged = {answer["id"] for client in clients for answer in client.acknowledged.values()}
    assert len(acknowledged) == REDEMPTIONS // CLIENTS * CLIENTS and kills == 5
    with psycopg.connect(cluster.url) as link:
        rows = link.execute("SELECT id::text, amount FROM vouchers_redemption").fetchall()
        assert {key for key, _amount in rows} == acknowledged and len(rows) == len(acknowledged)
        (spent,) = link.execute("SELECT sum(spent) FROM vouchers_voucher").fetchone()
        assert spent == sum(amount for _key, amount in rows) == len(rows)
        (said,) = link.execute("SELECT count(*) FROM audit_entry WHERE event = 'voucher.redeemed'").fetchone()
        assert said == len(rows)
    for command in ("verify_ledger", "verify_audit"):
        checked = subprocess.run(
            [sys.executable, "manage.py", command],
            env=os.environ | {"DATABASE_URL": cluster.url},
            capture_output=True,
            text=True,
        )
        assert checked.returncode == 0, checked.stdout + checked.stderr
    assert sum(client.tries for client in clients) > len(rows)  # some were sent again: the kills were felt
