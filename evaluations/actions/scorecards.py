"""A scorer's sheet: kept as it grows, handed in once. The last one in closes all of them."""

import datetime
from collections.abc import Mapping
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from evaluations import notices, policies, queries
from evaluations.models import Engagement, Mark, Scorecard
from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import User

from .locking import locked
from .moderation import make_scores


def _locked_sheet(scorecard: Scorecard, by: User) -> tuple[Engagement, Scorecard]:
    engagement = locked(Engagement(pk=scorecard.engagement_id))
    scorecard = Scorecard.objects.select_for_update().get(pk=scorecard.pk)
    scorecard.engagement = engagement
    authorise(policies.may_score, by, scorecard)
    if engagement.state != Engagement.State.SCORING or scorecard.state != Scorecard.State.OPEN:
        raise ValidationError(_("This sheet has been handed in and can't be changed."), code="locked")
    return engagement, scorecard


@transaction.atomic
def save_scorecard(
    scorecard: Scorecard,
    *,
    points: Mapping[Any, int | None],
    notes: Mapping[Any, str] | None = None,
    visited_on: datetime.date | None = None,
    remark: str = "",
    by: User,
) -> Scorecard:
    """Keep what has been filled in so far; `points` and `notes` by leaf id, None where nothing is given yet.

    Raises ValidationError: "locked", "unknown_leaf", or by field "points_<leaf>" with "out_of_range",
    "visited_on" with "future".
    """
    engagement, scorecard = _locked_sheet(scorecard, by)
    leaves = {leaf.pk: leaf for leaf in queries.leaves(engagement.framework)}
    if unknown := set(points) - set(leaves):
        raise ValidationError(_("This sheet has no such indicator."), code="unknown_leaf", params={"ids": unknown})
    wrong = {
        f"points_{pk}": ValidationError(
            _("Give 0 to %(top)s points."), code="out_of_range", params={"top": leaves[pk].top}
        )
        for pk, given in points.items()
        if given is not None and not 0 <= given <= leaves[pk].top
    }
    if visited_on and visited_on > clock.today():
        wrong["visited_on"] = ValidationError(_("This day has not come yet."), code="future")
    if wrong:
        raise ValidationError(wrong)

    scorecard.visited_on, scorecard.remark = visited_on, remark.strip()
    scorecard.save(update_fields=["visited_on", "remark"])
    scorecard.marks.all().delete()
    Mark.objects.bulk_create(
        [
            Mark(scorecard=scorecard, indicator=leaves[pk], points=given, note=(notes or {}).get(pk, "").strip())
            for pk, given in points.items()
            if given is not None
        ]
    )
    record("scorecard.saved", scorecard, by=by, organisation=engagement.evaluator)
    return scorecard


@transaction.atomic
def submit_scorecard(scorecard: Scorecard, *, by: User) -> Scorecard:
    """Hand a sheet in. After the last nobody's marks can change; without outliers the score is made.

    Raises ValidationError: "locked", "incomplete" (with the codes of the leaves that have no mark), "no_visit".
    """
    engagement, scorecard = _locked_sheet(scorecard, by)
    marked = set(scorecard.marks.values_list("indicator", flat=True))
    missing = [leaf.code for leaf in queries.leaves(engagement.framework) if leaf.pk not in marked]
    if missing:
        raise ValidationError(
            _("These have no mark yet: %(codes)s."), code="incomplete", params={"codes": "、".join(missing)}
        )
    if scorecard.visited_on is None:
        raise ValidationError({"visited_on": ValidationError(_("Say on which day you visited."), code="no_visit")})

    scorecard.submit()
    scorecard.submitted_at = clock.now()
    scorecard.save(update_fields=["state", "submitted_at"])
    record("scorecard.submitted", scorecard, by=by, organisation=engagement.evaluator)
    if not engagement.scorecards.filter(state=Scorecard.State.OPEN).exists():
        _gather(engagement, by)
    return scorecard


def _gather(engagement: Engagement, by: User) -> None:
    """Nobody can change a mark any more. Without outliers there is nothing for the lead to look at."""
    engagement.gather()
    engagement.save(update_fields=["state"])
    record("engagement.gathered", engagement, by=by, organisation=engagement.evaluator)
    if queries.outliers(engagement):
        transaction.on_commit(partial(notices.tell_gathered.enqueue, str(engagement.pk)))
    else:
        make_scores(engagement, by=by)
