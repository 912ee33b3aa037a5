"""What Stripe tells us, kept as it came before anything is done about it, and the nightly comparison."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from marketplace.pages.models import Row, StateField
from marketplace.parties.encryption import EncryptedTextField


class WebhookDelivery(Row):
    """One request to our webhook, for ever (append-only). What Stripe did not sign leaves a digest, not its body."""

    class Verdict(models.TextChoices):
        ACCEPTED = "accepted", _("First time")
        REPEATED = "repeated", _("Known already")
        UNSIGNED = "unsigned", _("Wrong signature")
        OLD = "old", _("Old time stamp")
        UNREADABLE = "unreadable", _("Unreadable")

    verdict = models.CharField(_("verdict"), max_length=12, choices=Verdict)
    event_id = models.CharField(max_length=120, blank=True, db_index=True)
    event_type = models.CharField(_("event"), max_length=80, blank=True)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    body = EncryptedTextField(blank=True)
    received_at = models.DateTimeField(_("received"))

    class Meta:
        ordering = ["-received_at", "-id"]

    def __str__(self) -> str:
        return f"{self.event_type} {self.verdict}"


class StripeEvent(Row):
    """One event, however often it was delivered, and what became of it."""

    class State(models.TextChoices):
        RECEIVED = "received", _("Not handled yet")
        HANDLED = "handled", _("Handled")
        UNKNOWN = "unknown", _("Kept: not ours to handle")

    event_id = models.CharField(max_length=120, unique=True)
    event_type = models.CharField(_("event"), max_length=80)
    object_id = models.CharField(max_length=120, blank=True)
    delivery = models.OneToOneField(WebhookDelivery, on_delete=models.PROTECT, related_name="event")
    state = StateField(_("state"), default=State.RECEIVED, choices=State.choices)
    tries = models.PositiveSmallIntegerField(default=0)
    fault = models.CharField(max_length=300, blank=True)
    handled_at = models.DateTimeField(_("handled"), null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["created_at"], condition=models.Q(state="received"), name="events_to_handle")]

    def __str__(self) -> str:
        return f"{self.event_type} {self.event_id}"

    @transition(state, source=State.RECEIVED, target=State.HANDLED)
    def handle(self) -> None:
        """It had its effect, or its effect was there already."""

    @transition(state, source=State.RECEIVED, target=State.UNKNOWN)
    def keep(self) -> None:
        """No verb of ours answers to it."""


class StripeReconciliation(Row):
    """One day's balance transactions at Stripe against ours. Each difference is a row for a person to look at."""

    day = models.DateField(_("day"), unique=True)
    compared = models.PositiveIntegerField(_("compared"))
    sum_theirs = models.BigIntegerField(_("at Stripe"))
    sum_ours = models.BigIntegerField(_("with us"))
    differences = models.JSONField(default=list)
    run_at = models.DateTimeField(_("compared at"))
    note = models.CharField(_("explanation"), max_length=200, blank=True)
    explained_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    explained_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-day"]

    @property
    def needs_a_person(self) -> bool:
        return bool(self.differences) and self.explained_by_id is None
