"""Whether the tables are those of this code.

Until the first release an app's first migration is made anew when its models change: `migrate` finds nothing to do in
a database of an older version, and its pages would fail one by one.
"""

from django.apps import apps
from django.db import connection

OURS = ("marketplace", "contracts", "evaluations", "incubator", "cms")


def what_is_missing() -> list[str]:
    """Tables, and columns as `table.column`, that a model of ours has and the database has not."""
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
        missing = []
        for model in apps.get_models(include_auto_created=True):
            options = model._meta
            if options.app_config.name.split(".")[0] not in OURS:
                continue
            if options.db_table not in there:
                missing.append(options.db_table)
                continue
            columns = {found.name for found in connection.introspection.get_table_description(cursor, options.db_table)}
            missing += [f"{options.db_table}.{c}" for f in options.local_fields if (c := f.column) and c not in columns]
    return missing
