"""What is sealed, and how. The verb that does it is `actions.seal`.

A batch is some rows of a stream; its root covers them and the batch before.

Writers never queue: a row is written without a number or a link to the row before. Seconds later the sealer, one at a
time, gathers the rows that are committed and not yet sealed, whatever their order, and signs a batch.

**Which rows are not yet sealed.** On PostgreSQL rows become visible in the order of their commits, not of their ids
or times: a high-water mark would miss the row of a slow transaction. "Not sealed" therefore means "has no seal" (an
anti-join on the seals' primary key), limited to rows born since the last *watermark*. The watermark is taken before
the rows are read: the start of the oldest transaction still running in this database, else now. A row that the
reading can't see belongs to a transaction which was running then or began later, and a row is born
(`created_at`, the database's own statement time) after its transaction began; so it is born after the watermark, and
the next reading looks there. On SQLite the sealer holds the only write lock, so the watermark is simply now. The cost
of one sealing is the rows since the oldest open transaction, not the history. The owner indexes `created_at`.

The watermark is part of the batch. A row born before the watermark of the last batch and yet without a seal can't
have come from a transaction: it was put into sealed history, and verification says so. The same holds for a row
sealed in a batch although it was born before the watermark of the batch in front of it.

This module imports no models, so that every AppConfig may import it.
"""

import datetime
import hashlib
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import models

from .canonical import canonical_bytes

MOST_ROWS = 5_000  # a batch: enough for ten seconds of the busiest hour, small enough to read again in one go
CLOCK_STEP = datetime.timedelta(seconds=5)  # how far the database's clock may be set back between two batches

_streams: dict[str, type[models.Model]] = {}


def register_stream(name: str, model: type[models.Model]) -> None:
    """Have every row of this append-only table sealed. Called in AppConfig.ready.

    The model subclasses `Row` (uuid key, `created_at` by the database) and should index `created_at`.
    """
    if not isinstance(model._meta.pk, models.UUIDField) or "created_at" not in {f.name for f in model._meta.fields}:
        raise ImproperlyConfigured(f"{model._meta.label} must subclass Row to be sealed.")
    if _streams.get(name, model) is not model:
        raise ImproperlyConfigured(f"The stream {name} is {_streams[name]._meta.label} already.")
    _streams[name] = model


def streams() -> dict[str, type[models.Model]]:
    """The registered streams, by name."""
    return dict(sorted(_streams.items()))


def batch_root(batch: Any, rows: Iterable[tuple[str, str]]) -> str:
    """SHA-256 over the batch's own columns and its rows' (id, digest) in their order."""
    header = {
        "id": batch.pk,
        "stream": batch.stream,
        "number": batch.number,
        "count": batch.count,
        "size": batch.size,
        "previous": batch.previous,
        "watermark": batch.watermark,
        "sealed_at": batch.sealed_at,
    }
    root = hashlib.sha256(b"minfu batch\n" + canonical_bytes(header))
    for row_id, digest in rows:
        root.update(f"\n{row_id} {digest}".encode())
    return root.hexdigest()


def signed_part(batch: Any) -> bytes:
    return f"minfu batch\n{batch.stream}\n{batch.number}\n{batch.root}".encode()
