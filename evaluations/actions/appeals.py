"""The provider disagrees with some leaves: an evaluator who has not seen them before decides each."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import can_proceed

from evaluations import notices, policies, queries
from evaluations.models import Appeal, AppealLeaf, Engagement, Indicator
from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import Organisation, User
from marketplace.rules.calendar import due_date
from marketplace.rules.queries import resolve

from .locking import locked
from .moderation import reckon


@transaction.atomic
def lodge_appeal(engagement: Engagement, *, leaves: Collection[Indicator], reason: str, by: User) -> Appeal:
    """Instead of a reply or after it, within the same days; once.

    Raises ValidationError: "state", "not_concluded", "too_late", "no_leaves", "unknown_leaf", "empty".
    """
    engagement = locked(engagement)
    authorise(policies.may_reply, by, engagement)
    if not can_proceed(engagement.take_appeal) or Appeal.objects.filter(engagement=engagement).exists():
        raise ValidationError(_("There is nothing to appeal against now."), code="state")
    if not engagement.findings:
        raise ValidationError(_("The evaluator has not written its findings yet."), code="not_concluded")
    if clock.today() > engagement.reply_by:
        raise ValidationError(
            _("The time to reply ended on %(day)s."), code="too_late", params={"day": engagement.reply_by.isoformat()}
        )
    if not leaves:
        raise ValidationError(
            {"leaves": ValidationError(_("Choose the indicators that you disagree with."), code="no_leaves")}
        )
    known = {leaf.pk for leaf in queries.leaves(engagement.framework)}
    if any(leaf.pk not in known for leaf in leaves):
        raise ValidationError({"leaves": ValidationError(_("This sheet has no such indicator."), code="unknown_leaf")})
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Say why."), code="empty")})

    engagement.take_appeal()
    engagement.save(update_fields=["state"])
    appeal = Appeal.objects.create(
        engagement=engagement,
        reason=reason.strip(),
        lodged_by=by,
        lodged_at=clock.now(),
        score_before=engagement.score,
    )
    AppealLeaf.objects.bulk_create([AppealLeaf(appeal=appeal, indicator=leaf) for leaf in leaves])
    record("appeal.lodged", appeal, by=by, organisation=engagement.contract.supplier, leaves=len(leaves))
    transaction.on_commit(partial(notices.tell_appealed.enqueue, str(engagement.pk)))
    return appeal


@transaction.atomic
def assign_appeal(appeal: Appeal, reviewer: Organisation, *, by: User) -> Appeal:
    """The buyer names the second evaluator.

    Raises ValidationError: "state", "not_evaluator", "same" for the one that scored, "tied".
    """
    engagement = locked(Engagement(pk=appeal.engagement_id))
    appeal = Appeal.objects.select_for_update().get(pk=appeal.pk)
    authorise(policies.may_assign_appeal, by, engagement)
    if not can_proceed(appeal.assign):
        raise ValidationError(_("This appeal has its evaluator already."), code="state")
    wrong: tuple[Any, str] | None = None
    if reviewer.kind != Organisation.Kind.EVALUATOR or reviewer.state != Organisation.State.ACTIVE:
        wrong = _("Choose a third-party evaluator that is active."), "not_evaluator"
    elif reviewer.pk == engagement.evaluator_id:
        wrong = _("Who scored can't decide the appeal: choose another evaluator."), "same"
    elif not policies.is_independent(reviewer, engagement.contract) or policies.shares_people(
        reviewer, engagement.evaluator
    ):
        wrong = _("Somebody belongs both to this evaluator and to a side of it: choose another."), "tied"
    if wrong:
        raise ValidationError({"reviewer": ValidationError(wrong[0], code=wrong[1])})

    today = clock.today()
    appeal.assign()
    appeal.reviewer, appeal.assigned_by, appeal.assigned_at = reviewer, by, clock.now()
    appeal.due_on = due_date(today, resolve("evaluation.appeal_period", on=today))
    appeal.save(update_fields=["state", "reviewer", "assigned_by", "assigned_at", "due_on"])
    record("appeal.assigned", appeal, by=by, organisation=engagement.contract.buyer, reviewer=str(reviewer.pk))
    transaction.on_commit(partial(notices.tell_assigned.enqueue, str(engagement.pk)))
    return appeal


@transaction.atomic
def decide_appeal(appeal: Appeal, *, decisions: Mapping[Any, tuple[Decimal | None, str]], by: User) -> Appeal:
    """Answer every leaf: (points that count, or None where the scorers' marks stand; finding), by AppealLeaf id.

    Score and grade are made anew; what they were stays on the appeal. Raises ValidationError: "state", and by field
    "finding_<leaf>" with "no_finding", "points_<leaf>" with "out_of_range".
    """
    engagement = locked(Engagement(pk=appeal.engagement_id))
    appeal = Appeal.objects.select_for_update().get(pk=appeal.pk)
    authorise(policies.may_decide_appeal, by, appeal)
    if not can_proceed(appeal.decide):
        raise ValidationError(_("This appeal can't be decided now."), code="state")
    wrong = {}
    leaves = list(appeal.leaves.select_related("indicator"))
    for leaf in leaves:
        points, finding = decisions.get(leaf.pk, (None, ""))
        if not finding.strip():
            wrong[f"finding_{leaf.pk}"] = ValidationError(_("Write what was found."), code="no_finding")
        if points is not None and not 0 <= points <= leaf.indicator.top:
            wrong[f"points_{leaf.pk}"] = ValidationError(
                _("Give 0 to %(top)s points."), code="out_of_range", params={"top": leaf.indicator.top}
            )
        leaf.upheld, leaf.points, leaf.finding = points is not None, points, finding.strip()
    if wrong:
        raise ValidationError(wrong)

    AppealLeaf.objects.bulk_update(leaves, ["upheld", "points", "finding"])
    appeal.decide()
    appeal.decided_by, appeal.decided_at = by, clock.now()
    appeal.save(update_fields=["state", "decided_by", "decided_at"])
    reckon(engagement)
    engagement.take_reply()
    engagement.save(update_fields=["state", "score", "grade"])
    record(
        "appeal.decided", appeal, by=by, organisation=appeal.reviewer,
        upheld=sum(bool(leaf.upheld) for leaf in leaves), score_before=str(appeal.score_before),
        score=str(engagement.score), grade=engagement.grade,
    )  # fmt: skip
    transaction.on_commit(partial(notices.tell_appeal_decided.enqueue, str(engagement.pk)))
    return appeal
