"""What carries orders out: a batch of tries, each with its own end-to-end id."""

from enum import StrEnum

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.pages.models import Row, StateField
from marketplace.parties.models import Organisation

from .accounts import Channel, PayeeAccount
from .answers import BankAnswer
from .orders import PaymentOrder


class PaymentBatch(Row):
    """Committed tries that go out together through one channel; a bank file rendered again is the same file."""

    bureau = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="payment_batches")
    number = models.CharField(_("batch number"), max_length=24)
    channel = models.CharField(_("channel"), max_length=12, choices=Channel, default=Channel.BANK_FILE)
    account = models.ForeignKey(PayeeAccount, null=True, on_delete=models.PROTECT, related_name="+")
    count = models.PositiveIntegerField(_("payments"))
    total = models.PositiveBigIntegerField(_("total"))
    pay_on = models.DateField(_("to be paid on"))
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(pgettext_lazy("payment", "made"))

    class Meta:
        ordering = ["-made_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["bureau", "number"], name="one_batch_number"),
            models.CheckConstraint(
                condition=~Q(channel="bank_file") | Q(account__isnull=False), name="bank_file_has_an_account"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("payments:batch", args=[self.pk])

    @property
    def message_id(self) -> str:
        """MsgId of the bank file: unique everywhere, 34 of the 35 characters allowed."""
        return f"MF{self.pk.hex}"


class Change(StrEnum):
    """What becomes of a try."""

    PAID = "paid"
    FAILED = "failed"
    RETURNED = "returned"
    NONE = "none"


class PaymentAttemptQuerySet(models.QuerySet["PaymentAttempt"]):
    def unfinished(self):
        """Committed, and we don't know that the channel has them: to be asked about before anything is repeated."""
        return self.filter(state=PaymentAttempt.State.SENT, handed_over_at=None)


class PaymentAttempt(Row):
    """One try to carry an order out, to one account. At most one try of an order is at the bank or has paid.

    The row is our intent, committed before the channel hears of it. `called_at`: the channel may have heard of it from
    then on; `handed_over_at`: it has it for certain, under `channel_reference`.
    """

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
    called_at = models.DateTimeField(null=True)
    handed_over_at = models.DateTimeField(pgettext_lazy("payment", "handed over"), null=True)
    channel_reference = models.CharField(_("the channel's reference"), max_length=64, blank=True, db_index=True)
    cause = models.CharField(_("the bank's reason"), max_length=300, blank=True)
    bank_reference = models.CharField(_("the bank's reference"), max_length=64, blank=True)
    answer = models.ForeignKey(BankAnswer, null=True, on_delete=models.PROTECT, related_name="attempts")
    answered_at = models.DateTimeField(null=True)

    objects = PaymentAttemptQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [
            models.Index(fields=["called_at"], condition=Q(state="sent", handed_over_at=None), name="unfinished_tries")
        ]
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
