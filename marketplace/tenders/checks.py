"""What a tender may not be: each check raises ValidationError on the field that is wrong, with its article."""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from marketplace.ledger.models import BudgetLine
from marketplace.pages import clock
from marketplace.pages.money import format_yuan
from marketplace.rules.calendar import due_date, is_working_day
from marketplace.rules.models import Rule

from .models import Criterion, CustodianKey, Lot, Tender
from .rulebook import day_of_publication, documents_rule, price_weight_range, rule_for, rule_or_none

# What this portal can run from end to end. The others need rounds, invitations or call-offs.
OFFERED_METHODS = [Tender.Method.CONSULTATION, Tender.Method.OPEN, Tender.Method.RFQ]
MONTHS_A_YEAR = 12
WHOLE = Decimal(100)


@dataclass(frozen=True)
class Fault:
    """Something that stands between a draft and its approval; `part` is the task it belongs to."""

    part: str
    code: str
    error: ValidationError


def _on(field: str, message: str, code: str, **params: object) -> ValidationError:
    return ValidationError({field: ValidationError(message, code=code, params=params or None)})


def refuse_method(tender: Tender) -> None:
    """An RFQ is for standard goods, never for services (GPL 32)."""
    if tender.method == Tender.Method.RFQ:
        raise _on(
            "method",
            _(
                "A request for quotations is for goods of one standard with ample supply, not for services "
                "(Government Procurement Law, Article 32). Choose competitive consultation or public tender."
            ),
            "rfq_for_services",
        )
    if tender.method not in OFFERED_METHODS:
        raise _on("method", _("This method is not offered on this portal yet."), "method_not_offered")


def refuse_panel_size(tender: Tender) -> None:
    """Odd, and at least what the rule of the method says."""
    rule = rule_for(tender, "tender.panel_size")
    if tender.panel_size < (rule.value or 0):
        raise _on(
            "panel_size",
            _("The panel needs at least %(least)s experts (%(source)s)."),
            "panel_too_small",
            least=int(rule.value),
            source=rule.source,
        )
    if tender.panel_size % 2 == 0:
        raise _on(
            "panel_size",
            _("The panel must have an odd number of experts (%(source)s)."),
            "panel_even",
            source=rule.source,
        )


def refuse_ceilings(tender: Tender, line: BudgetLine) -> None:
    """All lots together fit in what the budget line has left (REG 30)."""
    total = sum(lot.ceiling for lot in tender.lots.all())
    if total > line.available:
        raise _on(
            "budget_line",
            _("The lots come to %(total)s yuan, but this budget line has %(left)s yuan left."),
            "budget_short",
            total=format_yuan(total),
            left=format_yuan(line.available),
        )


