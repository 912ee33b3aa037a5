"""Public money that a payee gave back."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.pages.models import Row, StateField

from .accounts import Channel
from .orders import PaymentOrder


class Refund(Row):
    """Part or all of a paid order, given back. By the bank it is recorded once it came; Stripe is asked to reverse."""

    class State(models.TextChoices):
        ASKED = "asked", _("Asked for at the channel")
        DONE = "done", _("Money is back")
        FAILED = "failed", pgettext_lazy("payment", "Failed")

    order = models.ForeignKey(PaymentOrder, on_delete=models.PROTECT, related_name="refunds")
    amount = models.PositiveBigIntegerField(_("amount"))
    reason = models.CharField(_("reason"), max_length=200)
    channel = models.CharField(_("channel"), max_length=12, choices=Channel)
    key = models.CharField(max_length=200, unique=True)
    # Still owed: the payee is to be paid again. Otherwise the commitment of the line has it back.
    is_still_owed = models.BooleanField(_("still owed"), default=False)
    state = StateField(_("state"), default=State.ASKED, choices=State.choices)
    channel_reference = models.CharField(_("the bank's reference"), max_length=64, blank=True)
    cause = models.CharField(max_length=300, blank=True)
    called_at = models.DateTimeField(null=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["asked_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_of_something"),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(done_at__isnull=False), name="done_refund_has_a_moment"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order} −{self.amount}"

    @transition(state, source=State.ASKED, target=State.DONE)
    def complete(self) -> None:
        """The money is back."""

    @transition(state, source=State.ASKED, target=State.FAILED)
    def fail(self) -> None:
        """The channel refused: the payee has the money still."""
