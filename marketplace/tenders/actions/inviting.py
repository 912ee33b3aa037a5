"""Inviting: the qualified list and its draw, the one supplier, its public notice and the objections to it."""

import secrets
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.pages.dates import written_day
from marketplace.parties.actions import service_user
from marketplace.parties.models import Organisation, User
from marketplace.rules.calendar import due_date

from .. import policies
from ..checks.method import needs_notice, refuse_ground
from ..invitations import commitment, draw, may_be_invited
from ..methods import WhoMayBid, method_of
from ..models import Invitation, InvitationDraw, Objection, QualifiedSupplier, SingleSourceNotice, Tender
from ..rulebook import limit, rule_for
from .drafting import locked_draft

PUBLIC = "tenders.public"  # acts for people who need not sign in


def _of_method(tender: Tender, who: WhoMayBid) -> None:
    if method_of(tender).who_may_bid != who:
        raise ValidationError(_("This method does not invite that way."), code="method")


@transaction.atomic
def qualify_suppliers(tender: Tender, suppliers: Iterable[Organisation], *, by: User) -> None:
    """Write the list of those who meet the qualifications, from which will be drawn (GPL 34, Order 87 Article 14).

    Raises ValidationError `drawn_already`, `not_trading`.
    """
    tender = locked_draft(tender, by)
    _of_method(tender, WhoMayBid.INVITED)
    _refuse_drawn(tender)
    wanted = {supplier.pk: supplier for supplier in suppliers}
    if may_be_invited().filter(pk__in=wanted).count() != len(wanted):
        raise ValidationError(
            {
                "suppliers": ValidationError(
                    _("One of them may not trade at present (Government Procurement Law, Article 22)."),
                    code="not_trading",
                )
            }
        )
    tender.qualified.all().delete()
    for supplier in sorted(wanted.values(), key=lambda one: one.uscc):
        QualifiedSupplier.objects.create(tender=tender, supplier=supplier)
    record("tender.suppliers_qualified", tender, by=by, organisation=tender.bureau, count=len(wanted))


def _refuse_drawn(tender: Tender) -> None:
    if InvitationDraw.objects.filter(tender=tender).exists():
        raise ValidationError(
            _("The draw has been held: it can't be held again (Order 87, Article 14)."),
            code="drawn_already",
        )


@transaction.atomic
def draw_invitations(tender: Tender, wanted: int, *, by: User) -> InvitationDraw:
    """Draw at random who is invited. One draw a tender: seed and list are kept and published after the opening.

    Raises ValidationError `drawn_already`, `too_few_invited` (GPL 34), `list_too_short` (Order 87 Article 14).
    """
    tender = locked_draft(tender, by)
    _of_method(tender, WhoMayBid.INVITED)
    _refuse_drawn(tender)
    least, factor = rule_for(tender, "tender.min_suppliers"), rule_for(tender, "tender.invitation_pool_factor")
    if wanted < int(least.value or 0):
        raise ValidationError(
            {
                "wanted": ValidationError(
                    _("At least %(least)s suppliers are invited (%(source)s)."),
                    code="too_few_invited",
                    params={"least": int(least.value or 0), "source": least.citation},
                )
            }
        )
    suppliers = {row.supplier.uscc: row.supplier for row in tender.qualified.select_related("supplier")}
    if len(suppliers) < wanted * int(factor.value or 1):
        raise ValidationError(
            _("The list must hold at least %(needed)s suppliers to draw %(wanted)s; it holds %(there)s (%(source)s)."),
            code="list_too_short",
            params={
                "needed": wanted * int(factor.value or 1),
                "wanted": wanted,
                "there": len(suppliers),
                "source": factor.citation,
            },
        )
    seed = secrets.token_hex(16)
    held = InvitationDraw.objects.create(
        tender=tender, wanted=wanted, seed=seed, pool=sorted(suppliers), drawn_at=clock.now(), drawn_by=by
    )
    for position, uscc in enumerate(draw(seed, suppliers)[:wanted], start=1):
        Invitation.objects.create(tender=tender, supplier=suppliers[uscc], position=position)
    record(
        "tender.invitations_drawn",
        held,
        by=by,
        organisation=tender.bureau,
        commitment=commitment(seed),
        pool=len(suppliers),
        wanted=wanted,
    )
    return held


@transaction.atomic
def name_supplier(tender: Tender, supplier: Organisation, *, by: User) -> Invitation:
    """Name the one supplier of a single source. Raises ValidationError `noticed_already`, `not_trading`."""
    tender = locked_draft(tender, by)
    _of_method(tender, WhoMayBid.ONE)
    if SingleSourceNotice.objects.filter(tender=tender).exists():
        raise ValidationError(_("The notice names the supplier already."), code="noticed_already")
    if not may_be_invited().filter(pk=supplier.pk).exists():
        raise ValidationError(
            {
                "supplier": ValidationError(
                    _("This supplier may not trade at present (Government Procurement Law, Article 22)."),
                    code="not_trading",
                )
            }
        )
    tender.invitations.all().delete()
    invitation = Invitation.objects.create(tender=tender, supplier=supplier, position=1)
    record("tender.supplier_named", tender, by=by, organisation=tender.bureau, supplier=supplier.uscc)
    return invitation


