"""The index over the grams: GIN over their array on PostgreSQL, FTS5 kept by triggers on SQLite."""

from django.db import migrations
from django.db.migrations.operations.base import Operation

SQLITE = [
    "CREATE VIRTUAL TABLE search_grams USING fts5(grams, content='site_search_document', content_rowid='id', tokenize='ascii')",
    """CREATE TRIGGER search_grams_in AFTER INSERT ON site_search_document BEGIN
        INSERT INTO search_grams(rowid, grams) VALUES (new.id, new.grams);
    END""",
    """CREATE TRIGGER search_grams_out AFTER DELETE ON site_search_document BEGIN
        INSERT INTO search_grams(search_grams, rowid, grams) VALUES ('delete', old.id, old.grams);
    END""",
    """CREATE TRIGGER search_grams_anew AFTER UPDATE OF id, grams ON site_search_document BEGIN
        INSERT INTO search_grams(search_grams, rowid, grams) VALUES ('delete', old.id, old.grams);
        INSERT INTO search_grams(rowid, grams) VALUES (new.id, new.grams);
    END""",
]


class GramIndex(Operation):
    """Not a RunPython: that renders every model's state and slows each migration after it."""

    reduces_to_sql = True
    reversible = True

    def state_forwards(self, app_label, state):
        """The model stays as it is."""

    def database_forwards(self, app_label, schema_editor, *states):
        if schema_editor.connection.vendor == "postgresql":
            statements = ["CREATE INDEX search_by_grams ON site_search_document USING gin (string_to_array(grams, ' '))"]
        else:
            statements = SQLITE
        for statement in statements:
            schema_editor.execute(statement, params=None)

    def database_backwards(self, app_label, schema_editor, *states):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute("DROP INDEX IF EXISTS search_by_grams", params=None)
            return
        for name in ("in", "out", "anew"):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS search_grams_{name}", params=None)
        schema_editor.execute("DROP TABLE IF EXISTS search_grams", params=None)

    def describe(self):
        return "Index the grams"


class Migration(migrations.Migration):
    dependencies = [("site_search", "0001_initial")]

    operations = [GramIndex()]
