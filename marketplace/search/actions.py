"""Keep what can be found up to date: called by the verb that publishes or changes a thing."""

import uuid

from django.db import models, transaction

from marketplace.pages import clock

from .grams import as_column, fold
from .models import Document


@transaction.atomic
def index(
    obj: models.Model,
    *,
    kind: str,
    title: str,
    text: str,
    url: str,
    language: str = "zh-hans",
    is_public: bool = True,
) -> None:
    """Let the object be found by its title and text, in one language. Called again it replaces what was there."""
    title, text = title.replace("\x00", " ").strip()[:300], text.replace("\x00", " ").strip()
    folded = fold(f"{title} {text}")
    Document.objects.bulk_create(
        [
            Document(
                kind=kind,
                object_id=str(obj.pk),
                object_uuid=obj.pk if isinstance(obj.pk, uuid.UUID) else None,
                language=language,
                title=title,
                text=text,
                url=url,
                is_public=is_public,
                folded=folded,
                grams=as_column(folded),
                updated_at=clock.now(),
            )
        ],
        update_conflicts=True,
        unique_fields=["kind", "object_id", "language"],
        update_fields=["title", "text", "url", "is_public", "folded", "grams", "updated_at"],
    )


@transaction.atomic
def unindex(obj: models.Model, *, kind: str = "") -> None:
    """Let the object be found no more, in any language. Give the kind where integer keys of two kinds may meet."""
    found = Document.objects.filter(object_id=str(obj.pk))
    (found.filter(kind=kind) if kind else found).delete()
