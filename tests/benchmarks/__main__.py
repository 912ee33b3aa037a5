"""`make bench`: each benchmark beside its limit, measured in the same run, as one line of JSON.

`ratio` is value ÷ limit. Nothing is asserted: machines are noisy, and the reader judges. A benchmark is a module here
with `run()`, which yields (name, value, unit, limit). They run on PostgreSQL with its default durability; a module that
says `ON_SQLITE = True` runs on the embedded database too.
"""

import json
import os
import pkgutil
import subprocess
import sys
import tempfile
from importlib import import_module
from types import ModuleType

import django
from django.conf import settings
from django.db import connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.test.utils import setup_test_environment  # noqa: E402 - needs the settings

from tests.databases import copy_template, drop_copy  # noqa: E402


def benchmarks() -> dict[str, ModuleType]:
    """Every module beside this one that has something to run."""
    names = sorted(found.name for found in pkgutil.iter_modules([os.path.dirname(__file__)]))
    modules = {name: import_module(f"{__package__}.{name}") for name in names if name != "__main__"}
    return {name: module for name, module in modules.items() if hasattr(module, "run")}


def measure(module: ModuleType) -> None:
    """On a fresh database: none pays for what another left behind."""
    vendor = connections["default"].vendor
    copy_template()
    try:
        for name, value, unit, limit in module.run():
            found = {"value": round(value, 3), "unit": unit, "limit": round(limit, 3), "ratio": round(value / limit, 3)}
            print(json.dumps({"name": f"{name} ({vendor})", **found}, ensure_ascii=False), flush=True)
    finally:
        drop_copy()


def measure_on_sqlite(name: str) -> None:
    """In a process of its own: the settings choose one database."""
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"DATABASE_URL": "", "MINFU_VAR": folder}
        subprocess.run([sys.executable, "-m", __package__, name], env=environment, check=True)


def main(names: list[str]) -> None:
    settings.TASKS = {"default": {"BACKEND": "django.tasks.backends.dummy.DummyBackend"}}
    setup_test_environment()
    on_sqlite = connections["default"].vendor == "sqlite"
    for name, module in benchmarks().items():
        runs_on_both = getattr(module, "ON_SQLITE", False)
        if (names and name not in names) or (on_sqlite and not runs_on_both):
            continue
        measure(module)
        if runs_on_both and not on_sqlite:
            measure_on_sqlite(name)


if __name__ == "__main__":
    main(sys.argv[1:])
