"""What the system's own data say of an organisation: a registry of measures that rooms add to.

A measure is a function of (organisation, contract or None, period) that returns a value with what it was counted from.
A framework's leaf names a measure, the value that earns nothing and the one that earns the highest mark.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from contracts.models import Contract
from marketplace.parties.models import Organisation

if TYPE_CHECKING:
    from .models import Indicator


@dataclass(frozen=True)
class Period:
    starts_on: date
    ends_on: date


@dataclass(frozen=True)
class Source:
    """One line of what a value was counted from. It names no person."""

    label: str
    value: str
    url: str = ""

    def stored(self) -> dict[str, str]:
        return {"label": self.label, "value": self.value, "url": self.url}


@dataclass(frozen=True)
class Measured:
    """`value` in the measure's unit; None where the data have nothing to say."""

    value: Decimal | None
    sources: list[Source] = field(default_factory=list)


@dataclass(frozen=True)
class Measure:
    """`needs_contract`: it says nothing of an organisation as a whole."""

    name: str
    label: Any
    unit: Any
    count: Callable[[Organisation, Contract | None, Period], Measured]
    needs_contract: bool = True


REGISTRY: dict[str, Measure] = {}


def register(
    name: str, label: Any, unit: Any, *, needs_contract: bool = True
) -> Callable[[Callable[..., Measured]], Callable[..., Measured]]:
    """Add a measure by its name; a name is taken once."""

    def keep(count: Callable[..., Measured]) -> Callable[..., Measured]:
        if name in REGISTRY:
            raise ValueError(f"there is a measure {name} already")
        REGISTRY[name] = Measure(name, label, unit, count, needs_contract)
        return count

    return keep


def share(part: int | Decimal, whole: int | Decimal) -> Decimal | None:
    """Percent to two decimals; None of nothing."""
    return (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.01")) if whole else None


def points_for(leaf: "Indicator", value: Decimal | None) -> Decimal:
    """On the leaf's scale: nought at `measure_from`, the top at `measure_to`, straight between, four decimals.

    Data that have nothing to say never count against the organisation: the top.
    """
    if value is None:
        return Decimal(leaf.top)
    low, high = Fraction(leaf.measure_from), Fraction(leaf.measure_to)
    reached = min(Fraction(1), max(Fraction(0), (Fraction(value) - low) / (high - low)))
    exact = reached * leaf.top
    return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(Decimal("0.0001"))
