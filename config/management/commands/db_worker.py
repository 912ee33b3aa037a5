"""The worker of the embedded task queue, with a janitor beside it."""

import threading
from typing import Any

from django.conf import settings
from django.db import OperationalError, close_old_connections
from django_tasks_db.management.commands import db_worker

from config.tasks import requeue_lost_tasks, worker_name


def _keep_tidy(stop: threading.Event) -> None:
    while not stop.wait(settings.JANITOR_SECONDS):
        close_old_connections()
        try:
            requeue_lost_tasks()
        except OperationalError:
            continue  # a busy or absent database: the next round looks again
        finally:
            close_old_connections()


class Command(db_worker.Command):
    help = "Run a worker of the database's tasks; what a killed worker left is run again."

    def handle(self, *args: Any, **options: Any) -> None:
        options["worker_id"] = worker_name()
        requeue_lost_tasks()
        stop = threading.Event()
        threading.Thread(target=_keep_tidy, args=(stop,), name="janitor", daemon=True).start()
        try:
            super().handle(*args, **options)
        finally:
            stop.set()
