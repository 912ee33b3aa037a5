"""The chair: who presides, and what is made of a sheet that lies far from the others."""

from collections.abc import Mapping
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import User

from .. import policies
from ..chairing import moderator_of, sitting_on
from ..models import Criterion, Moderation, Panellist, Score
from .locking import locked_panel, locked_tender
from .ranking import rank_when_ready


@transaction.atomic
def vote_for_chair(panellist: Panellist, candidate: Panellist, *, by: User) -> Panellist:
    """Members elect their chair among the experts; the buyer's representative can't preside (Order 87, Article 47).

    Raises ValidationError `not_expert`.
    """
    tender = locked_tender(panellist.panel.tender_id)
    panel = locked_panel(tender)
    seat = panel.members.select_for_update().get(pk=panellist.pk)
    authorise(policies.may_score, by, seat)
    candidate = panel.members.sitting().get(pk=candidate.pk)
    if candidate.kind != Panellist.Kind.EXPERT:
        raise ValidationError(
            _("The buyer's representative can't preside over the panel (Order 87, Article 47)."), code="not_expert"
        )
    seat.chair_vote = candidate
    seat.save(update_fields=["chair_vote"])
    record("expert.voted_for_chair", seat, by=by, tender=tender.number)
    return seat


@transaction.atomic
def moderate_sheet(
    moderation: Moderation, corrections: Mapping[Criterion, Decimal], *, reason: str, by: User
) -> Moderation:
    """Keep an outlying sheet, or correct single points of it; either way with a reason (87:64).

    What stood there before is kept beside it. The chair decides; on the chair's own sheet the next expert does.
    Raises ValidationError `reason_missing`, `decided`, and on `points-<criterion>` `points`.
    """
    tender = locked_tender(moderation.scorecard.panellist.panel.tender_id)
    panel = locked_panel(tender)
    moderation = (
        Moderation.objects.select_for_update(of=("self",))
        .select_related("scorecard__panellist")
        .get(pk=moderation.pk, scorecard__panellist__panel=panel)
    )
    seat = moderation.scorecard.panellist
    authorise(policies.may_moderate, by, moderator_of(sitting_on(panel), seat))
    if moderation.is_decided:
        raise ValidationError(_("This sheet has been decided on."), code="decided")
    if not reason.strip():
        raise ValidationError(
            {"reason": ValidationError(_("Say why. The reason goes into the report."), code="reason_missing")}
        )
    originals, errors = {}, {}
    for score in (
        Score.objects.select_for_update(of=("self",)).filter(scorecard=moderation.scorecard).select_related("criterion")
    ):
        points = corrections.get(score.criterion)
        if points is None or points == score.points:
            continue
        if not 0 <= points <= score.criterion.weight:
            errors[f"points-{score.criterion_id}"] = ValidationError(
                _("Give 0 to %(most)s points."),
                code="points",
                params={"most": format(score.criterion.weight.normalize(), "f")},
            )
            continue
        originals[str(score.criterion_id)] = str(score.points)
        score.points = points
        score.save(update_fields=["points"])
    if errors:
        raise ValidationError(errors)
    moderation.reason, moderation.originals = reason.strip(), originals
    moderation.decided_by, moderation.decided_at = by, clock.now()
    moderation.save(update_fields=["reason", "originals", "decided_by", "decided_at"])
    record("score.moderated", moderation, by=by, organisation=tender.bureau, changed=len(originals), reason=reason)
    rank_when_ready(tender, by=by)
    return moderation
