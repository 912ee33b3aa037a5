"""What can be found, as text and as the pairs of characters in it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Document(models.Model):
    """One thing that can be found, in one language.

    `folded` is title and text as they are compared. `grams` holds its character bigrams as ASCII tokens between
    spaces; each database has its own index over it (GIN over the array of them on PostgreSQL, FTS5 on SQLite), which
    the migration makes. The key is an integer because FTS5 points at SQLite's row number.
    """

    kind = models.CharField(max_length=40)
    object_id = models.CharField(max_length=64)
    object_uuid = models.UUIDField(null=True)
    language = models.CharField(max_length=10)
    title = models.CharField(_("title"), max_length=300)
    text = models.TextField(blank=True)
    url = models.CharField(max_length=500)
    is_public = models.BooleanField(default=True)
    folded = models.TextField()
    grams = models.TextField()
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name = _("search document")
        constraints = [
            models.UniqueConstraint(fields=["kind", "object_id", "language"], name="one_document_a_language")
        ]
        indexes = [models.Index(fields=["kind", "updated_at"], name="search_by_kind")]

    def __str__(self) -> str:
        return self.title
