"""Tables that only grow: triggers that refuse UPDATE, DELETE and (PostgreSQL) TRUNCATE, for both databases.

The triggers stop mistakes and the application's own account. Whoever owns the database can switch them off; that is
what the audit's seals are for (audit/sealing.py).

Use in a migration after the one that creates the table:

    operations = append_only("ledger_transfer")
"""

from collections.abc import Callable

from django.apps.registry import Apps
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.special import RunPython

REFUSE = """
CREATE OR REPLACE FUNCTION minfu_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% only grows: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$
"""


def _install(table: str) -> Callable[[Apps, BaseDatabaseSchemaEditor], None]:
    def install(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(REFUSE, params=None)
            schema_editor.execute(
                f'CREATE TRIGGER {table}_keeps_rows BEFORE UPDATE OR DELETE ON "{table}" '
                "FOR EACH ROW EXECUTE FUNCTION minfu_refuse_change()"
            )
            schema_editor.execute(
                f'CREATE TRIGGER {table}_keeps_table BEFORE TRUNCATE ON "{table}" '
                "FOR EACH STATEMENT EXECUTE FUNCTION minfu_refuse_change()"
            )
            return
        for verb in ("UPDATE", "DELETE"):
            schema_editor.execute(
                f'CREATE TRIGGER {table}_refuses_{verb.lower()} BEFORE {verb} ON "{table}" '
                f"BEGIN SELECT RAISE(ABORT, '{table} only grows: {verb} refused'); END"
            )

    return install


def _remove(table: str) -> Callable[[Apps, BaseDatabaseSchemaEditor], None]:
    def remove(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        if schema_editor.connection.vendor == "postgresql":
            for name in (f"{table}_keeps_rows", f"{table}_keeps_table"):
                schema_editor.execute(f'DROP TRIGGER IF EXISTS {name} ON "{table}"')
            return
        for verb in ("update", "delete"):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_refuses_{verb}")

    return remove


def append_only(table: str) -> list[Operation]:
    """Migration operations after which the table refuses changes; with their reverse.

    SQLite drops a table's triggers when Django rebuilds the table (AlterField and the like): a later migration that
    alters an append-only table ends with `append_only(table)` again.
    """
    return [RunPython(_remove(table), RunPython.noop), RunPython(_install(table), _remove(table))]
