"""A scorer's sheet: kept as it grows, handed in once. The last one in closes all of them."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from evaluations import notices, policies, queries
from evaluations.models import Engagement, Indicator, Mark, Scorecard, SheetEntry
from evaluations.sheets import REMARK, VISITED_ON, Change, cleaned, fields_of, fingerprint, names_of, values_of
from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import Role, User
from marketplace.parties.policies import has_role

from .locking import locked
from .measuring import measure_engagement
from .moderation import make_scores


def locked_sheet(scorecard: Scorecard, by: User) -> tuple[Engagement, Scorecard]:
    """The engagement and the sheet, held; raises ValidationError(code="locked") once the sheet is handed in."""
    engagement = locked(Engagement(pk=scorecard.engagement_id))
    scorecard = Scorecard.objects.select_for_update().get(pk=scorecard.pk)
    scorecard.engagement = engagement
    authorise(policies.may_score, by, scorecard)
    if engagement.state != Engagement.State.SCORING or scorecard.state != Scorecard.State.OPEN:
        raise ValidationError(_("This sheet has been handed in and can't be changed."), code="locked")
    return engagement, scorecard


@transaction.atomic
def write_sheet(scorecard: Scorecard, changes: Collection[Change], *, by: User) -> dict[str, ValidationError]:
    """Keep what was written, on whatever device. Returns what could not be kept, by field; the rest is kept.

    A change that has come before is not kept twice. A change that did not see what stands in its field replaces
    nothing: both stand, and the sheet can't be handed in before the scorer has chosen. Nothing is recorded in the
    audit trail before all sheets are opened: even that a value changed is the scorer's own. Raises
    ValidationError(code="locked").
    """
    engagement, scorecard = locked_sheet(scorecard, by)
    leaves = fields_of(queries.scored_leaves(engagement.framework))
    known = defaultdict(list)
    for entry in scorecard.entries.all():
        known[entry.name].append(entry)
    there = set(SheetEntry.objects.filter(pk__in=[change.id for change in changes]).values_list("pk", flat=True))
    refused: dict[str, ValidationError] = {}
    for change in changes:
        if change.id in there:
            continue
        try:
            value = cleaned(change.name, change.value, leaves)
        except ValidationError as fault:
            refused[change.name] = fault
            continue
        there.add(change.id)
        _write(scorecard, change, value, known[change.name])
    return refused


def _write(scorecard: Scorecard, change: Change, value: str, known: list[SheetEntry]) -> None:
    heads = [entry for entry in known if entry.superseded_by_id is None]
    stands = [head.value for head in heads] or [""]
    if stands == [value] and (change.seen is None or not heads):
        return
    now = clock.now()
    entry = SheetEntry.objects.create(
        pk=change.id,
        scorecard=scorecard,
        name=change.name,
        value=value,
        device=change.device[:40],
        written_at=min(change.written_at or now, now),
    )
    replaced = [head for head in heads if change.seen is None or head.pk in change.seen or head.value == value]
    for head in replaced:
        head.superseded_by = entry
    SheetEntry.objects.bulk_update(replaced, ["superseded_by"])
    known.append(entry)


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

    All or nothing. Raises ValidationError: "locked", or by field ("points_<leaf>", "visited_on" …) "unknown_leaf",
    "out_of_range", "too_long", "future".
    """
    written = {f"points_{pk}": "" if given is None else str(given) for pk, given in points.items()}
    written |= {f"note_{pk}": note for pk, note in (notes or {}).items()}
    if visited_on:
        written[VISITED_ON] = visited_on.isoformat()
    if remark.strip():
        written[REMARK] = remark
    with transaction.atomic():
        if wrong := write_sheet(scorecard, [Change(name, value) for name, value in written.items()], by=by):
            raise ValidationError(wrong)
    return scorecard


