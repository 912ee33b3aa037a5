"""After a failure: the same need again, or by another method that the finance department allows (GPL 37)."""

from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import Organisation, User

from .. import checks, notices, policies
from ..checks.method import FAILED_TENDER, TENDERS, grounds_of
from ..checks.refusals import on_field
from ..methods import METHODS
from ..models import Criterion, Lot, MethodChange, Tender
from ..rulebook import day_of, rule_for
from .criteria import rows_of, write_scored_criteria
from .locking import locked_tender
from .numbering import number_of

TAKEN_ALONG = (
    "bureau",
    "budget_line",
    "title",
    "title_en",
    "about",
    "method",
    "region",
    "contact_name",
    "contact_phone",
    "panel_size",
    "plan_line",
    "no_intention_reason",
    "consultation",
    "consultation_note",
    "catalogue_code",
    "is_outside_negative_list",
    "second_stage",
    "pricing",
    "small_discount",
    "abnormal_percent",
    "challenges_once",
    "bid_bond",
)
OF_A_LOT = (
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
)


def lots_to_repeat(tender: Tender) -> QuerySet[Lot]:
    """Failed or given up, and not on offer again already."""
    living = Lot.objects.exclude(state__in=[Lot.State.FAILED, Lot.State.CANCELLED]).exclude(
        tender__state__in=[Tender.State.FAILED, Tender.State.CANCELLED]
    )
    return tender.lots.filter(state__in=[Lot.State.FAILED, Lot.State.CANCELLED]).exclude(attempts__in=living)


@transaction.atomic
def propose_method_change(
    tender: Tender, *, method: str, ground: str, reason: str, reviewer: Organisation, by: User
) -> MethodChange:
    """Ask a finance department to allow another method for what failed.

    Raises ValidationError on the field, with the article: `not_failed`, `same_method`, `no_approval_needed`,
    `rfq_for_services`, `ground_missing`, `no_failed_tender`, `ground_reason_missing`, `reviewer`, `asked_already`.
    """
    tender = locked_tender(tender.pk)
    authorise(policies.may_ask_for_another_method, by, tender)
    source = rule_for(tender, "tender.method_change_approval").citation
    if not lots_to_repeat(tender).exists():
        raise ValidationError(_("Everything that failed is on offer again already."), code="repeated_already")
    if method == tender.method:
        raise on_field("method", _("By the same method it is simply tendered again."), "same_method")
    if method == Tender.Method.OPEN:
        text = _("A public tender needs no approval: make the new draft and choose it (%(source)s).")
        raise on_field("method", text, "no_approval_needed", source=source)
    _refuse_ground(tender, method, ground)
    if not reason.strip():
        text = _("State the facts behind this ground: they are published.")
        raise on_field("reason", text, "ground_reason_missing")
    if reviewer.kind != Organisation.Kind.FINANCE:
        text = _("A change of method is allowed by a finance department (%(source)s).")
        raise on_field("reviewer", text, "reviewer", source=source)
    if tender.method_changes.filter(state=MethodChange.State.PROPOSED).exists():
        raise ValidationError(_("A change of method has been asked for and is not decided yet."), code="asked_already")
    change = MethodChange.objects.create(
        tender=tender,
        method=method,
        ground=ground,
        reason=reason.strip(),
        reviewer=reviewer,
        proposed_by=by,
        proposed_at=clock.now(),
    )
    record("method_change.proposed", change, by=by, organisation=tender.bureau, method=method, ground=ground)
    transaction.on_commit(partial(notices.tell_method_change.enqueue, str(change.pk)))
    return change


def _refuse_ground(tender: Tender, method: str, ground: str) -> None:
    wanted = Tender(bureau=tender.bureau, method=method)
    checks.refuse_method(wanted)
    rule = rule_for(wanted, "tender.method_conditions")
    if METHODS[method].needs_ground and ground not in dict(grounds_of(wanted)):
        text = _("Choose the ground on which this method may be used (%(source)s).")
        raise on_field("ground", text, "ground_missing", source=rule.citation)
    if ground == FAILED_TENDER and tender.method not in TENDERS:
        text = _("Only a public or invited tender that failed is such a ground (%(source)s).")
        raise on_field("ground", text, "no_failed_tender", source=rule.citation)


