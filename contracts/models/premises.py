"""Rooms and things that the buyer lends for the service, and takes back at its end."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.pages.models import Row, StateField

from .contract import Contract


class Premises(Row):
    """One place with its inventory. Each handing over is one side's word and the other's confirmation."""

    class State(models.TextChoices):
        PLANNED = "planned", pgettext_lazy("premises", "To be handed over")
        OFFERED = "offered", pgettext_lazy("premises", "Handed over, to be confirmed by the supplier")
        IN_USE = "in_use", pgettext_lazy("premises", "With the supplier")
        GIVEN_BACK = "given_back", pgettext_lazy("premises", "Given back, to be confirmed by the buyer")
        RETURNED = "returned", pgettext_lazy("premises", "Returned")

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="premises")
    position = models.PositiveSmallIntegerField(_("no."))
    name = models.CharField(_("name of the place"), max_length=120)
    address = models.CharField(_("address"), max_length=200)
    area = models.PositiveIntegerField(_("area in m²"), default=0)
    state = StateField(_("state"), default=State.PLANNED, choices=State.choices)
    handed_over_at = models.DateTimeField(_("handed over"), null=True, blank=True)
    taken_over_at = models.DateTimeField(_("taken over"), null=True, blank=True)
    given_back_at = models.DateTimeField(pgettext_lazy("premises", "given back"), null=True, blank=True)
    returned_at = models.DateTimeField(_("returned"), null=True, blank=True)
    note = models.TextField(_("condition found"), blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["contract", "position"], name="one_premises_a_place")]

    def __str__(self) -> str:
        return self.name

    @property
    def tone(self) -> str:
        return {"planned": "quiet", "offered": "warn", "in_use": "good", "given_back": "warn", "returned": "quiet"}[
            self.state
        ]

    @property
    def is_out(self) -> bool:
        """The supplier has it, or is about to."""
        return self.state in (self.State.OFFERED, self.State.IN_USE, self.State.GIVEN_BACK)

    @transition(state, source=State.PLANNED, target=State.OFFERED)
    def hand_over(self) -> None:
        """The buyer gives the keys."""

    @transition(state, source=State.OFFERED, target=State.IN_USE)
    def take_over(self) -> None:
        """The supplier has counted, and agrees."""

    @transition(state, source=State.IN_USE, target=State.GIVEN_BACK)
    def give_back(self) -> None:
        """The supplier gives the keys back, with what is left of the inventory."""

    @transition(state, source=State.GIVEN_BACK, target=State.RETURNED)
    def take_back(self) -> None:
        """The buyer has counted."""


class InventoryItem(Row):
    """One kind of thing in the place: how many went out, how many came back."""

    premises = models.ForeignKey(Premises, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField(_("no."))
    name = models.CharField(_("item"), max_length=120)
    quantity = models.PositiveIntegerField(_("quantity"))
    unit = models.CharField(_("unit"), max_length=12, default="件")
    condition = models.CharField(_("condition"), max_length=120, blank=True)
    returned = models.PositiveIntegerField(_("quantity returned"), null=True, blank=True)
    returned_condition = models.CharField(_("condition on return"), max_length=120, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["premises", "position"], name="one_item_a_place"),
            models.CheckConstraint(name="inventory_of_something", condition=Q(quantity__gt=0)),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def missing(self) -> int:
        """How many did not come back; 0 while nothing has."""
        return 0 if self.returned is None else max(0, self.quantity - self.returned)
