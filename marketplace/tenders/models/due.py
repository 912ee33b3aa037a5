"""What the clock has done: one row an event, so that it is done once."""

from django.db import models

from marketplace.pages.models import Row


class EventRun(Row):
    """An event that was carried out. Written in the transaction of what it did: both stand, or neither."""

    name = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=40)
    due_at = models.DateTimeField()
    done_at = models.DateTimeField()

    class Meta:
        ordering = ["-done_at"]
        constraints = [
            models.UniqueConstraint(fields=["name", "subject_type", "subject_id", "due_at"], name="one_run_an_event")
        ]
