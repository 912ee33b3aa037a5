"""Tables that only grow: triggers that refuse UPDATE, DELETE and (PostgreSQL) TRUNCATE, for both databases.

The triggers stop mistakes and the application's own account. Whoever owns the database can switch them off; that is
what the audit's seals are for (audit/sealing.py).

Use in a migration after the one that creates the table:

    operations = append_only("ledger_transfer")
"""

from collections.abc import Mapping
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

    def __init__(self, table: str, forgets: Mapping[str, str] | None = None) -> None:
        self.table, self.forgets = table, dict(forgets or {})

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """The models stay as they are."""

    def database_forwards(self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, *_states: Any) -> None:
        self.database_backwards(app_label, schema_editor)
        table = self.table
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(REFUSE, params=None)
            schema_editor.execute(
                f'CREATE TRIGGER {table}_keeps_rows BEFORE DELETE ON "{table}" '
                "FOR EACH ROW EXECUTE FUNCTION minfu_refuse_change()"
            )
            schema_editor.execute(
                f'CREATE TRIGGER {table}_keeps_words BEFORE UPDATE ON "{table}" '
                f"FOR EACH ROW {self._when(schema_editor, 'IS DISTINCT FROM')} EXECUTE FUNCTION minfu_refuse_change()"
            )
            schema_editor.execute(
                f'CREATE TRIGGER {table}_keeps_table BEFORE TRUNCATE ON "{table}" '
                "FOR EACH STATEMENT EXECUTE FUNCTION minfu_refuse_change()"
            )
            return
        for verb, when in (("UPDATE", self._when(schema_editor, "IS NOT")), ("DELETE", "")):
            schema_editor.execute(
                f'CREATE TRIGGER {table}_refuses_{verb.lower()} BEFORE {verb} ON "{table}" {when} '
                f"BEGIN SELECT RAISE(ABORT, '{table} only grows: {verb} refused'); END"
            )

    def _when(self, schema_editor: BaseDatabaseSchemaEditor, differs: str) -> str:
        """Which updates are refused: all, or all but those that only make blank what the table may forget."""
        if not self.forgets:
            return ""
        connection = schema_editor.connection
        with connection.cursor() as cursor:
            columns = [column.name for column in connection.introspection.get_table_description(cursor, self.table)]
        refused = [
            f'(NEW."{name}" {differs} OLD."{name}"'
            + (f' AND NEW."{name}" {differs} {self.forgets[name]})' if name in self.forgets else ")")
            for name in columns
        ]
        return f"WHEN ({' OR '.join(refused)})"

    def database_backwards(self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, *_states: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            for name in (f"{self.table}_keeps_{what}" for what in ("rows", "words", "table")):
                schema_editor.execute(f'DROP TRIGGER IF EXISTS {name} ON "{self.table}"')
            return
        for verb in ("update", "delete"):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {self.table}_refuses_{verb}")

    def describe(self) -> str:
        return f"Let {self.table} only grow"


def append_only(table: str, *, forgets: Mapping[str, str] | None = None) -> list[Operation]:
    """Migration operations after which the table refuses changes; with their reverse.

    `forgets` names columns that may be made blank, as law demands of personal data, with what blank is in SQL.

    SQLite drops a table's triggers when Django rebuilds the table (AlterField and the like): a later migration that
    alters an append-only table ends with `append_only(table)` again.
    """
    return [AppendOnly(table, forgets)]
