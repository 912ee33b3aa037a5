"""What was published, kept as the bytes that were published; and what others published, imported."""

from django.db import models
from django.db.models.functions import Now


class Feed(models.Model):
    """The last position of the public feed. One row; whoever publishes holds it until their transaction ends, so that
    a reader with a cursor never misses a release that was committed later than one with a higher position."""

    name = models.CharField(max_length=20, primary_key=True)
    last = models.PositiveBigIntegerField(default=0)


class Release(models.Model):
    """One OCDS release: append-only, guarded by triggers."""

    position = models.PositiveBigIntegerField(primary_key=True)
    ocid = models.CharField(max_length=120, db_index=True)
    release_id = models.CharField(max_length=160, unique=True)
    tags = models.JSONField()
    date = models.DateTimeField(db_index=True)  # what the release says
    body = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["position"]


class Process(models.Model):
    """The compiled release of one contracting process: rebuilt from its releases whenever one is published."""

    ocid = models.CharField(max_length=120, primary_key=True)
    title = models.CharField(max_length=300, blank=True)
    buyer = models.CharField(max_length=200, blank=True)
    releases = models.PositiveIntegerField(default=0)
    compiled = models.BinaryField()
    first_date = models.DateTimeField()
    last_date = models.DateTimeField(db_index=True)
    position = models.PositiveBigIntegerField(db_index=True)  # of its newest release

    class Meta:
        ordering = ["position"]
