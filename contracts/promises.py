"""What a tender promises to hand over with its lots: the rooms, then what stands in them, as a contract lists them."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP
from typing import Any

from marketplace.tenders.models import Lot
from marketplace.tenders.models import Premises as Promised

from .models import InventoryItem, Premises


@dataclass(frozen=True)
class Promise:
    """One place: what its rows in the contract would be, and the tender's words on upkeep and return."""

    place: Premises
    items: list[InventoryItem]
    terms: str


def promised_with(lots: Iterable[Lot]) -> list[Promise]:
    """In the order of the lots; nothing of it is saved. Three statements."""
    found = Promised.objects.filter(lot__in=[lot.pk for lot in lots]).select_related("lot").order_by("lot__position")
    return [_promise(number, one) for number, one in enumerate(found.prefetch_related("rooms", "inventory"), start=1)]


def _promise(number: int, promised: Promised) -> Promise:
    rows: list[dict[str, Any]] = [
        {"name": room.name, "quantity": 1, "unit": "间",
         "condition": "，".join(filter(None, (f"{room.area.normalize():f} 平方米", room.purpose)))[:120]}
        for room in promised.rooms.all()
    ] + [
        {"name": thing.name, "quantity": thing.quantity, "condition": thing.condition}
        for thing in promised.inventory.all()
    ]  # fmt: skip
    place = Premises(
        position=number,
        name=promised.lot.title,
        address=promised.address,
        area=int(promised.area.to_integral_value(ROUND_HALF_UP)),
    )
    return Promise(place, [InventoryItem(position=at, **row) for at, row in enumerate(rows, start=1)], promised.terms)


def in_words(place: Premises, items: Iterable[InventoryItem]) -> str:
    """For comparing: where, how large, and a line for each thing. The name is the contract's own."""
    lines = [f"{item.name} {item.quantity} {item.unit} {item.condition}".strip() for item in items]
    return "\n".join([f"{place.address}，{place.area} 平方米", *lines])
