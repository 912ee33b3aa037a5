"""Who did what: append-only, sealed in batches."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from marketplace.pages.models import Row


class Entry(Row):
    """One fact that happened: written in the transaction of the change it records."""

    event = models.CharField(max_length=80)
    subject_type = models.CharField(max_length=80)
    subject_id = models.CharField(max_length=64)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    organisation_id = models.UUIDField(null=True)
    detail = models.JSONField(default=dict)
    happened_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "happened_at"], name="audit_by_subject"),
            models.Index(fields=["actor", "happened_at"], name="audit_by_actor"),
        ]
