"""All sheets are in: the lead looks at marks far from the others', then score and grade are made."""

from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import can_proceed

from evaluations import notices, policies, queries
from evaluations.models import Engagement, Mark, Moderation
from evaluations.scoring import grade_of, result_lines
from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import User
from marketplace.rules.calendar import due_date
from marketplace.rules.queries import resolve

from .locking import locked


@transaction.atomic
def moderate_mark(mark: Mark, *, points: int, reason: str, by: User) -> Moderation:
    """Let a mark stand or put another in its place, with the reason. The scorer's own mark is kept.

    Raises ValidationError: "state" unless all sheets are in and the score is not made yet, "out_of_range", "no_reason".
    """
    engagement = locked(Engagement(pk=mark.scorecard.engagement_id))
    authorise(policies.may_moderate, by, engagement)
    mark = Mark.objects.select_related("indicator", "scorecard").get(pk=mark.pk)
    if engagement.state != Engagement.State.MODERATING:
        raise ValidationError(_("Marks are moderated once all sheets are in, before the score is made."), code="state")
    top = mark.indicator.top
    if not 0 <= points <= top:
        raise ValidationError(
            {"points": ValidationError(_("Give 0 to %(top)s points."), code="out_of_range", params={"top": top})}
        )
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Say why."), code="no_reason")})
    moderation, _is_new = Moderation.objects.update_or_create(
        mark=mark,
        defaults={"points": points, "reason": reason.strip(), "moderated_by": by, "moderated_at": clock.now()},
    )
    record(
        "mark.moderated", moderation, by=by, organisation=engagement.evaluator,
        leaf=mark.indicator.code, from_points=mark.points, to_points=points,
    )  # fmt: skip
    return moderation


@transaction.atomic
def settle_scores(engagement: Engagement, *, by: User) -> Engagement:
    """Make score and grade; the sheets open to the parties and the provider's days begin.

    Raises ValidationError: "state", "outliers" while a mark far from the others' has no word of the lead.
    """
    engagement = locked(engagement)
    authorise(policies.may_moderate, by, engagement)
    if not can_proceed(engagement.settle):
        raise ValidationError(_("The scores can't be made now."), code="state")
    left = [outlier for outlier in queries.outliers(engagement) if outlier.moderation is None]
    if left:
        raise ValidationError(
            _("Look at these first: %(codes)s."),
            code="outliers",
            params={"codes": "、".join(dict.fromkeys(outlier.mark.indicator.code for outlier in left))},
        )
    return make_scores(engagement, by=by)


def make_scores(engagement: Engagement, *, by: User) -> Engagement:
    """Of a locked engagement whose marks stand: score, grade, the provider's days, the news."""
    today = clock.today()
    engagement.settle()
    engagement.scored_at = clock.now()
    engagement.reply_by = due_date(today, resolve("evaluation.reply_period", on=today))
    reckon(engagement)
    engagement.save(update_fields=["state", "score", "grade", "scored_at", "reply_by"])
    record(
        "engagement.scored", engagement, by=by, organisation=engagement.evaluator,
        score=str(engagement.score), grade=engagement.grade,
    )  # fmt: skip
    transaction.on_commit(partial(notices.tell_scored.enqueue, str(engagement.pk)))
    return engagement


def reckon(engagement: Engagement) -> None:
    """Score and grade from the marks as they count now."""
    indicators = list(engagement.framework.indicators.all())
    decided: dict[Any, Any] = queries.decided_leaves(engagement)
    _lines, engagement.score = result_lines(indicators, queries.points_by_leaf(engagement), decided)
    engagement.grade = grade_of(engagement.score, resolve("evaluation.grades", on=clock.today()))
