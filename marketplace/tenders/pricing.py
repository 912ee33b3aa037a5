"""How the price counts in a tender: as its file says, else as its method does."""

from decimal import Decimal

from marketplace.rules.models import Rule

from .methods import Method, Rounds, method_of
from .models import Criterion, Tender
from .rulebook import day_of_publication, rule_for, rule_or_none


def formula_of(tender: Tender) -> str:
    """A key of scoring.FORMULAS."""
    return tender.pricing or str(method_of(tender).price_formula)


def pricings_of(tender: Tender) -> tuple[list[str], Rule | None]:
    """How the price may count with this method, the usual way first (rule `tender.pricing`); none if it is agreed."""
    rule = rule_or_none(tender, "tender.pricing", on=day_of_publication(tender))
    return (list(rule.data["allowed"]) if rule else []), rule


def price_weight(tender: Tender) -> Decimal:
    """Points for the price; nought where it is not scored."""
    price = next((c for c in tender.criteria.all() if c.part == Criterion.Part.PRICE), None)
    return price.weight if price else Decimal(0)


def tie_order(tender: Tender) -> list[str]:
    """What parts equals, in order (rule `tender.tie_order`)."""
    rule = rule_or_none(tender, "tender.tie_order", on=day_of_publication(tender))
    return list(rule.data["order"]) if rule else ["score", "price"]


def candidate_places(tender: Tender) -> int:
    """How many candidates the panel names (rule `tender.candidates`)."""
    rule = rule_or_none(tender, "tender.candidates", on=day_of_publication(tender))
    return int(rule.value) if rule and rule.value else 1


def needs_final_quote(tender: Tender) -> bool:
    """Negotiation and consultation end with one last sealed quote of every bidder that is left (74:33; 214:21)."""
    method: Method = method_of(tender)
    return method.rounds in (Rounds.FINAL_QUOTE, Rounds.NEGOTIATION)


def answer_minutes(tender: Tender) -> int:
    """At least this long a supplier has to explain a low price (rule `tender.abnormal_low_answer`)."""
    return int(rule_for(tender, "tender.abnormal_low_answer").value or 0)
