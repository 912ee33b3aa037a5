"""Whatever the owner of the database does to any row with the triggers off is found and named."""

import datetime
import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from marketplace.audit.actions import record, seal
from marketplace.audit.heads import BadHead, current_head, export_head, kept_heads, read_head
from marketplace.audit.models import Batch, Entry, Seal
from marketplace.audit.verification import verify
from tests.given.audit import a_sealed_trail, as_owner, key
from tests.given.people import a_person

pytestmark = pytest.mark.django_db


def first_fault(heads=None):
    report = verify(["audit"], heads)
    return report.faults[0] if report.faults else None


def test_an_honest_trail_holds():
    a_sealed_trail()
    record("thing.done", a_person(), by=None, price=1.0, large=10**20, tiny=1e-9, list=[1, 2.50, None, True, "字"])

    report = verify()
    assert report.is_sound
    assert (report.rows["audit"], report.unsealed["audit"]) == (13, 1)
    seal()
    assert verify().is_sound


ENTRY_CHANGES = {
    "event": "'thing.undone'",
    "subject_type": "'other.thing'",
    "subject_id": "'other'",
    "organisation_id": "'{other}'",
    "actor_id": "NULL",
    "detail": "'{{\"row\": 9}}'",
    "happened_at": "'2020-01-01 00:00:00+00:00'",
    "created_at": "'2020-01-01 00:00:00+00:00'",
    "mac": "'00'",
}


def test_the_changes_cover_every_column():
    columns = {field.column for field in Entry._meta.concrete_fields}
    assert set(ENTRY_CHANGES) | {"id"} == columns


@pytest.mark.parametrize("is_sealed", [True, False])
@pytest.mark.parametrize("column", ENTRY_CHANGES)
def test_any_column_of_an_entry_changed(column, is_sealed):
    entries = a_sealed_trail()
    victim = entries[5]
    if not is_sealed:
        victim = record("thing.done", a_person(), by=a_person(), row=1)
    value = ENTRY_CHANGES[column].format(other=key(entries[0].pk))
    with as_owner() as cursor:
        cursor.execute(f"UPDATE audit_entry SET {column} = {value} WHERE id = '{key(victim.pk)}'")

    assert str(victim.pk) in first_fault().row


def test_a_small_change_of_time_is_a_change():
    victim = a_sealed_trail()[5]
    moved = victim.happened_at + datetime.timedelta(milliseconds=1)
    with as_owner() as cursor:
        cursor.execute("UPDATE audit_entry SET happened_at = %s WHERE id = %s", [moved, key(victim.pk)])
    assert str(victim.pk) in first_fault().row


@pytest.mark.parametrize("number", [0, 3, 5, 11])
def test_any_sealed_entry_deleted(number):
    victim = a_sealed_trail()[number]
    with as_owner() as cursor:
        cursor.execute(f"DELETE FROM audit_entry WHERE id = '{key(victim.pk)}'")
    fault = first_fault()
    assert (fault.code, str(victim.pk) in fault.row) == ("gone", True)


def test_an_entry_and_its_seal_deleted():
    victim = a_sealed_trail()[5]
    with as_owner() as cursor:
        cursor.execute(f"DELETE FROM audit_seal WHERE row_id = '{key(victim.pk)}'")
        cursor.execute(f"DELETE FROM audit_entry WHERE id = '{key(victim.pk)}'")
    fault = first_fault()
    assert (fault.code, fault.row) == ("seal_gone", "audit_seal 6 of batch 2")


def test_two_entries_swap_their_ids():
    one, two = a_sealed_trail()[4:6]
    spare = "f" * 32 if connection.vendor == "sqlite" else "ffffffff-ffff-ffff-ffff-ffffffffffff"
    with as_owner() as cursor:
        for old, new in ((key(one.pk), spare), (key(two.pk), key(one.pk)), (spare, key(two.pk))):
            cursor.execute(f"UPDATE audit_entry SET id = '{new}' WHERE id = '{old}'")
    fault = first_fault()
    assert (fault.code, str(one.pk) in fault.row) == ("changed", True)