@transaction.atomic
def submit_scorecard(scorecard: Scorecard, *, by: User) -> Scorecard:
    """Hand a sheet in. After the last nobody's marks can change; without outliers the score is made.

    Raises ValidationError: "locked", "conflict" while two devices' values stand in one field, "incomplete" (both with
    the codes of the leaves), "no_visit".
    """
    engagement, scorecard = locked_sheet(scorecard, by)
    leaves = list(queries.scored_leaves(engagement.framework))
    heads = queries.heads_of(scorecard)
    values = values_of(heads)
    if two := _codes(leaves, {name for name, entries in heads.items() if len(entries) > 1}):
        raise ValidationError(
            _("Two devices differ here: choose one value each. %(codes)s."), code="conflict", params={"codes": two}
        )
    if missing := [leaf.code for leaf in leaves if not values.get(f"points_{leaf.pk}")]:
        raise ValidationError(
            _("These have no mark yet: %(codes)s."), code="incomplete", params={"codes": "、".join(missing)}
        )
    if not values.get(VISITED_ON):
        raise ValidationError({VISITED_ON: ValidationError(_("Say on which day you visited."), code="no_visit")})

    scorecard.submit()
    scorecard.submitted_at = clock.now()
    scorecard.sha256 = fingerprint(values, scorecard.evidence.all())
    scorecard.save(update_fields=["state", "submitted_at", "sha256"])
    record("scorecard.submitted", scorecard, by=by, organisation=engagement.evaluator)
    if not engagement.scorecards.filter(state=Scorecard.State.OPEN).exists():
        _gather(engagement, leaves, by)
    return scorecard


def _codes(leaves: Collection[Indicator], names: set[str]) -> str:
    """The fields as a person finds them on the sheet."""
    words = {VISITED_ON: _("Visited on"), REMARK: _("Remarks")}
    words |= {name: leaf.code for name, leaf in fields_of(leaves).items()}
    return "、".join(dict.fromkeys(words[name] for name in names_of(leaves) if name in names))


def _gather(engagement: Engagement, leaves: list[Indicator], by: User) -> None:
    """Open the sheets: marks are made of what was written. Nobody can change one any more; without outliers there is
    nothing for the lead to look at."""
    for scorecard in engagement.scorecards.select_for_update():
        _open_sheet(scorecard, leaves)
        record("scorecard.opened", scorecard, by=by, organisation=engagement.evaluator, sha256=scorecard.sha256)
    engagement.gather()
    engagement.save(update_fields=["state"])
    measure_engagement(engagement)
    record("engagement.gathered", engagement, by=by, organisation=engagement.evaluator)
    if queries.outliers(engagement):
        transaction.on_commit(partial(notices.tell_gathered.enqueue, str(engagement.pk)))
    else:
        make_scores(engagement, by=by)


def _open_sheet(scorecard: Scorecard, leaves: list[Indicator]) -> None:
    """What was crossed out on the way stays nobody's business: the entries go."""
    values = values_of(queries.heads_of(scorecard))
    Mark.objects.bulk_create(
        [
            Mark(
                scorecard=scorecard,
                indicator=leaf,
                points=int(values[f"points_{leaf.pk}"]),
                note=values.get(f"note_{leaf.pk}", ""),
            )
            for leaf in leaves
        ]
    )
    scorecard.visited_on = datetime.date.fromisoformat(values[VISITED_ON])
    scorecard.remark = values.get(REMARK, "")
    scorecard.save(update_fields=["visited_on", "remark"])
    scorecard.entries.all().delete()


@transaction.atomic
def add_scorer(engagement: Engagement, scorer: User, *, is_independent: bool, by: User) -> Scorecard:
    """One more scorer while the sheets are open: somebody fell ill, or a third view is wanted.

    Raises ValidationError: "state", "not_declared", "not_ours", "tied", "second_sheet".
    """
    engagement = locked(engagement)
    authorise(policies.may_start, by, engagement)
    if engagement.state != Engagement.State.SCORING:
        raise ValidationError(_("Scorers are named while the sheets are open."), code="state")
    wrong: tuple[str, str, str] | None = None
    if not is_independent:
        wrong = "is_independent", _("Without the declaration of independence nobody may score."), "not_declared"
    elif not has_role(scorer, engagement.evaluator, Role.EVALUATOR):
        wrong = "scorer", _("Every scorer must be an evaluator of your organisation."), "not_ours"
    elif not policies.is_untied(scorer, engagement.contract):
        wrong = "scorer", pgettext("scorer", "This person belongs to a side of the contract."), "tied"
    elif engagement.scorecards.filter(scorer=scorer).exists():
        wrong = "scorer", second_sheet(scorer), "second_sheet"
    if wrong:
        raise ValidationError({wrong[0]: ValidationError(wrong[1], code=wrong[2])})
    scorecard = Scorecard.objects.create(engagement=engagement, scorer=scorer)
    record("scorecard.added", scorecard, by=by, organisation=engagement.evaluator)
    transaction.on_commit(partial(notices.tell_scorer.enqueue, str(scorecard.pk)))
    return scorecard


def second_sheet(scorer: User) -> str:
    return _("%(name)s has a sheet in this evaluation already: each person scores once.") % {"name": scorer.name}
