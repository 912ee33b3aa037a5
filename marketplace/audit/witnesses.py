"""Rows that each have an entry of their own: an entry deleted before it was sealed is missed here.

The seals find whatever happens to a sealed row. In the seconds before, whoever owns the database could delete an entry
and leave no gap, since writers take no numbers. What the entry tells of is still there, though, and says so; costs the
writer nothing. Who deletes that as well is found by the ledger, whose transfers balance and are sealed themselves.

This module imports no models, so that every AppConfig may import it.
"""

from collections.abc import Iterator
from itertools import islice

from django.db import models

CHUNK = 2_000
_witnesses: list[type[models.Model]] = []


def register_witness(model: type[models.Model]) -> None:
    """Every row of this table was made by a verb that recorded it as its subject. Called in AppConfig.ready."""
    if model not in _witnesses:
        _witnesses.append(model)


def unrecorded(entries: models.QuerySet) -> Iterator[str]:
    """Table and key of each row of which no entry tells. Reads everything, a few thousand rows at a time."""
    for model in _witnesses:
        keys = iter(model._base_manager.order_by().values_list("id", flat=True).iterator(CHUNK))
        while chunk := [str(key) for key in islice(keys, CHUNK)]:
            told = set(entries.filter(subject_id__in=chunk).values_list("subject_id", flat=True))
            yield from (f"{model._meta.db_table} {key}" for key in chunk if key not in told)
