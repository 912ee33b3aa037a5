"""The panel: drawn at random from the pool of experts, in a way that anyone can run again."""

import secrets
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import User

from .. import checks, notices, policies
from ..drawing import draw, pool_for
from ..models import Panel, Panellist, Tender


def _locked_tender(tender: Tender) -> Tender:
    return Tender.objects.select_for_update(of=("self",)).select_related("bureau__region").get(pk=tender.pk)


@transaction.atomic
def draw_panel(tender: Tender, *, by: User) -> Panel:
    """Draw the panel at random (REG 39) from experts without a tie to the buyer or any bidder (REG 9).

    Raises ValidationError `pool_too_small`, `drawn_already`.
    """
    tender = _locked_tender(tender)
    authorise(policies.may_draw_panel, by, tender)
    if Panel.objects.filter(tender=tender).exists():
        raise ValidationError(_("The panel has been drawn already."), code="drawn_already")
    checks.refuse_panel_size(tender)
    pool = [str(user.pk) for user in pool_for(tender)]
    if len(pool) < tender.panel_size:
        raise ValidationError(
            _("Only %(there)s experts have no tie to the buyer or a bidder; %(needed)s are needed."),
            code="pool_too_small",
            params={"there": len(pool), "needed": tender.panel_size},
        )
    seed = secrets.token_hex(16)
    panel = Panel.objects.create(tender=tender, seed=seed, pool=pool, drawn_at=clock.now(), drawn_by=by)
    for position, pk in enumerate(draw(seed, pool)[: tender.panel_size], start=1):
        Panellist.objects.create(panel=panel, user_id=pk, position=position)
    record("panel.drawn", panel, by=by, organisation=tender.bureau, seed=seed, pool=len(pool), size=tender.panel_size)
    transaction.on_commit(partial(notices.tell_appointed.enqueue, str(panel.pk)))
    return panel


def _locked_seat(panellist: Panellist, by: User) -> Panellist:
    panel = Panel.objects.select_for_update().get(pk=panellist.panel_id)
    panellist = (
        Panellist.objects.select_for_update(of=("self",))
        .select_related("panel__tender")
        .get(pk=panellist.pk, panel=panel)
    )
    authorise(policies.may_score, by, panellist)
    if panellist.state != Panellist.State.APPOINTED:
        raise ValidationError(_("You have declared yourself already."), code="declared_already")
    return panellist


@transaction.atomic
def declare_no_conflict(panellist: Panellist, *, by: User) -> Panellist:
    """“No tie to any of these bidders within three years, nor has my family” (REG 9). Only then are bids shown."""
    panellist = _locked_seat(panellist, by)
    panellist.declare()
    panellist.declared_at = clock.now()
    panellist.save(update_fields=["state", "declared_at"])
    record("expert.declared", panellist, by=by, tender=panellist.panel.tender.number)
    return panellist


@transaction.atomic
def recuse(panellist: Panellist, *, reason: str, by: User) -> Panellist | None:
    """Step down for a conflict; the next one in the draw's order takes the seat. Returns who that is.

    Raises ValidationError `pool_empty` when the draw has nobody left.
    """
    panellist = _locked_seat(panellist, by)
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Say why."), code="reason_missing")})
    panellist.recuse()
    panellist.recuse_reason = reason
    panellist.save(update_fields=["state", "recuse_reason"])
    panel = panellist.panel
    seated = {str(pk) for pk in panel.members.values_list("user_id", flat=True)}
    following = next((pk for pk in draw(panel.seed, panel.pool) if pk not in seated), None)
    record("expert.recused", panellist, by=by, tender=panel.tender.number)
    if following is None:
        raise ValidationError(_("Nobody is left in the draw: tell the bureau."), code="pool_empty")
    last = panel.members.aggregate(last=Max("position"))["last"]
    successor = Panellist.objects.create(panel=panel, user_id=following, position=last + 1)
    record("expert.succeeded", successor, by=by, tender=panel.tender.number)
    transaction.on_commit(partial(notices.tell_appointed.enqueue, str(panel.pk)))
    return successor
