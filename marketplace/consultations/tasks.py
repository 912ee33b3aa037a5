"""What of a consultation is done while nobody waits."""

from django.tasks import task

from . import actions
from .models import SheetRun


@task
def print_run_file(pk: str, language: str) -> bool:
    """The PDF of fifty sheets takes some seconds; a run that has its file keeps it."""
    actions.make_run_file(SheetRun.objects.get(pk=pk), language=language)
    return True
