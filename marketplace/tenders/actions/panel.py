"""The panel: drawn at random from the library of experts, in a way that anyone can run again."""

import datetime
import secrets
from collections.abc import Sequence
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import Organisation, Role, User

from .. import checks, notices, panelnotices, policies
from ..drawing import draw, library, ties_of
from ..models import ExpertTie, Panel, Panellist, Tender
from ..panelrules import refuse_share_of_experts
from .locking import locked_panel, locked_tender


@transaction.atomic
def draw_panel(
    tender: Tender,
    *,
    representatives: Sequence[User] = (),
    by_speciality: bool = False,
    by_region: bool = False,
    by: User,
) -> Panel:
    """Draw the panel at random (REG 39) from experts without a tie to the buyer or any bidder (REG 9).

    `representatives` are people of the buyer who sit beside the experts; at most a third, and none of them drafted or
    approved the tender. Raises ValidationError `pool_too_small`, `drawn_already`, `too_few_experts`, `not_of_buyer`.
    """
    tender = locked_tender(tender.pk)
    authorise(policies.may_draw_panel, by, tender)
    if Panel.objects.filter(tender=tender).exists():
        raise ValidationError(
            _(
                "The panel has been drawn already: a draw is held once "
                "(Regulation for Implementing the Government Procurement Law, Article 39)."
            ),
            code="drawn_already",
        )
    checks.refuse_panel_size(tender)
    _refuse_representatives(tender, representatives)
    pool, excluded = _pool(tender, by_speciality=by_speciality, by_region=by_region)
    panel = Panel.objects.create(
        tender=tender, seed=secrets.token_hex(16), pool=pool, excluded=excluded, drawn_at=clock.now(), drawn_by=by
    )
    _seat(panel, tender.panel_size - len(representatives), after=0)
    for user in representatives:
        last = panel.members.aggregate(last=Max("position"))["last"] or 0
        Panellist.objects.create(panel=panel, user=user, position=last + 1, kind=Panellist.Kind.BUYER)
    record(
        "panel.drawn",
        panel,
        by=by,
        organisation=tender.bureau,
        seed=panel.seed,
        pool=len(pool),
        excluded=len(excluded),
        size=tender.panel_size,
        representatives=len(representatives),
    )
    transaction.on_commit(partial(notices.tell_appointed.enqueue, str(panel.pk)))
    return panel


def _refuse_representatives(tender: Tender, users: Sequence[User]) -> None:
    refuse_share_of_experts(tender, tender.panel_size - len(set(users)))
    runs = {tender.drafted_by_id, tender.submitted_by_id, tender.approved_by_id}
    staff = set(
        tender.bureau.memberships.filter(ended_at=None).exclude(role=Role.EXPERT).values_list("user_id", flat=True)
    )
    for user in users:
        if user.pk not in staff or user.pk in runs:
            raise ValidationError(
                {
                    "representatives": ValidationError(
                        _("%(name)s can't represent the buyer: only its own people who don't run this tender."),
                        code="not_of_buyer",
                        params={"name": user.name},
                    )
                }
            )


def _pool(
    tender: Tender, *, by_speciality: bool = False, by_region: bool = False, without: Sequence[str] = ()
) -> tuple[list[str], list[list[str]]]:
    experts = library(tender, by_speciality=by_speciality, by_region=by_region)
    ties = ties_of(tender, experts)
    excluded = sorted([str(user.pk), cause] for user, cause in ties.items())
    kept_out = {pk for pk, _cause in excluded} | set(without)
    return [str(user.pk) for user in experts if str(user.pk) not in kept_out], excluded


def _seat(panel: Panel, count: int, *, after: int) -> None:
    """Seat the first of the draw. Raises ValidationError `pool_too_small`."""
    if len(panel.pool) < count:
        raise ValidationError(
            _(
                "Only %(there)s experts have no tie to the buyer or a bidder; %(needed)s are needed (Regulation for "
                "Implementing the Government Procurement Law, Articles 9 and 39)."
            ),
            code="pool_too_small",
            params={"there": len(panel.pool), "needed": count},
        )
    for position, pk in enumerate(draw(panel.seed, panel.pool)[:count], start=after + 1):
        Panellist.objects.create(panel=panel, user_id=pk, position=position)


