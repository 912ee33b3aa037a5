"""Interest that a bureau owes because it paid late."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.ledger.models import BudgetLine
from marketplace.pages.models import Row, StateField

from .orders import PaymentOrder

if TYPE_CHECKING:
    from marketplace.parties.models import User


INTEREST_PREFIX = "LX-"  # 利息, before the reference of what was paid late


class InterestClaimQuerySet(models.QuerySet["InterestClaim"]):
    def asked(self):
        """The bureau has to decide."""
        return self.filter(state=InterestClaim.State.ASKED)

    def standing(self):
        """Asked for or agreed to: there is no other for the same order."""
        return self.exclude(state=InterestClaim.State.REFUSED)

    def visible_to(self, user: "User"):
        """Whoever sees the order that was late."""
        return self.filter(order__in=PaymentOrder.objects.visible_to(user))


class InterestClaim(Row):
    """Late-payment interest 逾期利息 on one order: claimed by the payee, or added by the bureau itself; once.

    The facts are those of the day on which the bank paid: `base` fen came `days` after `due_on`, at `rate` percent a
    day. Agreed to, it is owed on `line`, ordered by the officer who agreed, and approved by another like any payment.
    """

    class State(models.TextChoices):
        ASKED = "asked", pgettext_lazy("interest", "Claimed, to be decided")
        AGREED = "agreed", pgettext_lazy("interest", "Agreed")
        REFUSED = "refused", pgettext_lazy("interest", "Refused")

    order = models.ForeignKey(PaymentOrder, on_delete=models.PROTECT, related_name="interest_claims")
    base = models.PositiveBigIntegerField(_("amount that came late"))
    due_on = models.DateField(_("to be paid by"))
    paid_on = models.DateField(_("paid on"))
    days = models.PositiveIntegerField(_("days late"))
    rate = models.DecimalField(_("percent a day"), max_digits=8, decimal_places=5)
    amount = models.PositiveBigIntegerField(_("interest"))
    state = StateField(_("state"), default=State.ASKED, choices=State.choices)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("claimed"))
    line = models.ForeignKey(BudgetLine, null=True, on_delete=models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(_("decided"), null=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    objects = InterestClaimQuerySet.as_manager()

    class Meta:
        ordering = ["asked_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["order"], condition=~Q(state="refused"), name="interest_once_an_order"),
            models.CheckConstraint(condition=Q(amount__gt=0, days__gt=0, base__gt=0), name="interest_for_being_late"),
            models.CheckConstraint(
                condition=~Q(state="agreed") | Q(line__isnull=False, decided_by__isnull=False),
                name="agreed_interest_has_a_line",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """What the ledger and the payment call it."""
        return f"{INTEREST_PREFIX}{self.order.reference}"

    @property
    def key(self) -> str:
        return f"interest/{self.pk}"

    @property
    def tone(self) -> str:
        return {"asked": "warn", "agreed": "good", "refused": "bad"}[self.state]

    @transition(state, source=State.ASKED, target=State.AGREED)
    def agree(self) -> None:
        """The bureau owes it."""

    @transition(state, source=State.ASKED, target=State.REFUSED)
    def refuse(self) -> None:
        """The delay was not the bureau's."""