@transaction.atomic
def publish_single_source_notice(tender: Tender, *, opinions: str, by: User) -> SingleSourceNotice:
    """Tell the public that only one supplier is to be asked (REG 38). A second officer publishes it.

    Raises ValidationError `noticed_already`, `notice_unneeded`, `supplier_missing`, `opinions_missing`.
    """
    tender = Tender.objects.select_for_update(of=("self",)).select_related("bureau__region").get(pk=tender.pk)
    authorise(policies.may_publish_notice, by, tender)
    refuse_ground(tender)
    rule = rule_for(tender, "tender.notice_period")
    if SingleSourceNotice.objects.filter(tender=tender).exists():
        raise ValidationError(_("This notice is published already."), code="noticed_already")
    if not needs_notice(tender):
        raise ValidationError(
            _("A notice is needed only where a single supplier is unique and the threshold is reached (%(source)s)."),
            code="notice_unneeded",
            params={"source": rule.citation},
        )
    named = tender.invitations.select_related("supplier").first()
    if named is None:
        raise ValidationError(_("Name the supplier first."), code="supplier_missing")
    if not opinions.strip():
        raise ValidationError(
            {
                "opinions": ValidationError(
                    _("The notice carries the experts' opinions with their names and posts (%(source)s)."),
                    code="opinions_missing",
                    params={"source": rule.citation},
                )
            }
        )
    now = clock.now()
    ends_on = due_date(clock.today(), rule)
    notice = SingleSourceNotice.objects.create(
        tender=tender,
        supplier=named.supplier,
        reason=tender.method_reason,
        opinions=opinions,
        published_at=now,
        published_by=by,
        ends_on=ends_on,
        replies_due_at=limit(tender, "tender.objection_reply_period", ends_on),
    )
    record(
        "tender.single_source_noticed",
        notice,
        by=by,
        organisation=tender.bureau,
        supplier=named.supplier.uscc,
        ends_on=notice.ends_on.isoformat(),
    )
    return notice


@transaction.atomic
def object_to_notice(notice: SingleSourceNotice, *, name: str, contact: str, text: str) -> Objection:
    """Any supplier, body or person objects in writing while the notice stands; nobody need sign in.

    Raises ValidationError `notice_over`, and on an empty field `name_missing`, `contact_missing`, `text_missing`.
    """
    notice = (
        SingleSourceNotice.objects.select_for_update(of=("self",)).select_related("tender__bureau").get(pk=notice.pk)
    )
    if clock.today() > notice.ends_on:
        raise ValidationError(
            _("The notice ended on %(end)s (Regulation for Implementing the Government Procurement Law, Article 38)."),
            code="notice_over",
            params={"end": written_day(notice.ends_on)},
        )
    said = {"name": name, "contact": contact, "text": text}
    if empty := {
        field: ValidationError(_("Fill this in."), code=f"{field}_missing")
        for field, value in said.items()
        if not value.strip()
    }:
        raise ValidationError(empty)
    objection = Objection.objects.create(notice=notice, submitted_at=clock.now(), **said)
    record("objection.submitted", objection, by=service_user(PUBLIC), organisation=notice.tender.bureau)
    return objection


@transaction.atomic
def answer_objection(objection: Objection, *, reply: str, is_upheld: bool, by: User) -> Objection:
    """Answer an objection after hearing experts again; one that holds bars the single source (Order 74 Article 40).

    Raises ValidationError `answered_already`, `reply_missing`.
    """
    notice = SingleSourceNotice.objects.select_for_update(of=("self",)).get(pk=objection.notice_id)
    objection = (
        notice.objections.select_for_update(of=("self",)).select_related("notice__tender__bureau").get(pk=objection.pk)
    )
    authorise(policies.may_publish_notice, by, objection.notice.tender)
    if objection.is_upheld is not None:
        raise ValidationError(_("This objection is answered already."), code="answered_already")
    if not reply.strip():
        raise ValidationError({"reply": ValidationError(_("Write the reply."), code="reply_missing")})
    objection.reply, objection.is_upheld, objection.replied_at, objection.replied_by = reply, is_upheld, clock.now(), by
    objection.save(update_fields=["reply", "is_upheld", "replied_at", "replied_by"])
    record("objection.replied", objection, by=by, organisation=objection.notice.tender.bureau, is_upheld=is_upheld)
    return objection
