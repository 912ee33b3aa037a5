"""What is overdue is told once to whoever owes it; nothing is decided by the clock in their place."""

from functools import partial

from django.db import transaction
from django.db.models import Model

from marketplace.audit.actions import authorise, record
from marketplace.parties.models import User

from .. import challengenotices, policies
from ..events import when_due
from ..events.challenges import DECISION_OVERDUE, QUERY_OVERDUE, REPLY_OVERDUE
from ..models import Challenge, Complaint, Query, Tender


@when_due("tender.report_due", "tender.decision_due")
@transaction.atomic
def remind_buyer(tender: Tender, *, by: User) -> Tender:
    """The report or the decision is late (REG 43)."""
    authorise(policies.may_run_the_clock, by, tender)
    record("tender.overdue", tender, by=by, organisation=tender.bureau)
    transaction.on_commit(partial(challengenotices.tell_overdue.enqueue, "tender", str(tender.pk)))
    return tender


@when_due(QUERY_OVERDUE, REPLY_OVERDUE, DECISION_OVERDUE)
@transaction.atomic
def remind_of_reply(case: Query | Challenge | Complaint, *, by: User) -> Model:
    """An answer is late: the buyer, or the finance department, is told (GPL 53 and 56; REG 52)."""
    authorise(policies.may_run_the_clock, by, case)
    kind = case._meta.model_name or ""
    record("challenge.overdue", case, by=by, kind=kind)
    transaction.on_commit(partial(challengenotices.tell_overdue.enqueue, kind, str(case.pk)))
    return case
