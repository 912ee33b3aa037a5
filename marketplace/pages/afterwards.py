"""What is to be done once the transaction is committed, by a worker."""

from functools import partial
from typing import Any

from django.db import transaction
from django.tasks import Task
from django_tasks_db import DatabaseBackend


def afterwards(task: Task, *args: Any) -> None:
    """Ask for the task in this transaction, where tasks lie in the same database: it is asked for if and only if the
    change is committed, and that with one commit instead of two. Elsewhere right after the commit."""
    if isinstance(task.get_backend(), DatabaseBackend):
        task.enqueue(*args)
    else:
        transaction.on_commit(partial(task.enqueue, *args))
