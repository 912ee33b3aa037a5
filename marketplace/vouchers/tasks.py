"""What of the vouchers' work is done while nobody waits."""

import logging

from django.core.exceptions import ValidationError
from django.tasks import task

from marketplace.pages import clock
from marketplace.parties.models import User

from . import actions
from .models import Programme

log = logging.getLogger("minfu.vouchers")


@task
def issue_programme(code: str, by: str) -> int:
    """Issue the running month of one programme for the officer who asked; how many vouchers it made."""
    programme = Programme.objects.get(code=code)
    try:
        issue = actions.issue_month(programme, clock.today(), by=User.objects.get(pk=by))
    except ValidationError as refusal:  # its officers see the shortage on the page
        log.warning("issue of %s: %s", code, "; ".join(refusal.messages))
        return 0
    return issue.vouchers if issue else 0
