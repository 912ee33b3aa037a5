"""Alive, able to serve, and how it is going: for the machines that watch this one."""

import hmac
import logging
from collections.abc import Callable

import orjson
from django.conf import settings
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count, Min, Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView
from django_tasks_db.models import DBTaskResult
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from marketplace.messages.models import Message
from marketplace.pages.models import uuid7

log = logging.getLogger(__name__)


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _migrations() -> None:
    executor = MigrationExecutor(connection)
    if plan := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise RuntimeError(f"{len(plan)} migrations are not applied, the first is {plan[0][0]}")


def _cache() -> None:
    key = f"ready:{uuid7()}"
    cache.set(key, "yes", 10)
    if cache.get(key) != "yes":
        raise RuntimeError("what was written was not there to be read")
    cache.delete(key)


def _storage() -> None:
    name = default_storage.save(f"ready/{uuid7()}", ContentFile(b"ready"))
    default_storage.delete(name)


CHECKS: dict[str, Callable[[], None]] = {
    "database": _database,
    "migrations": _migrations,
    "cache": _cache,
    "storage": _storage,
}


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Every part it needs to serve works, else 503 with the reason by part.

    In production the kind of fault alone: its words name hosts, accounts and paths, which belong into the log.
    """
    found = {}
    for name, check in CHECKS.items():
        try:
            check()
        except Exception as fault:
            log.error("not ready: %s: %s", name, fault)
            found[name] = type(fault).__name__ if settings.PRODUCTION else f"{type(fault).__name__}: {fault}"[:300]
        else:
            found[name] = "ok"
    is_ready = all(state == "ok" for state in found.values())
    body = orjson.dumps({"status": "ready" if is_ready else "not ready", "checks": found})
    return HttpResponse(body, status=200 if is_ready else 503, content_type="application/json")


def _own_figures() -> bytes:
    """What only this system knows: tasks by state, how long the oldest has waited, mail not yet sent."""
    registry = CollectorRegistry()
    tasks = Gauge("minfu_tasks", "Tasks by status", ["status"], registry=registry)
    for status, number in DBTaskResult.objects.values_list("status").annotate(Count("pk")):
        tasks.labels(status=status.lower()).set(number)
    waiting = DBTaskResult.objects.ready().aggregate(oldest=Min("enqueued_at"))["oldest"]
    age = Gauge("minfu_tasks_oldest_ready_seconds", "Age of the oldest task that could run", registry=registry)
    age.set((timezone.now() - waiting).total_seconds() if waiting else 0)
    unread = Gauge("minfu_messages_unread", "Messages that nobody has opened yet", registry=registry)
    unread.set(Message.objects.aggregate(n=Count("pk", filter=Q(read_at=None)))["n"])
    return generate_latest(registry)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text, for who sends METRICS_TOKEN as a bearer token. A demo without one is open, production closed."""
    if settings.METRICS_TOKEN or settings.PRODUCTION:
        sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
        is_known = hmac.compare_digest(sent.encode(), settings.METRICS_TOKEN.encode())
        if not (settings.METRICS_TOKEN and is_known):
            return HttpResponse("METRICS_TOKEN is needed\n", status=401, content_type="text/plain")
    answer = ExportToDjangoView(request)
    try:
        answer.content += _own_figures()
    except DatabaseError:
        answer.content += b"# the database doesn't answer: no figures of its own\n"
    return answer