def test_two_entries_swap_their_times():
    trail = a_sealed_trail()
    one, two = trail[4], trail[-1]  # with a sealing between them: two in a row may share a millisecond
    with as_owner() as cursor:
        for row, moment in ((one, two.created_at), (two, one.created_at)):
            cursor.execute(
                "UPDATE audit_entry SET created_at = %s, happened_at = %s WHERE id = %s",
                [moment, moment, key(row.pk)],
            )
    assert str(one.pk) in first_fault().row


def test_two_seals_swap_their_places():
    a_sealed_trail()
    one, two = Seal.objects.filter(position__in=[6, 7]).order_by("position")
    with as_owner() as cursor:
        for position, seal_ in ((99, one), (6, two), (7, one)):
            cursor.execute(f"UPDATE audit_seal SET position = {position} WHERE row_id = '{key(seal_.row_id)}'")
    fault = first_fault()
    assert (fault.code, str(two.row_id) in fault.row) == ("reordered", True)


@pytest.mark.parametrize("change", ["digest = '00'", "position = 999", "stream = 'other'", "batch_id = '{first}'"])
def test_any_column_of_a_seal_changed(change):
    a_sealed_trail()
    victim = Seal.objects.get(position=7)
    first = Batch.objects.get(number=1)
    change = change.format(first=key(first.pk))
    with as_owner() as cursor:
        cursor.execute(f"UPDATE audit_seal SET {change} WHERE row_id = '{key(victim.row_id)}'")
    assert str(victim.row_id) in first_fault().row


def test_a_seal_points_at_another_row():
    a_sealed_trail()
    victim = Seal.objects.get(position=7)
    other = "a" * 32 if connection.vendor == "sqlite" else "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"
    with as_owner() as cursor:
        cursor.execute(f"UPDATE audit_seal SET row_id = '{other}' WHERE row_id = '{key(victim.row_id)}'")
    assert "aaaaaaaa" in first_fault().row


@pytest.mark.parametrize(
    "change",
    [
        "number = 9",
        "count = 3",
        "size = 99",
        "previous = 'x'",
        "root = 'x'",
        "signature = '00'",
        "stream = 'other'",
        "watermark = '2020-01-01 00:00:00+00:00'",
        "sealed_at = '2020-01-01 00:00:00+00:00'",
    ],
)
@pytest.mark.parametrize("number", [1, 2, 3])
def test_any_column_of_a_batch_changed(change, number):
    a_sealed_trail()
    with as_owner() as cursor:
        cursor.execute(f"UPDATE audit_batch SET {change} WHERE stream = 'audit' AND number = {number}")
    assert first_fault() is not None


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("with_seals", [True, False])
def test_any_batch_deleted(number, with_seals):
    a_sealed_trail()
    export_head()
    batch = Batch.objects.get(stream="audit", number=number)
    with as_owner() as cursor:
        cursor.execute("PRAGMA foreign_keys" if connection.vendor == "sqlite" else "SELECT 1")
        if with_seals:
            cursor.execute(f"DELETE FROM audit_seal WHERE batch_id = '{key(batch.pk)}'")
        cursor.execute(f"DELETE FROM audit_batch WHERE id = '{key(batch.pk)}'")
        heads, _others = kept_heads()
        report = verify(["audit"], heads)
        cursor.execute("DELETE FROM audit_seal")
    assert report.faults


def test_a_forged_entry_is_found_before_and_after_it_is_sealed():
    a_sealed_trail()
    forged = Entry.objects.create(event="thing.done", subject_type="x", subject_id="1", mac="0" * 64)
    assert (first_fault().code, str(forged.pk) in first_fault().row) == ("forged", True)
    seal()
    assert (first_fault().code, str(forged.pk) in first_fault().row) == ("forged", True)


def test_a_row_put_into_sealed_history_is_found_even_when_it_is_sealed_later():
    entries = a_sealed_trail()
    past = entries[0].created_at - datetime.timedelta(hours=1)
    inserted = Entry.objects.create(event="x.y", subject_type="x", subject_id="1", mac="0" * 64, created_at=past)
    assert (first_fault().code, str(inserted.pk) in first_fault().row) == ("inserted", True)
    assert seal("audit") == 0
    assert seal("audit", sweep=True) == 1
    assert (first_fault().code, str(inserted.pk) in first_fault().row) == ("inserted", True)


