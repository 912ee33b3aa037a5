"""What the evaluators plan to look at, and the residents drawn at random to be asked."""

import datetime
import secrets

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from evaluations import policies
from evaluations.models import Draw, Engagement, FieldStep
from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import User
from marketplace.tenders.drawing import draw
from marketplace.vouchers.models import Redemption

from .locking import locked

UNDER_WAY = (Engagement.State.PLANNED, Engagement.State.SCORING, Engagement.State.MODERATING)


@transaction.atomic
def plan_step(engagement: Engagement, *, kind: str, subject: str, planned_on: datetime.date, by: User) -> FieldStep:
    """Put a visit, papers, an interview or questions to residents on the plan. Raises ValidationError: "state",
    "empty", "past", "late" for a day after the evaluation is due."""
    engagement = locked(engagement)
    authorise(policies.may_start, by, engagement)
    _refuse_over(engagement)
    if not subject.strip():
        raise ValidationError({"subject": ValidationError(_("Write it down."), code="empty")})
    if planned_on < clock.today():
        raise ValidationError({"planned_on": ValidationError(_("Choose a day that is still to come."), code="past")})
    if planned_on > engagement.due_on:
        raise ValidationError({"planned_on": ValidationError(_("The evaluation is due before that day."), code="late")})
    step = FieldStep.objects.create(
        engagement=engagement, kind=kind, subject=subject.strip(), planned_on=planned_on, planned_by=by
    )
    record("engagement.step_planned", engagement, by=by, organisation=engagement.evaluator, kind=kind)
    return step


@transaction.atomic
def finish_step(step: FieldStep, *, note: str, by: User) -> FieldStep:
    """It has been done. Raises ValidationError: "state", "empty"."""
    engagement = locked(Engagement(pk=step.engagement_id))
    step = FieldStep.objects.select_for_update().get(pk=step.pk)
    authorise(policies.may_do_fieldwork, by, engagement)
    if step.done_on:
        raise ValidationError(_("This has been done already."), code="state")
    if not note.strip():
        raise ValidationError({"note": ValidationError(_("Write what was seen."), code="empty")})
    step.done_on, step.note = clock.today(), note.strip()
    step.save(update_fields=["done_on", "note"])
    record("engagement.step_done", engagement, by=by, organisation=engagement.evaluator, kind=step.kind)
    return step


@transaction.atomic
def draw_residents(engagement: Engagement, *, size: int, by: User) -> Draw:
    """Draw residents to ask, from those who had a service of the provider within the contract. Once: a second draw
    would let somebody choose.

    Raises ValidationError: "state", "drawn_already", "size", "nobody".
    """
    engagement = locked(engagement)
    authorise(policies.may_start, by, engagement)
    _refuse_over(engagement)
    if engagement.draws.filter(purpose=Draw.Purpose.RESIDENTS).exists():
        raise ValidationError(_("The residents have been drawn already."), code="drawn_already")
    if size < 1:
        raise ValidationError({"size": ValidationError(_("Draw at least one."), code="size")})
    contract = engagement.contract
    served = Redemption.objects.filter(
        provider=contract.supplier,
        redeemed_at__gte=clock.at_hour(contract.starts_on, 0),
        redeemed_at__lt=clock.at_hour(min(contract.ends_on, clock.today()) + datetime.timedelta(days=1), 0),
    )
    pool = sorted(str(pk) for pk in served.order_by().values_list("resident", flat=True).distinct())
    if not pool:
        raise ValidationError(_("No resident had a service of this provider within the contract."), code="nobody")
    seed = secrets.token_hex(16)
    made = Draw.objects.create(
        engagement=engagement,
        purpose=Draw.Purpose.RESIDENTS,
        seed=seed,
        pool=pool,
        chosen=draw(seed, pool)[:size],
        drawn_by=by,
        drawn_at=clock.now(),
    )
    record(
        "engagement.residents_drawn", engagement, by=by, organisation=engagement.evaluator,
        seed=seed, pool=len(pool), size=len(made.chosen),
    )  # fmt: skip
    return made


def _refuse_over(engagement: Engagement) -> None:
    if engagement.state not in UNDER_WAY:
        raise ValidationError(_("This evaluation has been scored: its plan stands."), code="state")
