"""The bank's own account of what went and came, held against our orders line by line."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.pages.models import Row, StateField
from marketplace.parties.encryption import EncryptedTextField
from marketplace.parties.models import Organisation

from .batches import PaymentAttempt


class BankStatement(Row):
    """One statement as it was received (encrypted: it names accounts)."""

    class Format(models.TextChoices):
        CAMT_053 = "camt.053", "camt.053"
        CSV = "csv", "CSV"

    bureau = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="bank_statements")
    name = models.CharField(_("file"), max_length=120)
    format = models.CharField(_("format"), max_length=10, choices=Format)
    sha256 = models.CharField(max_length=64)
    content = EncryptedTextField()
    from_on = models.DateField(pgettext_lazy("period", "from"))
    to_on = models.DateField(pgettext_lazy("period", "to"))
    opening = models.BigIntegerField(_("opening balance"), null=True)
    closing = models.BigIntegerField(_("closing balance"), null=True)
    count = models.PositiveIntegerField(_("lines"))
    known = models.PositiveIntegerField(_("known from an earlier statement"), default=0)
    read_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField(pgettext_lazy("payment", "imported"))

    class Meta:
        ordering = ["-to_on", "-read_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["bureau", "sha256"], name="one_statement_once")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("payments:statement", args=[self.pk])


class StatementLine(Row):
    """One booking. `fingerprint` keeps the same booking of two overlapping statements from counting twice."""

    class Direction(models.TextChoices):
        DEBIT = "debit", _("Went out")
        CREDIT = "credit", _("Came in")

    class State(models.TextChoices):
        MATCHED = "matched", _("Matched")
        UNMATCHED = "unmatched", _("Waits for a person")
        EXPLAINED = "explained", _("Explained by a person")

    statement = models.ForeignKey(BankStatement, on_delete=models.PROTECT, related_name="lines")
    bureau = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveIntegerField(_("line"))
    fingerprint = models.CharField(max_length=64)
    booked_on = models.DateField(_("booked on"))
    direction = models.CharField(_("direction"), max_length=6, choices=Direction)
    amount = models.PositiveBigIntegerField(_("amount"))
    end_to_end_id = models.CharField(_("end-to-end id"), max_length=35, blank=True)
    bank_reference = models.CharField(_("the bank's reference"), max_length=64, blank=True)
    counterparty = EncryptedTextField(_("other side"), blank=True)
    text = EncryptedTextField(pgettext_lazy("statement", "text"), blank=True)
    state = StateField(_("state"), default=State.UNMATCHED, choices=State.choices)
    why = models.CharField(_("why it waits"), max_length=24, blank=True)
    attempt = models.ForeignKey(
        PaymentAttempt, null=True, on_delete=models.PROTECT, related_name="statement_lines", verbose_name=_("payment")
    )
    note = models.CharField(_("explanation"), max_length=200, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["booked_on", "position"]
        indexes = [models.Index(fields=["bureau", "state", "booked_on"], name="line_by_bureau_and_state")]
        constraints = [
            models.UniqueConstraint(fields=["bureau", "fingerprint"], name="one_booking_once"),
            models.UniqueConstraint(
                fields=["attempt", "direction"], condition=Q(attempt__isnull=False), name="one_line_for_a_payment"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="booking_of_something"),
            models.CheckConstraint(
                condition=~Q(state="explained") | (~Q(note="") & Q(decided_by__isnull=False)),
                name="explained_line_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.booked_on} {self.direction} {self.amount}"

    def get_absolute_url(self) -> str:
        return reverse("payments:statement_line", args=[self.pk])

    @transition(state, source=State.UNMATCHED, target=State.MATCHED)
    def match(self) -> None:
        """It is the booking of one of our payments."""

    @transition(state, source=State.UNMATCHED, target=State.EXPLAINED)
    def explain(self) -> None:
        """A person says what it is: bank fees, interest, somebody else's money."""
