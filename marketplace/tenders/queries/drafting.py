"""What the draft's pages read."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from marketplace.pages.money import format_yuan
from marketplace.rules.calendar import due_date

from ..checks import Fault
from ..checks.method import grounds_of
from ..methods import PriceFormula, WhoMayBid, method_of
from ..models import Criterion, Tender
from ..pricing import formula_of, pricings_of
from ..rulebook import day_of_publication, documents_rule, rule_for, rule_or_none
from .public import why_url

PAGES = {"plan": "plan_of"}  # where a task's page has another name than the task


@dataclass(frozen=True)
class DatedRule:
    """A rule that a date must keep: the first day it allows when published on `start`, and where it is explained."""

    label: str
    earliest: datetime.date
    value: Any
    unit: str
    source: str
    url: str


def schedule_rules(tender: Tender) -> list[DatedRule]:
    """Why these dates."""
    start = day_of_publication(tender)
    rows = [
        (_("Documents available until"), documents_rule(tender)),
        (_("Bids due"), rule_for(tender, "tender.bid_period", on=start)),
    ]
    return [
        DatedRule(
            label,
            due_date(start, rule),
            rule.number,
            rule.get_unit_display(),
            rule.citation,
            f"{why_url(tender, rule.key)}?start={start.isoformat()}&method={tender.method}",
        )
        for label, rule in rows
    ]


def change_rule(tender: Tender) -> Any:
    """How long before the deadline documents may still be changed; None where the method has no such rule."""
    return rule_or_none(tender, "tender.change_period")


def draft_tasks(tender: Tender, faults: list[Fault]) -> list[dict[str, Any]]:
    """The task list of a draft: what is done and what is still missing."""
    lots = list(tender.lots.all())
    method = method_of(tender)
    criteria = list(tender.criteria.filter(is_group=False))
    points = sum(c.weight for c in criteria if c.part != Criterion.Part.QUALIFICATION)
    conditions = sum(c.part == Criterion.Part.QUALIFICATION for c in criteria)
    files = tender.documents.current().count()
    wrong = {fault.part for fault in faults}
    hints = {
        "about": tender.get_method_display(),
        "plan": str(tender.plan_line or ""),
        "method": dict(grounds_of(tender)).get(tender.method_ground, "") if method.needs_ground else "",
        "invitations": _("%(count)s invited") % {"count": tender.invitations.count()},
        "lots": ngettext("%(count)s lot, %(total)s yuan", "%(count)s lots, %(total)s yuan together", len(lots))
        % {"count": len(lots), "total": format_yuan(sum(lot.ceiling for lot in lots))},
        "qualifications": ngettext("%(count)s condition", "%(count)s conditions", conditions) % {"count": conditions},
        "criteria": _("%(points)s of 100 points") % {"points": format(points.normalize() if points else 0, "f")},
        "terms": str(dict(Tender.Pricing.choices)[formula_of(tender)]) if pricings_of(tender)[0] else "",
        "schedule": "",
        "documents": ngettext("%(count)s file", "%(count)s files", files) % {"count": files},
        "people": "",
    }
    labels = {
        "about": _("What is bought, and from which money"),
        "plan": _("Plan, residents, catalogue"),
        "lots": _("Lots"),
        "method": _("Why this method, and who allowed it"),
        "invitations": _("Who is invited"),
        "qualifications": _("Conditions of taking part"),
        "terms": _("Comparing prices, and challenges"),
        "criteria": _("What earns points"),
        "schedule": _("Dates"),
        "documents": pgettext("tender", "Documents"),
        "people": _("Who holds the key"),
    }
    unneeded = set()
    if not (method.needs_ground or method.leaves_public_tender):
        unneeded.add("method")
    if method.who_may_bid == WhoMayBid.ANYONE:
        unneeded.add("invitations")
    if method.price_formula == PriceFormula.AGREED:
        unneeded.add("criteria")
    return [
        {
            "label": label,
            "url": reverse(f"tenders:{PAGES.get(part, part)}", args=[tender.pk]),
            "done": part not in wrong,
            "hint": next(
                (" ".join(str(m) for m in f.error.messages) for f in faults if f.part == part and _is_begun(f)),
                hints[part],
            ),
        }
        for part, label in labels.items()
        if part not in unneeded
    ]


def _is_begun(fault: Fault) -> bool:
    """A task that was only not begun needs no words; one that went wrong does."""
    return not fault.code.endswith("missing")
