"""Tables that only grow: triggers that refuse UPDATE, DELETE and (PostgreSQL) TRUNCATE, for both databases.

The triggers stop mistakes and the application's own account. Whoever owns the database can switch them off; that is
what the audit's seals are for (audit/sealing.py).

Use in a migration after the one that creates the table:

    operations = append_only("ledger_transfer")
"""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

REFUSE = """
CREATE OR REPLACE FUNCTION minfu_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% only grows: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$
"""


class AppendOnly(Operation):
    """Refuse changes to one table.

    Not a RunPython: that renders the state of every model, after which each later operation renders its part again.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(self, table: str) -> None:
        self.table = table

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """The models stay as they are."""

    def database_forwards(self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, *_states: Any) -> None:
        self.database_backwards(app_label, schema_editor)
        table = self.table
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

    def database_backwards(self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, *_states: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            for name in (f"{self.table}_keeps_rows", f"{self.table}_keeps_table"):
                schema_editor.execute(f'DROP TRIGGER IF EXISTS {name} ON "{self.table}"')
            return
        for verb in ("update", "delete"):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {self.table}_refuses_{verb}")

    def describe(self) -> str:
        return f"Let {self.table} only grow"


def append_only(table: str) -> list[Operation]:
    """Migration operations after which the table refuses changes; with their reverse.

    SQLite drops a table's triggers when Django rebuilds the table (AlterField and the like): a later migration that
    alters an append-only table ends with `append_only(table)` again.
    """
    return [AppendOnly(table)]