def draw_again(tender: Tender, *, by: User) -> Panel:
    """A new panel without anyone of the old one; the old sheets are kept and count no more.

    The caller holds the tender's lock and has decided (a complaint, REG 44). The earlier draw stays published.
    """
    panel = locked_panel(tender)
    seated = [str(pk) for pk in panel.members.values_list("user_id", flat=True)]
    for seat in panel.members.select_for_update().sitting():
        seat.dismiss()
        seat.save(update_fields=["state"])
    _new_draw(panel, tender, seated, by)
    panel.scored_at = panel.report_due_at = panel.reported_at = panel.decision_due_at = None
    panel.draw_again()
    panel.save()
    _seat(panel, tender.panel_size, after=panel.members.aggregate(last=Max("position"))["last"] or 0)
    record(
        "panel.drawn_again",
        panel,
        by=by,
        organisation=tender.bureau,
        seed=panel.seed,
        pool=len(panel.pool),
        dismissed=len(seated),
    )
    transaction.on_commit(partial(notices.tell_appointed.enqueue, str(panel.pk)))
    return panel


def _new_draw(panel: Panel, tender: Tender, seated: Sequence[str], by: User) -> None:
    """A new seed and pool, without those who were seated before; the earlier draw stays published."""
    panel.earlier_draws = [
        *panel.earlier_draws,
        {"seed": panel.seed, "pool": panel.pool, "drawn_at": panel.drawn_at.isoformat()},
    ]
    panel.seed = secrets.token_hex(16)
    panel.pool, panel.excluded = _pool(tender, without=seated)
    panel.drawn_at, panel.drawn_by = clock.now(), by


@transaction.atomic
def fill_seats(tender: Tender, *, by: User) -> Panel:
    """Draw for the seats that recusals have left empty: only a full panel goes on (Order 87, Article 49).

    Raises ValidationError `seats_full`, `pool_too_small`.
    """
    tender = locked_tender(tender.pk)
    authorise(policies.may_draw_panel, by, tender)
    panel = locked_panel(tender)
    missing = tender.panel_size - panel.members.sitting().count()
    if missing <= 0:
        raise ValidationError(_("Every seat of the panel is taken."), code="seats_full")
    _new_draw(panel, tender, [str(pk) for pk in panel.members.values_list("user_id", flat=True)], by)
    panel.save()
    _seat(panel, missing, after=panel.members.aggregate(last=Max("position"))["last"] or 0)
    record(
        "panel.seats_filled",
        panel,
        by=by,
        organisation=tender.bureau,
        seed=panel.seed,
        pool=len(panel.pool),
        seats=missing,
    )
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

    With nobody left in the draw the seat stays empty, and nothing is ranked until the bureau has filled it.
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
        transaction.on_commit(partial(panelnotices.tell_seat_empty.enqueue, str(panel.pk)))
        return None
    last = panel.members.aggregate(last=Max("position"))["last"]
    successor = Panellist.objects.create(panel=panel, user_id=following, position=last + 1)
    record("expert.succeeded", successor, by=by, tender=panel.tender.number)
    transaction.on_commit(partial(notices.tell_appointed.enqueue, str(panel.pk)))
    return successor


@transaction.atomic
def declare_tie(organisation: Organisation, kind: str, *, ended_on: datetime.date | None = None, by: User) -> ExpertTie:
    """An expert declares a tie of their own or of their family: they are drawn for nothing that concerns it (REG 9).

    Raises ValidationError `future`, `declared_already`.
    """
    authorise(policies.is_expert, by)
    if ended_on is not None and ended_on > clock.today():
        raise ValidationError({"ended_on": ValidationError(_("This day lies in the future."), code="future")})
    if ExpertTie.objects.filter(user=by, organisation=organisation, kind=kind, ended_on=ended_on).exists():
        raise ValidationError(_("You have declared this tie already."), code="declared_already")
    tie = ExpertTie.objects.create(user=by, organisation=organisation, kind=kind, ended_on=ended_on, declared_by=by)
    record("expert.tie_declared", tie, by=by, kind=kind)
    return tie
