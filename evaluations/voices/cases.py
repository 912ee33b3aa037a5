"""One case as its readers see it: the resident's side, the office, and the provider that is asked."""

from dataclasses import dataclass
from typing import Any

from evaluations.models import Grievance, GrievanceStep
from marketplace.pages import clock
from marketplace.rules.calendar import due_date
from marketplace.rules.queries import resolve

State = Grievance.State


@dataclass(frozen=True)
class Case:
    """`answer` may be that of another case with which this one was put together."""

    grievance: Grievance
    steps: list[GrievanceStep]
    answer: str
    outcome: str
    outcome_tone: str
    measures: str
    may_say: bool
    may_withdraw: bool
    may_reopen: bool


def case_of(grievance: Grievance) -> Case:
    """For the resident's side. One statement, and the rule's."""
    other = grievance.merged_into
    answered = other if other is not None and other.answered_at is not None else grievance
    is_answered = answered.state in (State.ANSWERED, State.CLOSED)
    return Case(
        grievance=grievance,
        steps=list(grievance.steps.select_related("organisation")),
        answer=answered.answer if is_answered else "",
        outcome=str(answered.get_outcome_display()) if is_answered else "",
        outcome_tone=answered.outcome_tone,
        measures=answered.measures if is_answered else "",
        may_say=grievance.state == State.ANSWERED,
        may_withdraw=grievance.is_open,
        may_reopen=_may_reopen(grievance, other),
    )


def _may_reopen(grievance: Grievance, other: Grievance | None) -> bool:
    if grievance.reopened_at is not None:
        return False
    if grievance.state == State.CLOSED:
        ended = grievance.closed_at
    elif grievance.state == State.MERGED and other is not None and other.state in (State.ANSWERED, State.CLOSED):
        ended = other.answered_at
    else:
        return False
    if ended is None:
        return False
    last = due_date(
        ended.astimezone(clock.SHANGHAI).date(), resolve("grievance.reopen_window", region=grievance.region_id)
    )
    return clock.today() <= last


def alike(grievance: Grievance) -> Any:
    """Open cases of the same office about the same provider: perhaps the same thing, told twice."""
    return (
        Grievance.objects.filter(
            handler=grievance.handler_id,
            provider=grievance.provider_id,
            state__in=[State.LODGED, State.ACKNOWLEDGED],
        )
        .exclude(pk=grievance.pk)
        .order_by("-lodged_at")[:30]
    )
