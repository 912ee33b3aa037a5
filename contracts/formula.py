"""What is due for a delivery: the contract's own formula, in fen and whole percents, parts of a fen left out."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from marketplace.pages.money import format_yuan

from .models import Contract, Deliverable

SETTLEMENT = "settlement"  # not delivered before an early end: nobody's fault, no deduction


@dataclass(frozen=True)
class Deduction:
    """One line: what it is for, fen, and what the formula took."""

    code: str  # shortfall, satisfaction, grade, finding, settlement
    fen: int
    facts: dict[str, Any]

    def stored(self) -> dict[str, Any]:
        return {"code": self.code, "fen": self.fen} | self.facts


def deductions(
    deliverable: Deliverable, *, quantity: int, satisfaction: int | None = None, grade: str = ""
) -> list[Deduction]:
    """What the contract takes off this instalment; together never more than its amount."""
    contract = deliverable.contract
    found = [
        _shortfall(deliverable, quantity, contract.shortfall_rate),
        _dissatisfaction(deliverable, contract, satisfaction),
        _grade(deliverable, contract, grade),
    ]
    lines, left = [], deliverable.amount
    for line in found:
        if line is not None and line.fen:
            taken = min(line.fen, left)
            left -= taken
            if taken:
                lines.append(Deduction(line.code, taken, line.facts))
    return lines


def _shortfall(deliverable: Deliverable, quantity: int, rate: int) -> Deduction | None:
    missing = max(0, deliverable.quantity - quantity)
    if not missing:
        return None
    fen = deliverable.amount * missing * rate // (deliverable.quantity * 100)
    return Deduction("shortfall", fen, {"missing": missing, "agreed": deliverable.quantity, "rate": rate})


def _dissatisfaction(deliverable: Deliverable, contract: Contract, satisfaction: int | None) -> Deduction | None:
    floor, rate = contract.satisfaction_floor, contract.satisfaction_rate
    if satisfaction is None or not floor or not rate or satisfaction >= floor:
        return None
    points = floor - satisfaction
    fen = deliverable.amount * min(100, points * rate) // 100
    return Deduction("satisfaction", fen, {"satisfaction": satisfaction, "floor": floor, "rate": rate})


def _grade(deliverable: Deliverable, contract: Contract, grade: str) -> Deduction | None:
    if deliverable.kind != Deliverable.Kind.FINAL or not grade:
        return None
    share = int(contract.final_shares.get(grade, 100))
    return Deduction("grade", deliverable.amount * (100 - share) // 100, {"grade": grade, "share": share})


def settled(deliverable: Deliverable, quantity: int) -> Deduction | None:
    """At an early end what was not delivered is simply not paid, at the unit price."""
    missing = max(0, deliverable.quantity - quantity)
    if not missing:
        return None
    fen = deliverable.amount * missing // deliverable.quantity
    return Deduction(SETTLEMENT, fen, {"missing": missing, "agreed": deliverable.quantity})


def each_step(deliverable: Deliverable) -> list[str]:
    """In fen what the formula's percents come to: for one missing unit, for one point under the agreed satisfaction."""
    floor = deliverable.contract.satisfaction_floor
    unit = deductions(deliverable, quantity=deliverable.quantity - 1)
    point = deductions(deliverable, quantity=deliverable.quantity, satisfaction=floor - 1) if floor else []
    words = [
        _("each %(unit)s missing: ¥%(fen)s") % {"unit": deliverable.unit, "fen": format_yuan(line.fen)} for line in unit
    ]
    words += [
        _("each point under %(floor)s%%: ¥%(fen)s") % {"floor": floor, "fen": format_yuan(line.fen)} for line in point
    ]
    return words


def in_words(line: dict[str, Any]) -> str:
    """One stored line in the reader's language."""
    fen = format_yuan(line["fen"])
    match line["code"]:
        case "shortfall":
            return _("%(missing)s of %(agreed)s missing, at %(rate)s%% of the unit price: ¥%(fen)s") % {
                "missing": line["missing"], "agreed": line["agreed"], "rate": line["rate"], "fen": fen,
            }  # fmt: skip
        case "satisfaction":
            return _("%(satisfaction)s%% satisfied, %(floor)s%% agreed, %(rate)s%% a point: ¥%(fen)s") % {
                "satisfaction": line["satisfaction"], "floor": line["floor"], "rate": line["rate"], "fen": fen,
            }  # fmt: skip
        case "grade":
            return _("Evaluated, %(share)s%% of the final part is due: ¥%(fen)s less") % {
                "share": line["share"], "fen": fen,
            }  # fmt: skip
        case "settlement":
            return _("%(missing)s of %(agreed)s not delivered before the end: ¥%(fen)s") % {
                "missing": line["missing"], "agreed": line["agreed"], "fen": fen,
            }  # fmt: skip
    return _("By the buyer's finding: ¥%(fen)s") % {"fen": fen}
