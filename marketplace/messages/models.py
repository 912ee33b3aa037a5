"""What people were told, and how they want to be told."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.pages.models import Row, StateField
from marketplace.parties.encryption import EncryptedTextField
from marketplace.parties.models import Region


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, user):
        return self.filter(to=user) if user.is_authenticated else self.none()

    def unread(self):
        return self.filter(read_at=None)


class Message(Row):
    """One message to one person, in the language the person reads. `key` makes telling twice the same as once."""

    to = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="inbox")
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("text"))
    url = models.CharField(max_length=500, blank=True)
    about_type = models.CharField(max_length=80, blank=True)
    about_id = models.CharField(max_length=64, blank=True)
    key = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=10)
    read_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["to", "key"], condition=~models.Q(key=""), name="told_once"),
        ]
        indexes = [
            models.Index(fields=["to", "-created_at"], name="inbox_of_a_person"),
            models.Index(fields=["to"], condition=models.Q(read_at=None), name="inbox_unread"),
        ]

    def __str__(self) -> str:
        return self.subject


class Preference(models.Model):
    """How a person wants to be told; without a row, in the inbox and by mail."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+")
    by_mail = models.BooleanField(_("Also send me messages by e-mail"), default=True)


class TextMessage(Row):
    """One SMS to one number. Number and text are encrypted; `key` makes sending twice the same as once."""

    class State(models.TextChoices):
        QUEUED = "queued", pgettext_lazy("message", "Waiting to be sent")
        SENT = "sent", pgettext_lazy("message", "Sent")
        FAILED = "failed", pgettext_lazy("message", "Not sent")

    number = EncryptedTextField(_("telephone"))
    text = EncryptedTextField(_("text"))
    key = models.CharField(max_length=200, unique=True)
    about_type = models.CharField(max_length=80, blank=True)
    about_id = models.CharField(max_length=64, blank=True)
    state = StateField(_("state"), default=State.QUEUED, choices=State.choices)
    tries = models.PositiveSmallIntegerField(default=0)
    gateway_id = models.CharField(max_length=100, blank=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["state", "created_at"], name="texts_to_send")]

    @transition(state, source=[State.QUEUED, State.FAILED], target=State.SENT)
    def go(self) -> None:
        """The gateway has it."""

    @transition(state, source=[State.QUEUED, State.FAILED], target=State.FAILED)
    def fail(self) -> None:
        """The gateway refused or did not answer; it is tried again."""


class Letter(Row):
    """One letter to print and post. Name, address and text are encrypted; the town says whose desk prints it."""

    class State(models.TextChoices):
        TO_PRINT = "to_print", pgettext_lazy("letter", "To be printed")
        POSTED = "posted", pgettext_lazy("letter", "Posted")

    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+")
    name = EncryptedTextField(_("to"))
    address = EncryptedTextField(_("address"))
    subject = models.CharField(_("subject"), max_length=200)
    text = EncryptedTextField(_("text"))
    key = models.CharField(max_length=200, unique=True)
    about_type = models.CharField(max_length=80, blank=True)
    about_id = models.CharField(max_length=64, blank=True)
    state = StateField(_("state"), default=State.TO_PRINT, choices=State.choices)
    posted_at = models.DateTimeField(null=True)
    posted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["region", "created_at"]
        indexes = [models.Index(fields=["region", "state"], name="letters_to_print")]

    @transition(state, source=State.TO_PRINT, target=State.POSTED)
    def post(self) -> None:
        """Printed, in its envelope and on its way."""
