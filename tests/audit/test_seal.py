import pytest
from django.db import DatabaseError, connection, transaction

from marketplace.audit.actions import record, seal
from marketplace.audit.models import Batch, Entry, Seal
from tests.given.people import a_person

pytestmark = pytest.mark.django_db


def test_rows_are_sealed_once_and_in_the_order_of_their_birth():
    person = a_person()
    entries = [record("thing.done", person, by=person, count=n) for n in range(3)]

    assert seal("audit") == 3
    assert seal("audit") == 0
    batch = Batch.objects.get(stream="audit")
    assert [seal.row_id for seal in batch.seals.order_by("position")] == [entry.pk for entry in entries]

    record("thing.done", person, by=person)
    assert seal("audit") == 1
    second = Batch.objects.get(number=2)
    assert (second.size, second.previous) == (4, batch.root)


@pytest.mark.parametrize("model", [Entry, Batch, Seal])
@pytest.mark.parametrize("verb", ["UPDATE {table} SET {column} = {column}", "DELETE FROM {table}", "TRUNCATE {table}"])
def test_the_database_refuses_to_change_what_only_grows(model, verb):
    if verb.startswith("TRUNCATE") and connection.vendor != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    record("thing.done", a_person(), by=None)
    seal()
    table = model._meta.db_table
    column = model._meta.concrete_fields[-1].column

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(verb.format(table=table, column=column) + (" CASCADE" if "TRUNCATE" in verb else ""))

    assert model.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_transactional_test_can_still_be_cleaned_up():
    record("thing.done", a_person(), by=None)
