"""The plan of a bureau: its lines within the budget, and the intentions that it publishes."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.ledger.models import BudgetLine
from marketplace.pages import clock
from marketplace.parties.models import Organisation, User

from .. import checks, ocds, policies
from ..checks.planning import refuse_plan_amount
from ..models import Intention, PlanLine, Tender
from .numbering import number_of

FIELDS = {"budget_line", "category", "title", "about", "amount", "method", "planned_for"}


@transaction.atomic
def add_plan_line(bureau: Organisation, *, by: User, **fields: Any) -> PlanLine:
    """Plan a purchase within a budget line. Money in fen; `planned_for` is a day of the month it should begin in.

    Raises ValidationError: `foreign_line`, `over_budget` (REG 29), `rfq_for_services` (GPL 32).
    """
    authorise(policies.may_draft, by, bureau)
    line = PlanLine(bureau=bureau, drafted_by=by)
    _write(line, fields)
    record("plan_line.added", line, by=by, organisation=bureau, amount=line.amount)
    return line


@transaction.atomic
def change_plan_line(line: PlanLine, *, by: User, **fields: Any) -> PlanLine:
    """Change a line of the plan. What was published as an intention stays as it was published."""
    line = PlanLine.objects.select_for_update(of=("self",)).select_related("bureau").get(pk=line.pk)
    authorise(policies.may_draft, by, line.bureau)
    _write(line, fields)
    record("plan_line.changed", line, by=by, organisation=line.bureau, amount=line.amount)
    return line


def _write(line: PlanLine, fields: dict[str, Any]) -> None:
    if unknown := fields.keys() - FIELDS:
        raise TypeError(f"a plan line has no {', '.join(sorted(unknown))}")
    for name, value in fields.items():
        setattr(line, name, value)
    if line.amount <= 0:
        raise ValidationError({"amount": ValidationError(_("An amount must be more than zero."), code="negative")})
    # The line is locked: two plans for the same money take turns.
    line.budget_line = BudgetLine.objects.select_for_update().get(pk=line.budget_line_id)
    if line.budget_line.bureau_id != line.bureau_id:
        raise ValidationError(
            {"budget_line": ValidationError(_("This budget line belongs to another bureau."), code="foreign_line")}
        )
    checks.refuse_method(Tender(method=line.method))
    refuse_plan_amount(line)
    line.planned_for = line.planned_for.replace(day=1)
    line.save()


@transaction.atomic
def publish_intention(line: PlanLine, *, by: User) -> Intention:
    """Tell the market what will be bought, thirty days or more ahead (财库〔2020〕10号). It is published as it stands.

    Raises ValidationError `published_already`, `about_missing`.
    """
    line = PlanLine.objects.select_for_update(of=("self",)).select_related("bureau__region").get(pk=line.pk)
    authorise(policies.may_draft, by, line.bureau)
    if Intention.objects.filter(plan_line=line).exists():
        raise ValidationError(_("This intention is published already."), code="published_already")
    if not line.about.strip():
        raise ValidationError(
            {"about": ValidationError(_("Say what is needed: suppliers prepare by it."), code="about_missing")}
        )
    now = clock.now()
    intention = Intention.objects.create(
        number=number_of(line.bureau, "intention", "Y"),
        plan_line=line,
        bureau=line.bureau,
        title=line.title,
        about=line.about,
        amount=line.amount,
        planned_for=line.planned_for,
        published_at=now,
        published_by=by,
    )
    record("intention.published", intention, by=by, organisation=line.bureau, number=intention.number)
    ocds.release_intention(intention, at=now, by=by)
    return intention