@transaction.atomic
def decide_method_change(change: MethodChange, *, is_allowed: bool, reason: str = "", by: User) -> MethodChange:
    """The finance department allows the other method, under a number of its own, or refuses it with its reason.

    Raises ValidationError `reason_missing`, `decided_already`.
    """
    change = _locked(change)
    if change.state != MethodChange.State.PROPOSED:
        raise ValidationError(_("This request has been decided."), code="decided_already")
    authorise(policies.may_decide_method_change, by, change)
    if not is_allowed and not reason.strip():
        raise on_field("reason", _("Say why it is refused."), "reason_missing")
    if is_allowed:
        change.approve()
        change.number = number_of(change.reviewer, "method_change", "B")
    else:
        change.refuse()
    change.decided_by, change.decided_at, change.decision_reason = by, clock.now(), reason.strip()
    change.save(update_fields=["state", "number", "decided_by", "decided_at", "decision_reason"])
    record(
        "method_change.approved" if is_allowed else "method_change.refused",
        change,
        by=by,
        organisation=change.reviewer,
        number=change.number or "",
        method=change.method,
    )
    transaction.on_commit(partial(notices.tell_method_change.enqueue, str(change.pk)))
    return change


@transaction.atomic
def withdraw_method_change(change: MethodChange, *, by: User) -> MethodChange:
    """The bureau no longer asks. Raises ValidationError `decided_already`."""
    change = _locked(change)
    if change.state != MethodChange.State.PROPOSED:
        raise ValidationError(_("This request has been decided."), code="decided_already")
    authorise(policies.may_withdraw_method_change, by, change)
    change.withdraw()
    change.save(update_fields=["state"])
    record("method_change.withdrawn", change, by=by, organisation=change.tender.bureau)
    return change


def _locked(change: MethodChange) -> MethodChange:
    locked_tender(change.tender_id)
    rows = MethodChange.objects.select_for_update(of=("self",)).select_related("tender__bureau", "reviewer__region")
    return rows.get(pk=change.pk)


@transaction.atomic
def repeat_tender(tender: Tender, *, change: MethodChange | None = None, by: User) -> Tender:
    """A new draft with the words, the criteria and those lots that failed; dates, documents and people are new.

    With an approved `change` the draft is by that method, with its ground and the number of its approval.
    Raises ValidationError `repeated_already`, `change_not_approved`.
    """
    tender = locked_tender(tender.pk)
    authorise(policies.may_repeat, by, tender)
    wanted = list(lots_to_repeat(tender).order_by("position"))
    if not wanted:
        raise ValidationError(_("Everything that failed is on offer again already."), code="repeated_already")
    draft = Tender(drafted_by=by, again=tender, **{name: getattr(tender, name) for name in TAKEN_ALONG})
    if change is not None:
        _take_over(draft, tender, change)
    draft.save()
    for position, lot in enumerate(wanted, start=1):
        Lot.objects.create(
            tender=draft, position=position, repeats=lot, **{name: getattr(lot, name) for name in OF_A_LOT}
        )
    _take_criteria_along(draft, tender)
    record("tender.repeated", draft, by=by, organisation=draft.bureau, number=tender.number or "", method=draft.method)
    return draft


def _take_over(draft: Tender, tender: Tender, change: MethodChange) -> None:
    change = MethodChange.objects.get(pk=change.pk)
    if change.tender_id != tender.pk or change.state != MethodChange.State.APPROVED:
        raise ValidationError(_("The finance department has not allowed this change."), code="change_not_approved")
    draft.method_change, draft.method = change, change.method
    draft.method_ground, draft.method_reason = change.ground, change.reason
    draft.approval_number, draft.approval_date = change.number or "", day_of(change.decided_at)
    draft.pricing = ""  # the new method counts prices its own way


def _take_criteria_along(draft: Tender, tender: Tender) -> None:
    """Conditions always; points only where the method still counts them the same way."""
    for criterion in tender.criteria.qualification():
        Criterion.objects.create(
            tender=draft,
            part=criterion.part,
            position=criterion.position,
            name=criterion.name,
            guidance=criterion.guidance,
            bias_reason=criterion.bias_reason,
        )
    rows = rows_of(tender)
    try:
        checks.refuse_weights(draft, [(row.part, row.weight) for row in rows])
        checks.refuse_lowest_price(draft, rows)
    except ValidationError:
        return  # the draft's task list asks for points that fit the new method
    write_scored_criteria(draft, rows)
