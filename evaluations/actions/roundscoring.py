"""A rating round's sheets, and what they come to."""

import datetime
from collections.abc import Mapping
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import can_proceed

from evaluations import queries, roundnotices, roundpolicies
from evaluations.models import RatingApplication, RatingRound, RatingSheet
from evaluations.ranking import Standing, standings
from evaluations.ratingdrafts import draft_of, make_draft, open_sheets
from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import User

from .measuring import measure_application
from .rounds import locked_round, refuse_marks


def _locked_sheet(sheet: RatingSheet, by: User) -> RatingSheet:
    """The sheet alone: forty organisations are scored side by side, nobody waits for the round's row."""
    sheet = (
        RatingSheet.objects.select_for_update(of=("self",))
        .select_related("application__round__framework", "application__organisation")
        .get(pk=sheet.pk)
    )
    authorise(roundpolicies.may_score_rating, by, sheet)
    round = sheet.application.round
    if round.state != RatingRound.State.SCORING or sheet.state != RatingSheet.State.OPEN:
        raise ValidationError(_("This sheet has been handed in and can't be changed."), code="locked")
    return sheet


@transaction.atomic
def save_rating_sheet(
    sheet: RatingSheet,
    *,
    points: Mapping[Any, int | None],
    notes: Mapping[Any, str] | None = None,
    visited_on: datetime.date | None = None,
    remark: str = "",
    by: User,
) -> RatingSheet:
    """Keep what has been filled in so far, encrypted: nobody else reads it before every sheet of the round is in, and
    the audit trail doesn't even say that it changed.

    Raises ValidationError: "locked", "unknown_leaf", or by field "points_<leaf>" with "out_of_range", "visited_on" with
    "future".
    """
    sheet = _locked_sheet(sheet, by)
    leaves = {leaf.pk: leaf for leaf in queries.scored_leaves(sheet.application.round.framework)}
    if set(points) - set(leaves):
        raise ValidationError(_("This sheet has no such indicator."), code="unknown_leaf")
    refuse_marks(points, leaves)
    if visited_on and visited_on > clock.today():
        raise ValidationError({"visited_on": ValidationError(_("This day has not come yet."), code="future")})
    sheet.draft = make_draft(points, notes or {}, visited_on, remark).as_text()
    sheet.save(update_fields=["draft"])
    return sheet


@transaction.atomic
def submit_rating_sheet(sheet: RatingSheet, *, by: User) -> RatingSheet:
    """Hand a sheet in for good. Raises ValidationError: "locked", "incomplete", "no_visit"."""
    sheet = _locked_sheet(sheet, by)
    draft = draft_of(sheet)
    leaves = queries.scored_leaves(sheet.application.round.framework)
    missing = [leaf.code for leaf in leaves if str(leaf.pk) not in draft.points]
    if missing:
        raise ValidationError(
            _("These have no mark yet: %(codes)s."), code="incomplete", params={"codes": "、".join(missing)}
        )
    if draft.visited_on is None:
        raise ValidationError({"visited_on": ValidationError(_("Say on which day you visited."), code="no_visit")})
    sheet.submit()
    sheet.submitted_at = clock.now()
    sheet.save(update_fields=["state", "submitted_at"])
    record("rating_sheet.submitted", sheet, by=by, application=sheet.application.number)
    transaction.on_commit(partial(roundnotices.tell_all_in.enqueue, str(sheet.application.round_id)))
    return sheet


@transaction.atomic
def rank_round(round: RatingRound, *, by: User) -> RatingRound:
    """Open the sheets, count what the system knows, add up, rank. Raises ValidationError: "state", "sheets_open"."""
    round = locked_round(round)
    authorise(roundpolicies.may_run_round, by, round)
    if not can_proceed(round.rank):
        raise ValidationError(_("This round can't be ranked now."), code="state")
    left = RatingSheet.objects.filter(application__round=round, state=RatingSheet.State.OPEN).count()
    if left:
        raise ValidationError(_("%(left)s sheets are still open."), code="sheets_open", params={"left": left})
    drafts = RatingSheet.objects.filter(application__round=round).exclude(draft="").order_by("pk")
    open_sheets(drafts.select_for_update(), queries.scored_leaves(round.framework))
    for application in round.applications.standing().select_related("organisation", "round__framework"):
        measure_application(application)
    keep_standings(round, standings(round))
    round.rank()
    round.ranked_at = clock.now()
    round.save(update_fields=["state", "ranked_at"])
    record("rating_round.ranked", round, by=by, organisation=round.bureau, number=round.number)
    return round


def keep_standings(round: RatingRound, found: list[Standing]) -> None:
    """Write points, rank and level to the applications; one that had none yet is scored by it."""
    by_id = {one.application: one for one in found}
    changed = list(round.applications.standing().filter(pk__in=by_id))
    for application in changed:
        standing = by_id[application.pk]
        application.points, application.rank, application.level = standing.points, standing.rank, standing.level
        if application.state == RatingApplication.State.ADMITTED:
            application.score()
    RatingApplication.objects.bulk_update(changed, ["points", "rank", "level", "state"], batch_size=500)