def refuse_lot(lot: Lot) -> None:
    """A ceiling within the budget line, a term within the rule."""
    if lot.ceiling is None or lot.ceiling <= 0:
        raise _on("ceiling", _("The ceiling price must be more than zero."), "negative")
    line = lot.tender.budget_line
    if line is not None:
        others = sum(other.ceiling for other in lot.tender.lots.all() if other.pk != lot.pk)
        if others + lot.ceiling > line.available:
            raise _on(
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
        raise _on("term_months", _("A contract runs for at least a month."), "term")
    longest = rule_or_none(lot.tender, "contract.term_max_stable")
    usual = rule_or_none(lot.tender, "contract.term_max")
    if longest is not None and lot.term_months > _months(longest):
        raise _on(
            "term_months",
            _("A service contract may run for at most %(months)s months (%(source)s)."),
            "term",
            months=_months(longest),
            source=longest.source,
        )
    if usual is not None and lot.term_months > _months(usual) and not lot.long_term_reason.strip():
        raise _on(
            "long_term_reason",
            _("A term of more than %(months)s months needs stable content, funding and price: say why (%(source)s)."),
            "term_reason",
            months=_months(usual),
            source=usual.source,
        )


def _months(rule: Rule) -> int:
    value = int(rule.value or 0)
    return value * MONTHS_A_YEAR if rule.unit == Rule.Unit.YEARS else value


def refuse_weights(tender: Tender, rows: Sequence[tuple[str, Decimal]]) -> None:
    """Points sum to 100; the price is there once and within the method's range; quality is judged too."""
    if any(weight <= 0 for _part, weight in rows):
        raise ValidationError(_("Every scored criterion needs points above zero."), code="weights")
    total = sum((weight for _part, weight in rows), Decimal(0))
    if total != WHOLE:
        raise ValidationError(
            _("The points of all criteria must sum to 100; yours sum to %(total)s (Order 87, Article 55)."),
            code="weights",
            params={"total": total.normalize()},
        )
    prices = [weight for part, weight in rows if part == Criterion.Part.PRICE]
    if len(prices) != 1:
        raise ValidationError(_("The price is one criterion, and only one."), code="price_weight")
    least, most, source = price_weight_range(tender)
    if not least <= prices[0] <= most:
        raise ValidationError(
            _("With this method the price earns %(least)s to %(most)s points; yours earns %(weight)s (%(source)s)."),
            code="price_weight",
            params={
                "least": least.normalize().to_eng_string(),
                "most": format(most.normalize(), "f"),
                "weight": format(prices[0].normalize(), "f"),
                "source": source,
            },
        )


def refuse_schedule(tender: Tender, now: datetime.datetime) -> None:
    """Dates in the future, in order, and not shorter than the rules counted from publication."""
    start = day_of_publication(tender)
    due = tender.bids_due_at
    if due <= now:
        raise _on("bids_due_at", _("The deadline lies in the past."), "past")
    due_day = due.astimezone(clock.SHANGHAI).date()
    rule = rule_for(tender, "tender.bid_period", on=start)
    earliest = due_date(start, rule)
    if due_day < earliest:
        raise _on(
            "bids_due_at",
            _("Published today, bids may be due on %(earliest)s at the earliest: %(value)s %(unit)s (%(source)s)."),
            "bid_period",
            earliest=earliest.isoformat(),
            value=int(rule.value),
            unit=rule.get_unit_display(),
            source=rule.source,
        )
    if not is_working_day(due_day):
        raise _on("bids_due_at", _("Bids are opened on a working day; this is a day off."), "day_off")
    rule = documents_rule(tender)
    earliest = due_date(start, rule)
    if tender.documents_until < earliest:
        raise _on(
            "documents_until",
            _("The documents must be available until %(earliest)s at least: %(value)s %(unit)s (%(source)s)."),
            "notice_period",
            earliest=earliest.isoformat(),
            value=int(rule.value),
            unit=rule.get_unit_display(),
            source=rule.source,
        )
    if tender.documents_until > due_day:
        raise _on("documents_until", _("This is after the bids are due."), "order")
    if not now < tender.questions_until < due:
        raise _on("questions_until", _("Questions end between now and the deadline for bids."), "order")


def faults(tender: Tender) -> list[Fault]:
    """Everything that keeps the draft from being handed in, by task."""
    found: list[Fault] = []

    def look(part: str, check: Callable[[], None]) -> None:
        try:
            check()
        except ValidationError as error:
            found.append(Fault(part, _code_of(error), ValidationError(error.messages)))

    def missing(part: str, text: str, code: str) -> None:
        found.append(Fault(part, code, ValidationError(text, code=code)))

    lots, criteria = list(tender.lots.all()), list(tender.criteria.all())
    look("about", lambda: refuse_method(tender))
    look("about", lambda: refuse_panel_size(tender))
    if not tender.about.strip():
        missing("about", _("Say what is needed."), "about_missing")
    line = tender.budget_line
    if line is None:
        missing("about", _("Choose the budget line."), "budget_line_missing")
    elif lots:
        look("about", lambda: refuse_ceilings(tender, line))
    if not tender.contact_name or not tender.contact_phone:
        missing("about", _("Name a contact person and a telephone number."), "contact_missing")
    if not lots:
        missing("lots", _("Add at least one lot."), "lots_missing")
    for lot in lots:
        look("lots", lambda lot=lot: refuse_lot(lot))
    if not any(criterion.part == Criterion.Part.QUALIFICATION for criterion in criteria):
        missing("qualifications", _("Add at least one qualification criterion."), "qualifications_missing")
    scored = [(c.part, c.weight) for c in criteria if c.part != Criterion.Part.QUALIFICATION]
    look("criteria", lambda: refuse_weights(tender, scored))
    if tender.bids_due_at is None:
        missing("schedule", _("Set the dates."), "schedule_missing")
    else:
        look("schedule", lambda: refuse_schedule(tender, clock.now()))
    if not tender.documents.exists():
        missing("documents", _("Upload the tender document."), "documents_missing")
    custodians = list(tender.custodians.select_related("user"))
    if len(custodians) != 3:
        missing("people", _("Name three different custodians."), "three_custodians")
    else:
        ready = CustodianKey.objects.filter(user__in=[c.user_id for c in custodians], retired_at=None)
        for custodian in custodians:
            if not any(key.user_id == custodian.user_id for key in ready):
                missing(
                    "people",
                    _("%(name)s has not set a custodian's passphrase yet.") % {"name": custodian.user.name},
                    "custodian_not_ready",
                )
    return found


def _code_of(error: ValidationError) -> str:
    errors = error.error_dict.values() if hasattr(error, "error_dict") else [error.error_list]
    return next((one.code for group in errors for one in group if one.code), "invalid")
