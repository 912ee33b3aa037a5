"""Redemptions through HTTP with a token on granian, beside pgbench; and the slowest in a hundred at half that load."""

import contextlib
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from django.db import connection

from marketplace.parties.actions import issue_token, service_user
from marketplace.residents.models import Resident
from marketplace.vouchers.actions import issue_card
from marketplace.vouchers.models import Card
from tests.given.vouchers import PIN, a_counter
from tests.postgres import free_port

from .crowd import a_crowd, a_rich_programme
from .redemption import ROUNDS, Limits

CARDS, SECONDS, CONNECTIONS, WORKERS = 400, 3, 16, 2

# wrk counts what it sends; each request has a key of its own and the next of the cards.
SCRIPT = """
local cards = {%(cards)s}
local thread, count = 0, 0
function setup(t) thread = thread + 1; t:set("id", thread) end
function request()
  count = count + 1
  local card = cards[(count * 7 + id * 131) %% #cards + 1]
  return wrk.format("POST", "/api/v1/vouchers/redemptions", {
    ["Authorization"] = "Bearer %(token)s", ["Content-Type"] = "application/json",
    ["Idempotency-Key"] = "%(run)s-" .. id .. "-" .. count,
  }, '{"card": "' .. card .. '", "pin": "%(pin)s", "service": "%(service)s", "amount": 1}')
end
local bad = 0
function response(status) if status ~= 201 then bad = bad + 1; if bad < 4 then print("status " .. status) end end end
"""


def run() -> Iterator[tuple[str, float, str, float, str]]:
    by = service_user("benchmark")
    a_crowd(CARDS)
    counter = a_counter(programme=a_rich_programme("bench-http", CARDS + 10), price=1)
    for resident in Resident.objects.exclude(pk=counter.resident.pk):
        issue_card(resident, pin=PIN, by=by)
    cards = list(Card.objects.filter(state="active").values_list("number", flat=True))
    _held, token = issue_token("bench", counter.provider, by=counter.staff)
    words = {
        "cards": ", ".join(f'"{card}"' for card in cards),
        "token": token,
        "pin": PIN,
        "service": counter.service.pk,
    }
    with served() as base, tempfile.TemporaryDirectory() as folder:
        wrk(base, folder, words | {"run": "warm"}, CONNECTIONS, 3)
        limits, through = Limits(), []
        for number in range(ROUNDS):
            limits.measure()
            through.append(wrk(base, folder, words | {"run": f"full{number}"}, CONNECTIONS, SECONDS)[0])
        rate = statistics.median(through)
        yield from limits.beside(f"redemptions through HTTP, {WORKERS} workers", rate, asked="≥ 0.12")
        # Half of the load: one connection waits for its answer before it sends again, so fewer of them load less.
        for connections in range(1, CONNECTIONS):
            half, median, slow = wrk(base, folder, words | {"run": f"half{connections}"}, connections, SECONDS)
            if half >= rate / 2:
                break
        yield "p99 through HTTP at half of the load, beside the median", slow, "ms", median, "≤ 10"


@contextlib.contextmanager
def served() -> Iterator[str]:
    """granian on a free port and the test database; its address."""
    port, settings = free_port(), connection.settings_dict
    url = f"postgres://{settings['USER']}@{settings['HOST']}:{settings['PORT']}/{settings['NAME']}"
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", str(WORKERS), "--blocking-threads", "1", "config.wsgi:application"]
    server = subprocess.Popen(command, env=os.environ | {"DATABASE_URL": url}, stdout=subprocess.DEVNULL)
    base = f"http://127.0.0.1:{port}"
    try:
        for _try in range(300):
            with contextlib.suppress(urllib.error.URLError, OSError):
                urllib.request.urlopen(f"{base}/healthz", timeout=5).read()
                break
            time.sleep(0.2)
        yield base
    finally:
        server.terminate()
        server.wait(20)


def wrk(base: str, folder: str, words: dict, connections: int, seconds: int) -> tuple[float, float, float]:
    """Answers a second, their median and their 99th percentile in ms. Raises when not all were redemptions."""
    script = Path(folder) / "redeem.lua"
    script.write_text(SCRIPT % words)
    threads = min(2, connections)
    command = [
        "wrk",
        "-t",
        str(threads),
        "-c",
        str(connections),
        "-d",
        f"{seconds}s",
        "--latency",
        "-s",
        str(script),
        base,
    ]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in printed:
        raise RuntimeError(printed)
    found = {share: _ms(value, unit) for share, value, unit in re.findall(r"(\d\d)%\s+([\d.]+)(us|ms|s)", printed)}
    return float(re.search(r"Requests/sec:\s+([\d.]+)", printed).group(1)), found["50"], found["99"]


def _ms(value: str, unit: str) -> float:
    return float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]
