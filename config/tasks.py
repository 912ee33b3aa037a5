"""The janitor of the task table: what a killed worker left behind is run again."""

import datetime
import logging
import os
import socket

from django.conf import settings
from django.db import transaction
from django.tasks import TaskResultStatus
from django.utils import timezone
from django.utils.crypto import get_random_string
from django_tasks_db.models import DBTaskResult

logger = logging.getLogger(__name__)
MOST_TRIES = 3


def worker_name() -> str:
    """Who runs a task: the machine and the process can be read from it, so that a janitor knows who has died."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{get_random_string(8)}"


def _has_died(worker: str) -> bool:
    """The worker ran on this machine and its process is gone. Of other machines nothing is known."""
    host, _colon, rest = worker.partition(":")
    pid = rest.partition(":")[0]
    if host != socket.gethostname()[:40] or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def forget_done_tasks() -> int:
    """By the clock: what was done or given up weeks ago is no longer looked for; how many rows."""
    before = timezone.now() - datetime.timedelta(days=settings.TASKS_KEPT_DAYS)
    return DBTaskResult.objects.filter(finished_at__lt=before).delete()[0]


@transaction.atomic
def requeue_lost_tasks() -> tuple[int, int]:
    """Make ready again each RUNNING task whose worker has died, or that has run longer than the longest task may.

    A task that was tried MOST_TRIES times fails instead: it may be what kills the workers. Tasks are written to be run
    twice (they look first whether they have been done). Returns how many were requeued, how many given up.
    """
    too_long = timezone.now() - datetime.timedelta(seconds=settings.LONGEST_TASK_SECONDS)
    requeued = given_up = 0
    for row in DBTaskResult.objects.running().select_for_update(skip_locked=True):
        worker = row.worker_ids[-1] if row.worker_ids else ""
        if not (_has_died(worker) or (row.started_at and row.started_at < too_long)):
            continue
        if len(row.worker_ids) >= MOST_TRIES:
            row.status = TaskResultStatus.FAILED
            row.finished_at = timezone.now()
            row.exception_class_path = "config.tasks.WorkerLost"
            row.traceback = f"Its worker died {MOST_TRIES} times: {', '.join(row.worker_ids)}"
            given_up += 1
        else:
            row.status = TaskResultStatus.READY
            row.started_at = None
            requeued += 1
        row.save(update_fields=["status", "started_at", "finished_at", "exception_class_path", "traceback"])
        logger.warning("task %s (%s) of worker %s: %s", row.pk, row.task_path, worker, row.status)
    return requeued, given_up
