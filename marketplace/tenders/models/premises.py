"""Rooms that the government hands over with a lot, and what stands in them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from marketplace.pages.models import Row

from .lot import Lot


class Premises(Row):
    """A building or part of one, provided by the buyer for the service."""

    lot = models.OneToOneField(Lot, on_delete=models.CASCADE, related_name="premises")
    address = models.CharField(_("address"), max_length=200)
    area = models.DecimalField(_("area in square metres"), max_digits=9, decimal_places=2)
    terms = models.TextField(_("who pays for upkeep, water and power; how it is handed back"), blank=True)

    def __str__(self) -> str:
        return self.address


class Room(Row):
    """One room."""

    premises = models.ForeignKey(Premises, on_delete=models.CASCADE, related_name="rooms")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(_("room"), max_length=60)
    area = models.DecimalField(_("square metres"), max_digits=8, decimal_places=2)
    purpose = models.CharField(_("used for"), max_length=120, blank=True)

    class Meta:
        ordering = ["position"]


class InventoryItem(Row):
    """One kind of thing that is handed over with the rooms."""

    premises = models.ForeignKey(Premises, on_delete=models.CASCADE, related_name="inventory")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(_("item"), max_length=80)
    quantity = models.PositiveIntegerField(_("how many"))
    condition = models.CharField(_("condition"), max_length=120, blank=True)

    class Meta:
        ordering = ["position"]
