"""The two words that every verb of Minfu says, may this person and that they did; and the sealing of what was said."""

import datetime
import uuid
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection, models, transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from marketplace.pages import clock
from marketplace.pages.bulk import insert_rows
from marketplace.pages.models import uuid7

from .canonical import canonical, column_names, entry_macs, plain, row_digest, row_mac
from .models import Batch, Entry, Seal, SealedStream
from .sealing import CLOCK_STEP, MOST_ROWS, batch_root, signed_part, streams
from .signing import sign


def authorise(policy: Callable[..., bool], by: Any, *subject: Any) -> None:
    """Raise PermissionDenied unless the policy allows `by` to act on the subject."""
    if not policy(by, *subject):
        raise PermissionDenied(_("You may not do this."))


def record(event: str, subject: models.Model, *, by: Any, organisation: Any = None, **detail: Any) -> Entry:
    """Write what happened, in the same transaction as the change.

    `event` is `thing.verbed` ("bid.awarded"); `detail` holds plain JSON values: money in fen, no personal data.
    """
    entry = Entry(**_columns(event, subject, by, organisation, detail, clock.database_time()))
    entry.save(force_insert=True)
    return entry


def record_all(
    event: str, subjects: Iterable[tuple[models.Model, dict[str, Any]]], *, by: Any, organisation: Any = None
) -> None:
    """The same of many subjects, each with its detail, in a few statements whatever their number."""
    moment = clock.database_time()
    insert_rows(Entry, [_columns(event, subject, by, organisation, detail, moment) for subject, detail in subjects])


def _columns(
    event: str,
    subject: models.Model,
    by: Any,
    organisation: Any,
    detail: dict[str, Any],
    moment: datetime.datetime,
) -> dict[str, Any]:
    if by is not None and by.pk is None:
        raise ValueError("Nobody has done this: an entry names a person or the system.")
    columns = {
        "id": uuid7(),
        "event": event,
        "subject_type": subject._meta.label_lower,
        "subject_id": str(subject.pk),
        "actor_id": by.pk if by is not None else None,
        "organisation_id": _key(organisation),
        "detail": plain(detail),
        "happened_at": moment,
        "created_at": moment,
    }
    return columns | {"mac": row_mac(columns)}


def sign_ahead(
    entries: Iterable[tuple[str, str, type[models.Model], str, dict[str, Any]]],
    *,
    by: str,
    organisation: str,
    at: datetime.datetime,
) -> list[str]:
    """HMACs of entries (id, event, model and key of the subject, detail) that the database itself will write, in the
    statement of the change they record. Ids and keys are text.

    All of their columns must be known before, `at` (created and happened) included: the key never goes to the database.
    """
    named = [(key, event, model._meta.label_lower, subject, detail) for key, event, model, subject, detail in entries]
    return entry_macs(named, by=by, organisation=organisation, at=canonical(at))


def _key(organisation: Any) -> uuid.UUID | None:
    key = getattr(organisation, "pk", organisation)
    return uuid.UUID(key) if isinstance(key, str) else key


def unsealed(stream: str) -> models.QuerySet:
    """Rows of the stream that have no seal."""
    model = streams()[stream]
    return model._base_manager.filter(~Exists(Seal.objects.filter(stream=stream, row_id=OuterRef("pk"))))


def read_rows(rows: models.QuerySet, model: type[models.Model]) -> Iterator[dict]:
    return rows.values(*column_names(model)).iterator(chunk_size=2_000)


def seal(stream: str | None = None, *, sweep: bool = False) -> int:
    """Seal every committed row that has no seal yet; return how many there were.

    With `sweep` the whole table is searched, not only what was born since the watermark.
    """
    return sum(_seal_stream(name, sweep=sweep) for name in ([stream] if stream else streams()))


def _seal_stream(stream: str, *, sweep: bool) -> int:
    total = 0
    while True:
        count = _seal_batch(stream, sweep=sweep)
        total += count
        if count < MOST_ROWS:
            return total


def _oldest_transaction() -> datetime.datetime:
    """When the oldest transaction that may still write began (the watermark; see above)."""
    now = clock.database_time()
    if connection.vendor != "postgresql":
        return now
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT least("
            " (SELECT min(xact_start) FROM pg_stat_activity"
            "   WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'),"
            " (SELECT min(prepared) FROM pg_prepared_xacts WHERE database = current_database()))"
        )
        (oldest,) = cursor.fetchone()
    return min(now, oldest.astimezone(datetime.UTC)) if oldest else now


@transaction.atomic
def _seal_batch(stream: str, *, sweep: bool) -> int:
    SealedStream.objects.get_or_create(name=stream)
    SealedStream.objects.select_for_update().get(name=stream)
    last = Batch.objects.filter(stream=stream).order_by("-number").first()
    watermark = _oldest_transaction()
    model = streams()[stream]
    fresh = unsealed(stream)
    if last and not sweep:
        fresh = fresh.filter(created_at__gte=last.watermark - CLOCK_STEP)
    rows = [
        (str(columns["id"]), row_digest(stream, columns))
        for columns in read_rows(fresh.order_by("created_at", "pk")[:MOST_ROWS], model)
    ]
    if not rows:
        return 0
    if len(rows) == MOST_ROWS and last:
        watermark = last.watermark  # there may be older rows left: the next batch moves it on
    elif len(rows) == MOST_ROWS:
        watermark = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    batch = Batch(
        stream=stream,
        number=last.number + 1 if last else 1,
        count=len(rows),
        size=(last.size if last else 0) + len(rows),
        previous=last.root if last else "",
        watermark=max(watermark, last.watermark) if last else watermark,
        sealed_at=clock.database_time(),
    )
    batch.root = batch_root(batch, rows)
    batch.signature = sign(signed_part(batch))
    batch.save(force_insert=True)
    Seal.objects.bulk_create(
        [
            Seal(stream=stream, row_id=row_id, batch=batch, position=position, digest=digest)
            for position, (row_id, digest) in enumerate(rows, start=batch.size - len(rows) + 1)
        ],
        batch_size=1_000,
    )
    return len(rows)
