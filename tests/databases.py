"""Test databases from a template: migrations run once for a state of the code, every worker and every run copies.

The template is named after a digest of what `migrate` reads, so a changed migration makes a new one; older ones go.
On SQLite it is a file beside the test database, on PostgreSQL a database `…_template_<digest>` of the same server.
"""

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import django
import wagtail
from django.apps import AppConfig, apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

READ_BY_MIGRATE = ("migrations/*.py", "data/*.json", "triggers.py")


def digest(files: Iterable[Path]) -> str:
    """Of migrations and of the rows that post_migrate loads."""
    found = hashlib.sha256(f"{django.VERSION} {wagtail.VERSION} {connection.vendor}".encode())
    for file in files:
        found.update(f"{file} {file.stat().st_size}".encode() + file.read_bytes())
    return found.hexdigest()[:12]


def read_by_migrate(apps: Iterable[AppConfig]) -> list[Path]:
    return sorted(file for app in apps for pattern in READ_BY_MIGRATE for file in Path(app.path).glob(pattern))


def layers() -> dict[str, list[str]]:
    """The templates, each built upon a copy of the one before, by name, with the apps that it migrates.

    The libraries and what of ours they point at (a person) come first: half of the time, and it hardly ever changes.
    """
    configs = sorted(apps.get_app_configs(), key=lambda app: app.name)
    libraries = [app for app in configs if "site-packages" in Path(app.path).parts]
    loader = MigrationLoader(None)
    plan = {
        label
        for library in libraries
        for target in loader.graph.leaf_nodes(library.label)
        for label, _name in loader.graph.forwards_plan(target)
    }
    ground = read_by_migrate(app for app in configs if app in libraries or app.label in plan)
    return {
        digest(ground): sorted({app.label for app in libraries} & loader.migrated_apps),
        digest(read_by_migrate(configs)): [],
    }


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Of several workers the first builds, the others wait."""
    lock = os.open(Path(tempfile.gettempdir()) / f"minfu-{os.geteuid()}-{name}.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def migrate(name: str, labels: list[str]) -> None:
    """The apps named, without the signals that expect them all; or the rest, as the command does it."""
    connection.close()
    connection.settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = name
    if labels:
        executor = MigrationExecutor(connection)
        executor.migrate([target for label in labels for target in executor.loader.graph.leaf_nodes(label)])
    else:
        call_command("migrate", verbosity=0)
    connection.close()


def copy_file(test: str) -> None:
    """SQLite. The last connection that closes leaves everything in the one file."""
    folder, below = Path(test).parent, None
    with alone(hashlib.sha256(str(folder).encode()).hexdigest()[:12]):
        templates = {folder / f"template-{name}.sqlite3": labels for name, labels in layers().items()}
        for stale in set(folder.glob("template-*")) - set(templates):
            stale.unlink()
        for template, labels in templates.items():
            if not template.exists():
                building = template.with_suffix(".building")
                shutil.copyfile(below, building) if below else building.unlink(missing_ok=True)
                migrate(str(building), labels)
                building.rename(template)
            below = template
    for leftover in ("-wal", "-shm"):
        Path(f"{test}{leftover}").unlink(missing_ok=True)
    shutil.copyfile(template, test)


def copy_database(test: str) -> None:
    """PostgreSQL, which copies the template's files itself while nobody is connected to it."""
    original = settings.DATABASES["default"]["NAME"]
    family, below = f"{original}_template_", "template1"

    def run(statement: str) -> list[tuple]:
        connection.settings_dict["NAME"] = original
        with connection._nodb_cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

    with alone(family):
        templates = {family + name: labels for name, labels in layers().items()}
        standing = {name for (name,) in run("SELECT datname FROM pg_database") if name.startswith(family)}
        for stale in standing - set(templates):
            run(f'DROP DATABASE "{stale}"')
        for template, labels in templates.items():
            if template not in standing:
                building = f"{original}_building"
                run(f'DROP DATABASE IF EXISTS "{building}" WITH (FORCE)')
                run(f'CREATE DATABASE "{building}" TEMPLATE "{below}"')
                migrate(building, labels)
                run(f'ALTER DATABASE "{building}" RENAME TO "{template}"')
            below = template
        run(f'DROP DATABASE IF EXISTS "{test}" WITH (FORCE)')
        run(f'CREATE DATABASE "{test}" TEMPLATE "{below}"')


def copy_template() -> None:
    """From here on the default connection leads to a fresh copy of the template."""
    test = str(connection.creation._get_test_db_name())
    (copy_file if connection.vendor == "sqlite" else copy_database)(test)
    connection.close()
    connection.settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = test


def drop_copy() -> None:
    connection.creation.destroy_test_db(None, verbosity=0)
