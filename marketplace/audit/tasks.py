"""Sealing as a task, for installations that have a clock of tasks instead of the sealer's own process."""

from django.tasks import task

from .actions import seal
from .heads import export_head


@task
def seal_records() -> int:
    """Seal what is committed and keep the head on disk; how many rows."""
    count = seal()
    if count:
        export_head()
    return count
