"""Rooms and things that the government hands over with a lot."""

from collections.abc import Sequence
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import record
from marketplace.parties.models import User

from .. import checks
from ..models import InventoryItem, Lot, Premises, Room
from .drafting import locked_draft


@transaction.atomic
def provide_premises(
    lot: Lot,
    *,
    address: str,
    area: Decimal,
    terms: str = "",
    rooms: Sequence[tuple[str, Decimal, str]] = (),
    inventory: Sequence[tuple[str, int, str]] = (),
    by: User,
) -> Premises:
    """Write what is handed over: rooms as (name, square metres, use), things as (name, how many, condition).

    Raises ValidationError `address_missing`, `area`, `rooms_exceed_area`, `quantity`.
    """
    tender = locked_draft(lot.tender, by)
    lot = tender.lots.get(pk=lot.pk)
    if not address.strip():
        raise ValidationError({"address": ValidationError(_("Where are the premises?"), code="address_missing")})
    checks.refuse_premises(area, [size for _room, size, _use in rooms])
    if any(count < 1 for _thing, count, _condition in inventory):
        raise ValidationError(_("Count at least one of each thing."), code="quantity")
    premises, _is_new = Premises.objects.update_or_create(
        lot=lot, defaults={"address": address, "area": area, "terms": terms}
    )
    premises.rooms.all().delete()
    premises.inventory.all().delete()
    for position, (name, size, purpose) in enumerate(rooms, start=1):
        Room.objects.create(premises=premises, position=position, name=name, area=size, purpose=purpose)
    for position, (name, count, condition) in enumerate(inventory, start=1):
        InventoryItem.objects.create(
            premises=premises, position=position, name=name, quantity=count, condition=condition
        )
    record("lot.premises_set", lot, by=by, organisation=tender.bureau, rooms=len(rooms), things=len(inventory))
    return premises


@transaction.atomic
def withdraw_premises(lot: Lot, *, by: User) -> None:
    """No premises come with the lot after all."""
    tender = locked_draft(lot.tender, by)
    lot = tender.lots.get(pk=lot.pk)
    Premises.objects.filter(lot=lot).delete()
    record("lot.premises_set", lot, by=by, organisation=tender.bureau, rooms=0, things=0)
