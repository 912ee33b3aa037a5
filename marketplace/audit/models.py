"""Who did what: append-only, sealed in batches."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from marketplace.pages.models import Row, uuid7


class Entry(Row):
    """One fact that happened: written in the transaction of the change it records.

    `mac` is an HMAC under a key outside the database over every other column, so that a row which is not yet sealed
    can't be changed or forged through the database alone.
    """

    event = models.CharField(_("event"), max_length=80)
    subject_type = models.CharField(max_length=80)
    subject_id = models.CharField(max_length=64)
    # No database constraint: checking it would lock the person's row, shared, for every entry that they cause, and
    # people are never deleted. No index of its own: `audit_by_actor` begins with it.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("person"),
    )
    organisation_id = models.UUIDField(null=True)
    detail = models.JSONField(default=dict)
    happened_at = models.DateTimeField(_("time"), db_default=Now())
    mac = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("audit entry")
        # Every verb pays for each of these. An entry is born when it happened: sealing and the list share the last.
        indexes = [
            models.Index(fields=["subject_id", "created_at"], name="audit_by_subject"),
            models.Index(fields=["actor", "created_at"], name="audit_by_actor"),
            models.Index(fields=["created_at", "id"], name="audit_by_birth"),
        ]


class SealedStream(models.Model):
    """The row a sealer holds while it seals one stream, so that there is one sealer at a time.

    It says nothing that verification trusts.
    """

    name = models.CharField(max_length=40, primary_key=True)


class Batch(models.Model):
    """Rows of one stream, sealed together. `root` covers every other column but the signature, the rows' digests in
    their order, and through `previous` every batch before."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    stream = models.CharField(max_length=40)
    number = models.PositiveBigIntegerField()
    count = models.PositiveIntegerField()
    size = models.PositiveBigIntegerField()
    previous = models.CharField(max_length=64, blank=True)
    watermark = models.DateTimeField()
    sealed_at = models.DateTimeField()
    root = models.CharField(max_length=64)
    signature = models.CharField(max_length=128)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stream", "number"], name="one_batch_a_number"),
            models.CheckConstraint(condition=models.Q(count__gte=1), name="batch_holds_rows"),
        ]


class Seal(models.Model):
    """One row's place in its batch, and its digest (SHA-256 over the canonical bytes of all its columns)."""

    pk = models.CompositePrimaryKey("stream", "row_id")
    stream = models.CharField(max_length=40)
    row_id = models.UUIDField()
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="seals")
    position = models.PositiveBigIntegerField()
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "position"], name="one_row_a_position")]
