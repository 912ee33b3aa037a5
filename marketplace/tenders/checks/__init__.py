"""What a tender may not be: each check raises ValidationError on the field that is wrong, with its article."""

from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from marketplace.pages import clock

from ..methods import PriceFormula, method_of
from ..models import Criterion, CustodianKey, Tender
from .criteria import (
    Level,
    QualificationRow,
    ScoredRow,
    refuse_bias,
    refuse_levels,
    refuse_lowest_price,
    refuse_scored_qualification,
    refuse_unquantified,
    refuse_weights,
)
from .lots import refuse_ceilings, refuse_lot, refuse_premises
from .method import (
    refuse_after_notice,
    refuse_changed_method,
    refuse_ground,
    refuse_method,
    refuse_panel_size,
    refuse_second_stage,
    refuse_splitting,
    refuse_unapproved_method,
    refuse_uninvited,
)
from .planning import (
    refuse_negative_list,
    refuse_outside_catalogue,
    refuse_unheard_residents,
    refuse_without_intention,
    refuse_without_plan,
)
from .refusals import Fault, code_of
from .schedule import refuse_schedule
from .terms import refuse_abnormal_percent, refuse_pricing, refuse_small_discount

__all__ = [
    "Fault",
    "Level",
    "QualificationRow",
    "ScoredRow",
    "faults",
    "refuse_after_notice",
    "refuse_bias",
    "refuse_ceilings",
    "refuse_changed_method",
    "refuse_levels",
    "refuse_lot",
    "refuse_lowest_price",
    "refuse_method",
    "refuse_negative_list",
    "refuse_panel_size",
    "refuse_premises",
    "refuse_schedule",
    "refuse_scored_qualification",
    "refuse_weights",
]


def faults(tender: Tender) -> list[Fault]:
    """Everything that keeps the draft from being handed in, by task."""
    found: list[Fault] = []

    def look(part: str, *checks: Callable[[], None]) -> None:
        for check in checks:
            try:
                check()
            except ValidationError as error:
                found.append(Fault(part, code_of(error), ValidationError(error.messages)))

    def missing(part: str, text: str, code: str) -> None:
        found.append(Fault(part, code, ValidationError(text, code=code)))

    lots, criteria = list(tender.lots.all()), list(tender.criteria.filter(is_group=False))
    look(
        "about",
        lambda: refuse_method(tender),
        lambda: refuse_changed_method(tender),
        lambda: refuse_panel_size(tender),
    )
    if not tender.about.strip():
        missing("about", _("Say what is needed."), "about_missing")
    line = tender.budget_line
    if line is None:
        missing("about", _("Choose the budget line."), "budget_line_missing")
    elif lots:
        look("about", lambda: refuse_ceilings(tender, line))
    if not tender.contact_name or not tender.contact_phone:
        missing("about", _("Name a contact person and a telephone number."), "contact_missing")
    look(
        "plan",
        lambda: refuse_without_plan(tender),
        lambda: refuse_without_intention(tender),
        lambda: refuse_unheard_residents(tender),
        lambda: refuse_outside_catalogue(tender),
        lambda: refuse_negative_list(tender),
    )
    look(
        "method",
        lambda: refuse_ground(tender),
        lambda: refuse_unapproved_method(tender),
        lambda: refuse_splitting(tender),
        lambda: refuse_second_stage(tender),
    )
    look("invitations", lambda: refuse_uninvited(tender))
    if not lots:
        missing("lots", _("Add at least one lot."), "lots_missing")
    look("lots", *(lambda lot=lot: refuse_lot(lot) for lot in lots))
    look(
        "terms",
        lambda: refuse_pricing(tender),
        lambda: refuse_small_discount(tender),
        lambda: refuse_abnormal_percent(tender),
    )
    _look_at_criteria(tender, criteria, look, missing)
    if tender.bids_due_at is None:
        missing("schedule", _("Set the dates."), "schedule_missing")
    else:
        look("schedule", lambda: refuse_schedule(tender, clock.now()))
    if not tender.documents.current().exists():
        missing("documents", _("Upload the tender document."), "documents_missing")
    _look_at_custodians(tender, missing)
    return found


def _look_at_criteria(tender: Tender, criteria: list[Criterion], look: Callable, missing: Callable) -> None:
    qualifications = [c for c in criteria if c.part == Criterion.Part.QUALIFICATION]
    scored = [c for c in criteria if c.part != Criterion.Part.QUALIFICATION]
    if not qualifications:
        missing("qualifications", _("Add at least one qualification criterion."), "qualifications_missing")
    look(
        "qualifications",
        *(lambda c=c: refuse_bias(tender, c.name, c.guidance, reason=c.bias_reason) for c in qualifications),
    )
    if method_of(tender).price_formula == PriceFormula.AGREED:
        return
    rows = [ScoredRow(c.part, c.name, c.guidance, c.weight, bias_reason=c.bias_reason) for c in scored]
    look(
        "criteria",
        lambda: refuse_weights(tender, [(row.part, row.weight) for row in rows]),
        lambda: refuse_lowest_price(tender, rows),
        lambda: refuse_unquantified(tender, scored),
        lambda: refuse_scored_qualification([c.name for c in qualifications], [c.name for c in scored]),
        *(lambda c=c: refuse_bias(tender, c.name, c.guidance, reason=c.bias_reason) for c in scored),
    )


def _look_at_custodians(tender: Tender, missing: Callable) -> None:
    custodians = list(tender.custodians.select_related("user"))
    if len(custodians) != 3:
        missing("people", _("Name three different custodians."), "three_custodians")
        return
    ready = set(
        CustodianKey.objects.filter(user__in=[c.user_id for c in custodians], retired_at=None).values_list(
            "user_id", flat=True
        )
    )
    for custodian in custodians:
        if custodian.user_id not in ready:
            missing(
                "people",
                _("%(name)s has not set a custodian's passphrase yet.") % {"name": custodian.user.name},
                "custodian_not_ready",
            )
