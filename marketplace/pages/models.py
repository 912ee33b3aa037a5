"""What every table shares, and the memory that stops a form from being sent twice."""

import uuid

import uuid_utils.compat
from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django_fsm import FSMField


def uuid7() -> uuid.UUID:
    """A time-ordered key (RFC 9562): safe to show in an address, cheap to index."""
    return uuid_utils.compat.uuid7()


class Row(models.Model):
    """A row with a UUIDv7 key and the database's own time of birth."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        abstract = True


class StateField(FSMField):
    """A state that only transitions move: protected, and a plain column to migrations.

    A migration needs the column, not the machine. Left as it is, every FSMField that a migration's state renders
    listens to the making of every later class: with our tables that made `migrate` seven times slower.
    """

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **{"protected": True, **kwargs})

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        kwargs.pop("protected", None)
        return name, "django.db.models.CharField", args, kwargs


class Submission(models.Model):
    """A form that was sent: the second click finds the first one's answer."""

    key = models.UUIDField(primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    path = models.CharField(max_length=500)
    answer_url = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
