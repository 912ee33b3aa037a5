"""Lots: within the budget line, within the longest term, with premises that add up."""

from collections.abc import Sequence
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from marketplace.ledger.models import BudgetLine
from marketplace.pages.money import format_yuan
from marketplace.rules.models import Rule

from ..methods import Ending, method_of
from ..models import Lot, Tender
from ..rulebook import rule_or_none
from .refusals import on_field

MONTHS_A_YEAR = 12


def refuse_ceilings(tender: Tender, line: BudgetLine) -> None:
    """All lots together fit in what the budget line has left (REG 30)."""
    total = sum(lot.ceiling for lot in tender.lots.all())
    if total > line.available:
        raise on_field(
            "budget_line",
            _(
                "The lots come to %(total)s yuan, but this budget line has %(left)s yuan left: nothing is bought "
                "beyond the approved budget (Government Procurement Law, Article 6)."
            ),
            "budget_short",
            total=format_yuan(total),
            left=format_yuan(line.available),
        )


def refuse_lot(lot: Lot) -> None:
    """A ceiling within the budget line, a term within the rule."""
    if lot.ceiling is None or lot.ceiling <= 0:
        raise on_field("ceiling", _("The ceiling price must be more than zero."), "negative")
    line = lot.tender.budget_line
    if line is not None:
        others = sum(other.ceiling for other in lot.tender.lots.all() if other.pk != lot.pk)
        if others + lot.ceiling > line.available:
            raise on_field(
                "ceiling",
                _(
                    "The budget line “%(line)s” has %(left)s yuan left for this lot. A ceiling price must "
                    "lie within the budget (Regulation for Implementing the Government Procurement Law, Article 30)."
                ),
                "budget_short",
                line=line.name,
                left=format_yuan(max(line.available - others, 0)),
            )
    if lot.term_months < 1:
        raise on_field("term_months", _("A contract runs for at least a month."), "term")
    longest = rule_or_none(lot.tender, "contract.term_max_stable")
    usual = rule_or_none(lot.tender, "contract.term_max")
    if longest is not None and lot.term_months > _months(longest):
        raise on_field(
            "term_months",
            _("A service contract may run for at most %(months)s months (%(source)s)."),
            "term",
            months=_months(longest),
            source=longest.citation,
        )
    if usual is not None and lot.term_months > _months(usual) and not lot.long_term_reason.strip():
        raise on_field(
            "long_term_reason",
            _("A term of more than %(months)s months needs stable content, funding and price: say why (%(source)s)."),
            "term_reason",
            months=_months(usual),
            source=usual.citation,
        )
    refuse_framework_lot(lot)


def refuse_framework_lot(lot: Lot) -> None:
    """A framework's lot is priced by the unit, and runs no longer than its own rule (Order 110)."""
    if method_of(lot.tender).ending != Ending.ADMISSION:
        return
    if not lot.unit.strip():
        raise on_field(
            "unit", _("Orders under a framework are priced by the unit: name it (hour, visit, meal)."), "unit"
        )
    longest = rule_or_none(lot.tender, "tender.framework_term")
    if longest is not None and lot.term_months > _months(longest):
        raise on_field(
            "term_months",
            _("A framework agreement for services may run for at most %(months)s months (%(source)s)."),
            "term",
            months=_months(longest),
            source=longest.citation,
        )


def refuse_premises(area: Decimal, rooms: Sequence[Decimal]) -> None:
    """The rooms lie within the whole."""
    if area <= 0 or any(room <= 0 for room in rooms):
        raise on_field("area", _("An area must be more than zero."), "area")
    total = sum(rooms, Decimal(0))
    if total > area:
        raise ValidationError(
            _("The rooms come to %(rooms)s square metres, more than the %(area)s of the whole."),
            code="rooms_exceed_area",
            params={"rooms": format(total.normalize(), "f"), "area": format(area.normalize(), "f")},
        )


def _months(rule: Rule) -> int:
    value = int(rule.value or 0)
    return value * MONTHS_A_YEAR if rule.unit == Rule.Unit.YEARS else value
