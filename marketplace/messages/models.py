"""What people were told, and how they want to be told."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from marketplace.pages.models import Row


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
