"""An audit trail, and the owner of the database who bends it."""

from contextlib import contextmanager

from django.db import connection, transaction

from marketplace.audit.actions import record, seal
from marketplace.audit.models import Entry
from tests.append_only import triggers_off
from tests.given.people import a_person


def a_sealed_trail(batches: int = 3, rows: int = 4) -> list[Entry]:
    """Entries sealed in several batches, in the order in which they were written."""
    person = a_person()
    entries = []
    for batch in range(batches):
        entries += [record("thing.done", person, by=person, batch=batch, row=row) for row in range(rows)]
        seal("audit")
    return entries


@contextmanager
def as_owner():
    """A cursor of the database's owner: triggers and foreign keys are off."""
    with transaction.atomic(), triggers_off(), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA defer_foreign_keys = ON")
        yield cursor


def key(value) -> str:
    """A UUID as the database's own SQL writes it."""
    return str(value) if connection.vendor == "postgresql" else value.hex