def test_a_truncated_chain_is_found_by_a_head():
    a_sealed_trail()
    head = current_head()
    last = Batch.objects.get(stream="audit", number=3)
    with as_owner() as cursor:
        for table, column in (("audit_seal", "batch_id"), ("audit_batch", "id")):
            cursor.execute(f"DELETE FROM {table} WHERE {column} = '{key(last.pk)}'")
    assert first_fault() is None
    assert first_fault([head]).code == "gone"
    seal()
    assert first_fault([head]).code == "rewritten"


def test_a_chain_written_anew_with_the_key_is_found_by_a_head():
    a_sealed_trail()
    head = read_head(current_head().as_bytes())
    with as_owner() as cursor:
        cursor.execute("DELETE FROM audit_seal")
        cursor.execute("DELETE FROM audit_batch")
    seal()
    assert first_fault() is None
    assert first_fault([head]).code == "rewritten"


def test_unreadable_rows_are_named():
    victim = a_sealed_trail()[5]
    if connection.vendor == "postgresql":
        pytest.skip("PostgreSQL keeps its types")
    with as_owner() as cursor:
        cursor.execute(f"UPDATE audit_entry SET happened_at = 'never' WHERE id = '{key(victim.pk)}'")
    assert str(victim.pk) in first_fault().row


def test_the_command_says_what_is_wrong_and_exits_with_1(tmp_path):
    victim = a_sealed_trail()[5]
    out = StringIO()
    call_command("export_head", "--out", str(tmp_path / "head.json"), stdout=out)
    call_command("verify_audit", "--head", str(tmp_path / "head.json"), stdout=out)
    assert "audit:" in out.getvalue() and "1 heads agree" in out.getvalue()

    with as_owner() as cursor:
        cursor.execute(f"DELETE FROM audit_entry WHERE id = '{key(victim.pk)}'")
    err = StringIO()
    with pytest.raises(CommandError) as stop:
        call_command("verify_audit", stderr=err, stdout=out)
    assert stop.value.returncode == 1
    assert str(victim.pk) in err.getvalue() and "gone" in err.getvalue()


@pytest.mark.parametrize("spoil", ["size", "signature", "nonsense", "list"])
def test_a_head_that_was_touched_is_refused(tmp_path, spoil):
    a_sealed_trail()
    path = tmp_path / "head.json"
    content = json.loads(current_head().as_bytes())
    if spoil == "size":
        content["streams"]["audit"]["size"] += 1
    if spoil == "signature":
        content["signature"] = "zz"
    path.write_text({"nonsense": "no json", "list": "[]"}.get(spoil, json.dumps(content)))

    with pytest.raises(BadHead):
        read_head(path.read_bytes())
    with pytest.raises(CommandError, match="head"):
        call_command("verify_audit", "--head", str(path), stdout=StringIO())


def test_heads_are_kept_outside_the_database(settings):
    assert export_head() is None
    a_sealed_trail()
    call_command("seal_records", "--once", stdout=StringIO())
    assert (Path(settings.AUDIT_HEADS_DIR) / "latest.json").exists()
    heads, others = kept_heads()
    assert (len(heads), others) == (2, 0)
    (Path(settings.AUDIT_HEADS_DIR) / "other.json").write_text("{}")
    assert kept_heads()[1] == 1


def test_every_registered_stream_is_held_the_same_way():
    """The rules are a stream whose rows carry no MAC of their own."""
    seal()
    assert verify(["rules"]).rows["rules"] > 150
    first = Seal.objects.filter(stream="rules").order_by("position")[9]
    with as_owner() as cursor:
        cursor.execute(f"UPDATE rules_rule SET value = 99 WHERE id = '{key(first.row_id)}'")
    fault = verify(["rules"]).faults[0]
    assert (fault.code, str(first.row_id) in fault.row) == ("changed", True)
