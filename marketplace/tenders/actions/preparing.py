"""What comes before the lots of a draft: its line of the plan, its residents, the ground of its method."""

from typing import Any

from django.db import transaction

from marketplace.audit.actions import record
from marketplace.parties.models import User

from .. import checks
from ..checks.method import refuse_after_notice, refuse_ground, refuse_second_stage, refuse_unapproved_method
from ..checks.planning import refuse_outside_catalogue, refuse_unheard_residents, refuse_without_plan
from ..models import Tender
from .drafting import locked_draft

PLAN_FIELDS = {
    "plan_line",
    "no_intention_reason",
    "consultation",
    "consultation_note",
    "catalogue_code",
    "is_outside_negative_list",
}
METHOD_FIELDS = {"method_ground", "method_reason", "approval_number", "approval_date", "tops_up", "second_stage"}


@transaction.atomic
def plan_tender(tender: Tender, *, by: User, **plan: Any) -> Tender:
    """Tie a draft to its plan line, what its residents said, the guidance catalogue, and clear it of the negative list.

    The thirty days of the intention are held at hand-in, since they may still pass while one drafts.
    Raises ValidationError on the field, with the article: `plan_missing`, `foreign_plan_line`, `above_plan`,
    `consultation_missing`, `consultation_open`, `catalogue_missing`, `outside_catalogue`, `negative_list`.
    """
    tender = locked_draft(tender, by)
    _write(tender, plan, PLAN_FIELDS)
    refuse_without_plan(tender)
    refuse_unheard_residents(tender)
    refuse_outside_catalogue(tender)
    checks.refuse_negative_list(tender)
    tender.save(update_fields=sorted(PLAN_FIELDS))
    record("tender.planned", tender, by=by, organisation=tender.bureau, plan_line=str(tender.plan_line_id))
    return tender


@transaction.atomic
def justify_method(tender: Tender, *, by: User, **facts: Any) -> Tender:
    """State why this method, who allowed it, and for a framework how its orders are given.

    Raises ValidationError: `ground_missing`, `ground_reason_missing`, `no_failed_tender`, `tops_up_missing`,
    `top_up_too_large`, `approval_missing`, `approval_in_future`, `second_stage_missing`, `noticed_already`.
    """
    tender = locked_draft(tender, by)
    if any(getattr(tender, name) != facts[name] for name in ("method_ground", "method_reason") if name in facts):
        refuse_after_notice(tender)
    _write(tender, facts, METHOD_FIELDS)
    refuse_ground(tender)
    refuse_unapproved_method(tender)
    refuse_second_stage(tender)
    tender.save(update_fields=sorted(METHOD_FIELDS))
    record(
        "tender.method_justified",
        tender,
        by=by,
        organisation=tender.bureau,
        ground=tender.method_ground,
        approval=tender.approval_number,
    )
    return tender


def _write(tender: Tender, values: dict[str, Any], known: set[str]) -> None:
    if unknown := values.keys() - known:
        raise TypeError(f"a draft has no {', '.join(sorted(unknown))} here")
    for name, value in values.items():
        setattr(tender, name, value)
