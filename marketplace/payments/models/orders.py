"""An order to pay."""

import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.ledger.models import BudgetLine, oversees_all_money
from marketplace.pages.models import Row, StateField
from marketplace.parties.models import Organisation, Role

from .accounts import Channel

if TYPE_CHECKING:
    from marketplace.parties.models import User


class PaymentOrderQuerySet(models.QuerySet["PaymentOrder"]):
    def for_reference(self, reference: str):
        return self.filter(reference=reference)

    def to_approve(self):
        return self.filter(state=PaymentOrder.State.DRAFT)

    def to_send(self):
        return self.filter(state=PaymentOrder.State.APPROVED)

    def failed(self):
        return self.filter(state=PaymentOrder.State.FAILED)

    def unsettled(self):
        """What is still meant to be paid: it takes its part of what is owed."""
        State = PaymentOrder.State
        return self.filter(state__in=[State.DRAFT, State.APPROVED, State.SENT, State.FAILED])

    def late(self, on: datetime.date):
        """Not paid, and the last day to pay has passed."""
        return self.unsettled().filter(due_on__lt=on)

    def visible_to(self, user: "User"):
        """The paying bureau's people, the payee's owner and finance, those who oversee all money."""
        if oversees_all_money(user):
            return self
        live = user.memberships.filter(ended_at=None)
        payee_roles = (Role.OWNER, Role.FINANCE, Role.SIGNATORY)
        return self.filter(
            Q(bureau__in=live.values("organisation"))
            | Q(payee__in=live.filter(role__in=payee_roles).values("organisation"))
        )


class PaymentOrder(Row):
    """The bureau means to pay this much of what it owes, once. `key` makes it once; `reference` says for what."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Waits for approval")
        APPROVED = "approved", _("To be sent")
        SENT = "sent", _("At the bank")
        PAID = "paid", pgettext_lazy("payment", "Paid")
        FAILED = "failed", pgettext_lazy("payment", "Failed")
        CANCELLED = "cancelled", pgettext_lazy("payment", "Cancelled")

    bureau = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="payment_orders", verbose_name=_("bureau")
    )
    number = models.CharField(_("order number"), max_length=24)
    line = models.ForeignKey(
        BudgetLine, on_delete=models.PROTECT, related_name="payment_orders", verbose_name=_("budget line")
    )
    payee = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="payments_due", verbose_name=_("payee")
    )
    amount = models.PositiveBigIntegerField(_("amount"))
    purpose = models.CharField(pgettext_lazy("payment", "purpose"), max_length=120)
    reference = models.CharField(_("reference"), max_length=120)
    key = models.CharField(max_length=200, unique=True)
    channel = models.CharField(_("channel"), max_length=12, choices=Channel, default=Channel.BANK_FILE)
    state = StateField(_("state"), default=State.DRAFT, choices=State.choices)
    ordered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("ordered by")
    )
    ordered_at = models.DateTimeField(pgettext_lazy("payment", "ordered"))
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("approved by")
    )
    approved_at = models.DateTimeField(pgettext_lazy("payment", "approved"), null=True)
    due_on = models.DateField(_("to be paid by"), null=True)
    paid_at = models.DateTimeField(pgettext_lazy("payment", "paid"), null=True)
    refunded = models.PositiveBigIntegerField(_("paid back"), default=0)
    # Whether paying it late costs interest: not for a grant, and not for interest itself.
    bears_interest = models.BooleanField(default=True)
    claim = models.ForeignKey(
        "payments.InterestClaim", null=True, on_delete=models.PROTECT, related_name="payments",
        verbose_name=_("late-payment interest"),
    )  # fmt: skip
    cause = models.CharField(_("why it failed or was cancelled"), max_length=300, blank=True)

    objects = PaymentOrderQuerySet.as_manager()

    class Meta:
        ordering = ["-ordered_at", "-id"]
        indexes = [
            models.Index(fields=["bureau", "state", "ordered_at"], name="order_by_bureau_and_state"),
            models.Index(fields=["payee", "ordered_at"], name="order_by_payee"),
            models.Index(fields=["reference"], name="order_by_reference"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["bureau", "number"], name="one_payment_number"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_of_something"),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=models.F("ordered_by")), name="payment_by_two_people"
            ),
            models.CheckConstraint(
                condition=~Q(state="paid") | Q(paid_at__isnull=False), name="paid_order_has_a_moment"
            ),
            models.CheckConstraint(condition=Q(claim=None) | Q(bears_interest=False), name="no_interest_on_interest"),
            models.CheckConstraint(
                condition=Q(refunded=0) | Q(refunded__lte=models.F("amount"), state="paid"),
                name="only_what_was_paid_comes_back",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("payments:order", args=[self.pk])

    @property
    def net(self) -> int:
        """Fen that the payee has kept: nought until it is paid, less what was paid back."""
        return self.amount - self.refunded if self.state == self.State.PAID else 0

    @transition(state, source=State.DRAFT, target=State.APPROVED)
    def approve(self) -> None:
        """A second officer agrees."""

    @transition(state, source=State.APPROVED, target=State.SENT)
    def send(self) -> None:
        """Our intent stands in the database; from now on only the bank's answer moves it."""

    @transition(state, source=State.SENT, target=State.PAID)
    def pay(self) -> None:
        """The bank says that the money went."""

    @transition(state, source=[State.SENT, State.PAID], target=State.FAILED)
    def fail(self) -> None:
        """The bank refused it, or the money came back."""

    @transition(state, source=State.FAILED, target=State.APPROVED)
    def requeue(self) -> None:
        """Try again: the two officers' word still holds, the amount and payee are the same."""

    @transition(state, source=[State.DRAFT, State.APPROVED, State.FAILED], target=State.CANCELLED)
    def cancel(self) -> None:
        """It won't be paid by this order; what is owed stays owed."""
