"""Test databases from a template: migrations run once for a state of the code, every worker and every run copies.

The template is named after a digest of what `migrate` reads, so a changed migration makes a new one; older ones go.
On SQLite it is a file beside the test database, on PostgreSQL a database `…_template_<digest>` of the same server.
"""

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
import wagtail
from django.apps import apps
from django.conf import settings
from django.db import connection

READ_BY_MIGRATE = ("migrations/*.py", "data/*.json", "triggers.py")


def digest() -> str:
    """Of every migration, ours and the libraries', and of the rows that post_migrate loads."""
    found = hashlib.sha256(f"{django.VERSION} {wagtail.VERSION} {connection.vendor}".encode())
    for app in sorted(apps.get_app_configs(), key=lambda app: app.name):
        for file in sorted(file for pattern in READ_BY_MIGRATE for file in Path(app.path).glob(pattern)):
            found.update(f"{app.name} {file.name} {file.stat().st_size}".encode() + file.read_bytes())
    return found.hexdigest()[:12]


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Of several workers the first builds, the others wait."""
    lock = os.open(Path(tempfile.gettempdir()) / f"minfu-{os.geteuid()}-{name}.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def migrate_into(name: str) -> None:
    """Under a name of its own until it is whole: who is stopped halfway leaves no template."""
    connection.settings_dict["TEST"]["NAME"] = name
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    connection.close()


def copy_file(test: str) -> None:
    """SQLite. The last connection that closes leaves everything in the one file."""
    folder = Path(test).parent
    template = folder / f"template-{digest()}.sqlite3"
    with alone(hashlib.sha256(str(folder).encode()).hexdigest()[:12]):
        if not template.exists():
            for stale in folder.glob("template-*.sqlite3"):
                stale.unlink()
            building = template.with_suffix(".building")
            migrate_into(str(building))
            building.rename(template)
    for leftover in ("-wal", "-shm"):
        Path(f"{test}{leftover}").unlink(missing_ok=True)
    shutil.copyfile(template, test)


def copy_database(test: str) -> None:
    """PostgreSQL, which copies the template's files itself while nobody is connected to it."""
    original = settings.DATABASES["default"]["NAME"]
    family, building = f"{original}_template_", f"{original}_building"
    template = family + digest()
    with alone(family):
        with connection._nodb_cursor() as cursor:
            cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [family])
            templates = [name for (name,) in cursor.fetchall()]
        if template not in templates:
            migrate_into(building)
        with connection._nodb_cursor() as cursor:
            if template not in templates:
                for stale in templates:
                    cursor.execute(f'DROP DATABASE "{stale}"')
                cursor.execute(f'ALTER DATABASE "{building}" RENAME TO "{template}"')
            cursor.execute(f'DROP DATABASE IF EXISTS "{test}" WITH (FORCE)')
            cursor.execute(f'CREATE DATABASE "{test}" TEMPLATE "{template}"')


def copy_template() -> None:
    """From here on the default connection leads to a fresh copy of the template."""
    test = str(connection.creation._get_test_db_name())
    (copy_file if connection.vendor == "sqlite" else copy_database)(test)
    connection.close()
    connection.settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = test


def drop_copy() -> None:
    connection.creation.destroy_test_db(None, verbosity=0)
