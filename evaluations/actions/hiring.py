"""How a bureau comes to its evaluator: by a purchase, without a tie, at random where the plan says so."""

import datetime
import secrets
from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from contracts.models import Contract
from evaluations import policies, ties
from evaluations.models import Draw, Engagement, Framework
from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import Organisation, User
from marketplace.tenders.drawing import draw

from .engagements import plan_engagement


@transaction.atomic
def draw_engagement(
    contract: Contract,
    framework: Framework,
    pool: Collection[Organisation],
    *,
    due_on: datetime.date,
    appointment: str = "",
    by: User,
) -> Engagement:
    """Draw the evaluator at random from a pool, without those who are tied, and plan the evaluation with it.

    The seed, the pool and who was kept out, and why, stay with it. Raises ValidationError: "pool_too_small" with fewer
    than two without a tie, and those of `plan_engagement`.
    """
    contract = Contract.objects.select_for_update(of=("self",)).select_related("buyer", "supplier").get(pk=contract.pk)
    authorise(policies.may_plan, by, contract)
    excluded = {}
    for evaluator in pool:
        found = ties.ties_of(evaluator, contract, hired_by=ties.hiring_contract(contract.buyer, evaluator))
        if found:
            excluded[str(evaluator.pk)] = found[0][0]
    free = sorted(str(one.pk) for one in pool if str(one.pk) not in excluded)
    if len(free) < 2:
        raise ValidationError(
            _("A draw needs at least two evaluators without a tie; %(left)s are left."),
            code="pool_too_small",
            params={"left": len(free)},
        )
    seed = secrets.token_hex(16)
    chosen = draw(seed, free)[0]
    engagement = plan_engagement(
        contract,
        framework,
        next(one for one in pool if str(one.pk) == chosen),
        due_on=due_on,
        appointment=appointment,
        by=by,
    )
    Draw.objects.create(
        engagement=engagement,
        purpose=Draw.Purpose.EVALUATOR,
        seed=seed,
        pool=free,
        excluded=excluded,
        chosen=[chosen],
        drawn_by=by,
        drawn_at=clock.now(),
    )
    record("engagement.evaluator_drawn", engagement, by=by, organisation=contract.buyer, seed=seed, pool=len(free))
    return engagement
