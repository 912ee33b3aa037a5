"""An order to pay, each try to carry it out, and the file in which tries travel."""

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

from .accounts import PayeeAccount
from .answers import BankAnswer

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

    class Channel(models.TextChoices):
        BANK_FILE = "bank_file", _("Bank file")

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
    paid_at = models.DateTimeField(pgettext_lazy("payment", "paid"), null=True)
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
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("payments:order", args=[self.pk])

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


class PaymentBatch(Row):
    """One file to the bank, made of committed tries; rendered again it is the same file, byte for byte."""

    bureau = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="payment_batches")
    number = models.CharField(_("batch number"), max_length=24)
    account = models.ForeignKey(PayeeAccount, on_delete=models.PROTECT, related_name="+")
    count = models.PositiveIntegerField(_("payments"))
    total = models.PositiveBigIntegerField(_("total"))
    pay_on = models.DateField(_("to be paid on"))
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(pgettext_lazy("payment", "made"))

    class Meta:
        ordering = ["-made_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["bureau", "number"], name="one_batch_number")]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("payments:batch", args=[self.pk])

    @property
    def message_id(self) -> str:
        """MsgId of the bank file: unique everywhere, 34 of the 35 characters allowed."""
        return f"MF{self.pk.hex}"


class PaymentAttempt(Row):
    """One try to carry an order out, to one account. At most one try of an order is at the bank or has paid."""

    class State(models.TextChoices):
        SENT = "sent", _("At the bank")
        PAID = "paid", pgettext_lazy("payment", "Paid")
        FAILED = "failed", pgettext_lazy("payment", "Failed")
        RETURNED = "returned", _("Came back")

    order = models.ForeignKey(PaymentOrder, on_delete=models.PROTECT, related_name="attempts")
    batch = models.ForeignKey(PaymentBatch, on_delete=models.PROTECT, related_name="attempts")
    account = models.ForeignKey(PayeeAccount, on_delete=models.PROTECT, related_name="+")
    end_to_end_id = models.CharField(max_length=35, unique=True)
    state = StateField(_("state"), default=State.SENT, choices=State.choices)
    cause = models.CharField(_("the bank's reason"), max_length=300, blank=True)
    bank_reference = models.CharField(_("the bank's reference"), max_length=64, blank=True)
    answer = models.ForeignKey(BankAnswer, null=True, on_delete=models.PROTECT, related_name="attempts")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["order"], condition=Q(state__in=["sent", "paid"]), name="never_paid_twice")
        ]

    def __str__(self) -> str:
        return self.end_to_end_id

    @transition(state, source=State.SENT, target=State.PAID)
    def pay(self) -> None:
        """The bank's answer names it as booked."""

    @transition(state, source=State.SENT, target=State.FAILED)
    def fail(self) -> None:
        """The bank did not carry it out."""

    @transition(state, source=State.PAID, target=State.RETURNED)
    def come_back(self) -> None:
        """The payee's bank sent it back after it was booked."""
