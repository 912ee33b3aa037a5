"""Drafting: from the first line to handing in. Only officers of the bureau, only while it is a draft."""

import datetime
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.ledger.models import BudgetLine
from marketplace.pages import clock
from marketplace.pages.money import format_yuan
from marketplace.parties.models import Organisation, User

from .. import checks, policies
from ..checks.terms import usual_discount
from ..custodians import custodians_to_choose
from ..models import Custodian, Lot, PlanLine, Tender

ABOUT_FIELDS = {
    "title",
    "title_en",
    "about",
    "method",
    "region",
    "budget_line",
    "contact_name",
    "contact_phone",
    "panel_size",
}
NOTICED_FIELDS = {"title", "about", "method"}  # what a single-source notice has told, besides the lots
LOT_FIELDS = {
    "title",
    "description",
    "category",
    "place",
    "ceiling",
    "term_months",
    "long_term_reason",
    "quantity",
    "unit",
    "reserved_for",
}


def locked_draft(tender: Tender, by: User) -> Tender:
    """The tender under lock, which `by` may edit."""
    tender = Tender.objects.select_for_update(of=("self",)).select_related("bureau__region").get(pk=tender.pk)
    authorise(policies.may_edit, by, tender)
    return tender


@transaction.atomic
def draft_tender(
    bureau: Organisation, title: str, *, plan_line: PlanLine | None = None, by: User, **about: Any
) -> Tender:
    """Begin a tender, for a line of the plan where there is one. `about` takes what `describe_tender` takes."""
    authorise(policies.may_draft, by, bureau)
    tender = Tender(bureau=bureau, title=title, plan_line=plan_line, drafted_by=by, region=bureau.region)
    tender.small_discount = usual_discount(tender)
    _describe(tender, about)
    tender.save()
    record("tender.drafted", tender, by=by, organisation=bureau)
    return tender


@transaction.atomic
def describe_tender(tender: Tender, *, by: User, **about: Any) -> Tender:
    """Change title, need, method, budget line, place, contact, size of the panel."""
    tender = locked_draft(tender, by)
    _describe(tender, about)
    tender.save()
    record("tender.described", tender, by=by, organisation=tender.bureau, fields=sorted(about))
    return tender


def _describe(tender: Tender, about: dict[str, Any]) -> None:
    if unknown := about.keys() - ABOUT_FIELDS:
        raise TypeError(f"describe_tender takes no {', '.join(sorted(unknown))}")
    if any(getattr(tender, name) != about[name] for name in NOTICED_FIELDS & about.keys()):
        checks.refuse_after_notice(tender)
    for name, value in about.items():
        setattr(tender, name, value)
    checks.refuse_method(tender)
    checks.refuse_changed_method(tender)
    checks.refuse_panel_size(tender)
    line: BudgetLine | None = tender.budget_line
    if line is not None and line.bureau_id != tender.bureau_id:
        raise ValidationError(
            {"budget_line": ValidationError(_("This budget line belongs to another bureau."), code="foreign_line")}
        )
    if line is not None and tender.pk:
        checks.refuse_ceilings(tender, line)


@transaction.atomic
def add_lot(tender: Tender, *, by: User, **fields: Any) -> Lot:
    """Add a lot. Money in fen. Raises ValidationError on `ceiling` (`budget_short`) and `term_months` (`term`)."""
    tender = locked_draft(tender, by)
    last = tender.lots.aggregate(last=Max("position"))["last"] or 0
    lot = Lot(tender=tender, position=last + 1)
    _write_lot(lot, fields)
    record("lot.added", lot, by=by, organisation=tender.bureau, ceiling=lot.ceiling)
    return lot


@transaction.atomic
def change_lot(lot: Lot, *, by: User, **fields: Any) -> Lot:
    """Change a lot of a draft; refusals as in `add_lot`."""
    tender = locked_draft(lot.tender, by)
    lot = tender.lots.get(pk=lot.pk)
    _write_lot(lot, fields)
    record("lot.changed", lot, by=by, organisation=tender.bureau, ceiling=lot.ceiling)
    return lot


@transaction.atomic
def remove_lot(lot: Lot, *, by: User) -> None:
    """Take a lot out of the draft; the ones behind it move up."""
    tender = locked_draft(lot.tender, by)
    checks.refuse_after_notice(tender)
    lot = tender.lots.get(pk=lot.pk)
    record("lot.removed", lot, by=by, organisation=tender.bureau)
    lot.delete()
    for position, other in enumerate(tender.lots.order_by("position"), start=1):
        if other.position != position:
            other.position = position
            other.save(update_fields=["position"])


def _write_lot(lot: Lot, fields: dict[str, Any]) -> None:
    if unknown := fields.keys() - LOT_FIELDS:
        raise TypeError(f"a lot has no {', '.join(sorted(unknown))}")
    if any(getattr(lot, name) != value for name, value in fields.items()):
        checks.refuse_after_notice(lot.tender)
    for name, value in fields.items():
        setattr(lot, name, value)
    checks.refuse_lot(lot)
    lot.save()


@transaction.atomic
def set_schedule(
    tender: Tender,
    *,
    by: User,
    documents_until: datetime.date,
    questions_until: datetime.datetime,
    bids_due_at: datetime.datetime,
) -> Tender:
    """Set the dates. Each refusal names its field, the rule and the first date that it allows."""
    tender = locked_draft(tender, by)
    tender.documents_until, tender.questions_until, tender.bids_due_at = documents_until, questions_until, bids_due_at
    checks.refuse_schedule(tender, clock.now())
    tender.save(update_fields=["documents_until", "questions_until", "bids_due_at"])
    record("tender.scheduled", tender, by=by, organisation=tender.bureau, bids_due_at=bids_due_at.isoformat())
    return tender


@transaction.atomic
def name_custodians(tender: Tender, users: Sequence[User], *, by: User) -> None:
    """Name the three people who will hold the key. Each must have set a passphrase before approval."""
    tender = locked_draft(tender, by)
    if len({user.pk for user in users}) != 3:
        raise ValidationError(
            {"custodians": ValidationError(_("Name three different custodians."), code="three_custodians")}
        )
    able = set(custodians_to_choose().values_list("pk", flat=True))
    for user in users:
        if user.pk not in able:
            raise ValidationError(
                {
                    "custodians": ValidationError(
                        _("%(name)s is not a key custodian of a bureau."),
                        code="not_custodian",
                        params={"name": user.name},
                    )
                }
            )
    tender.custodians.all().delete()
    for position, user in enumerate(users, start=1):
        Custodian.objects.create(tender=tender, user=user, position=position)
    record("tender.custodians_named", tender, by=by, organisation=tender.bureau)


@transaction.atomic
def submit_for_approval(tender: Tender, *, by: User) -> Tender:
    """Hand the draft to a second officer. Raises ValidationError naming every part that is not done."""
    tender = locked_draft(tender, by)
    if faults := checks.faults(tender):
        raise ValidationError([fault.error for fault in faults])
    tender.submit()
    tender.submitted_by, tender.submitted_at, tender.return_reason = by, clock.now(), ""
    tender.save(update_fields=["state", "submitted_by", "submitted_at", "return_reason"])
    record(
        "tender.submitted_for_approval",
        tender,
        by=by,
        organisation=tender.bureau,
        ceiling=tender.ceiling,
        ceiling_text=format_yuan(tender.ceiling),
    )
    return tender
