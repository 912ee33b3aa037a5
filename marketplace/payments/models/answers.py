"""What the bank says became of a file."""

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


class BankAnswer(Row):
    """A file of the bank as it was received (encrypted: it names accounts), previewed, then applied whole or not."""

    class State(models.TextChoices):
        READ = "read", _("Not applied yet")
        APPLIED = "applied", pgettext_lazy("payment", "Applied")
        DISCARDED = "discarded", pgettext_lazy("payment", "Discarded")

    class Format(models.TextChoices):
        CAMT_054 = "camt.054", "camt.054"
        CSV = "csv", "CSV"

    bureau = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="bank_answers")
    name = models.CharField(_("file"), max_length=120)
    format = models.CharField(_("format"), max_length=10, choices=Format)
    sha256 = models.CharField(max_length=64)
    content = EncryptedTextField()
    state = StateField(_("state"), default=State.READ, choices=State.choices)
    read_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField(pgettext_lazy("payment", "imported"))
    applied_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    applied_at = models.DateTimeField(pgettext_lazy("payment", "applied"), null=True)
    paid = models.PositiveIntegerField(pgettext_lazy("count", "paid"), default=0)
    failed = models.PositiveIntegerField(pgettext_lazy("count", "failed"), default=0)

    class Meta:
        ordering = ["-read_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["bureau", "sha256"], condition=Q(state="applied"), name="one_answer_applied_once"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("payments:answer", args=[self.pk])

    @transition(state, source=State.READ, target=State.APPLIED)
    def apply(self) -> None:
        """Every row of it has had its effect."""

    @transition(state, source=State.READ, target=State.DISCARDED)
    def discard(self) -> None:
        """It was the wrong file; nothing happened."""
