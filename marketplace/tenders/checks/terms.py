"""What the file says about comparing prices and about challenges: each term within its rule."""

from decimal import Decimal

from django.utils.translation import gettext as _

from marketplace.rules.models import Rule

from ..models import Lot, Tender
from ..pricing import pricings_of
from ..rulebook import rule_or_none
from .refusals import on_field


def refuse_pricing(tender: Tender) -> None:
    """The method knows only some ways of comparing (rule `tender.pricing`)."""
    allowed, rule = pricings_of(tender)
    if not tender.pricing or tender.pricing in allowed:
        return
    raise on_field(
        "pricing",
        _("With this method the price can't count like that (%(source)s)."),
        "pricing",
        source=rule.citation if rule else tender.get_method_display(),
    )


def discount_range(tender: Tender) -> tuple[Rule, Rule] | None:
    """Least and most percent of the preference for small enterprises; None where the rule book has none today."""
    least = rule_or_none(tender, "tender.small_discount_min")
    most = rule_or_none(tender, "tender.small_discount_max")
    return (least, most) if least and most else None


def refuse_small_discount(tender: Tender) -> None:
    """Within 财库〔2022〕19号; nought only where no price is compared or every lot is for social organisations."""
    bounds = discount_range(tender)
    if bounds is None:
        return
    least, most = bounds
    if not tender.small_discount:
        _refuse_no_discount(tender)
        return
    if not (least.value or 0) <= tender.small_discount <= (most.value or 100):
        raise on_field(
            "small_discount",
            _("The preference for small enterprises is %(least)s to %(most)s percent (%(source)s)."),
            "small_discount",
            least=least.number,
            most=most.number,
            source=least.citation,
        )


def _refuse_no_discount(tender: Tender) -> None:
    due = rule_or_none(tender, "tender.small_discount_due")
    if due is None or not due.value or not compares_prices(tender):
        return
    lots = list(tender.lots.all()) if tender.pk else []
    if lots and any(lot.reserved_for != Lot.ReservedFor.SOCIAL for lot in lots):
        raise on_field(
            "small_discount",
            _(
                "Where nothing is reserved, small enterprises get their preference: give the percentage, or reserve "
                "every lot for social organisations (%(source)s)."
            ),
            "small_discount_missing",
            source=due.citation,
        )


def compares_prices(tender: Tender) -> bool:
    """Neither fixed nor agreed with one supplier."""
    allowed, _rule = pricings_of(tender)
    return bool(allowed) and tender.pricing != Tender.Pricing.FIXED


def abnormal_range(tender: Tender) -> tuple[int, int, Rule] | None:
    """From which percentage a file may raise the review of low prices, to which (财库〔2026〕2号)."""
    rule = rule_or_none(tender, "tender.abnormal_low")
    if rule is None:
        return None
    return rule.data["below_mean_percent"], rule.data["raised_at_most_percent"], rule


def refuse_abnormal_percent(tender: Tender) -> None:
    """The file may only raise the trigger, and not above 65 percent."""
    bounds = abnormal_range(tender)
    if tender.abnormal_percent is None or bounds is None:
        return
    least, most, rule = bounds
    if not least <= tender.abnormal_percent <= most:
        raise on_field(
            "abnormal_percent",
            _("The file may set the review of low prices between %(least)s and %(most)s percent (%(source)s)."),
            "abnormal_percent",
            least=least,
            most=most,
            source=rule.citation,
        )


def usual_discount(tender: Tender) -> Decimal:
    """What a new draft begins with: the least that the rule allows."""
    bounds = discount_range(tender)
    return (bounds[0].value or Decimal(0)) if bounds else Decimal(0)
