"""A part of a month's wallet kept for one booking until it is done or let go."""

import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.directory.models import Service
from marketplace.pages.models import StateField
from marketplace.parties.models import Organisation, Role, User
from marketplace.residents.models import Resident

from .programmes import Programme


class HoldQuerySet(models.QuerySet["Hold"]):
    def standing(self) -> "HoldQuerySet":
        """Their money is in `Voucher.held`."""
        return self.filter(state=Hold.State.HELD)

    def overdue(self, moment: datetime.datetime) -> "HoldQuerySet":
        return self.standing().filter(until__lte=moment)

    def visible_to(self, user: User) -> "HoldQuerySet":
        """The resident and delegates, the provider's counter, the desk of the resident's region."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        providers = user.memberships.filter(ended_at=None, role__in=[Role.COUNTER, Role.OWNER]).values("organisation")
        residents = Resident.objects.visible_to(user).values("pk")
        return self.filter(models.Q(provider__in=providers) | models.Q(resident__in=residents))


class Hold(models.Model):
    """`amount` fen of one wallet, spoken for until `until`. Confirmed it becomes the redemption with the same id.

    The key begins like the wallet's: a hold lives on the wallet's shard and in its month.
    """

    class State(models.TextChoices):
        HELD = "held", pgettext_lazy("hold", "Held")
        CONFIRMED = "confirmed", pgettext_lazy("hold", "Paid out")
        RELEASED = "released", pgettext_lazy("hold", "Let go")
        EXPIRED = "expired", pgettext_lazy("hold", "Ran out")

    pk = models.CompositePrimaryKey("resident", "month", "id")
    id = models.UUIDField(editable=False)
    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="holds", db_index=False)
    month = models.DateField(_("month of the voucher"))
    programme = models.ForeignKey(
        Programme, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    provider = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    service = models.ForeignKey(
        Service, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    units = models.PositiveSmallIntegerField(_("units"), default=1)
    amount = models.PositiveIntegerField(_("amount held"))
    until = models.DateTimeField(_("held until"))
    state = StateField(_("state"), default=State.HELD, choices=State.choices)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    held_at = models.DateTimeField(_("held since"))
    ended_at = models.DateTimeField(_("ended"), null=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )

    objects = HoldQuerySet.as_manager()

    class Meta:
        ordering = ["until"]
        indexes = [
            models.Index(fields=["id"], name="hold_by_id"),
            models.Index(fields=["until"], name="hold_overdue", condition=models.Q(state="held")),
            models.Index(fields=["provider", "state", "until"], name="hold_by_provider"),
        ]
        constraints = [models.CheckConstraint(condition=models.Q(amount__gt=0), name="hold_keeps_something")]

    def __str__(self) -> str:
        return str(self.id)

    @transition(state, source=State.HELD, target=State.CONFIRMED)
    def confirm(self) -> None:
        """What was done is paid; the rest is the wallet's again."""

    @transition(state, source=State.HELD, target=State.RELEASED)
    def release(self) -> None:
        """The booking fell through: the wallet has its money again."""

    @transition(state, source=State.HELD, target=State.EXPIRED)
    def expire(self) -> None:
        """Nobody came by then: the wallet has its money again."""
