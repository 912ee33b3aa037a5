"""`make bench`: each benchmark beside its limit, measured in the same run, as one line of JSON, and a table at the end.

A benchmark is a module here with `run()`, which yields (name, value, unit, limit, asked): `limit` is the bare figure
beside which ours stands, `asked` what their `ratio` (value ÷ limit) should be: "≤ 3", "≥ 0.8", or "" where nothing is
asked. `holds` says whether it was. Nothing is asserted: machines are noisy, and the reader judges. They run on
PostgreSQL with its default durability; a module that says `ON_SQLITE = True` runs on the embedded database too.
"""

import json
import os
import pkgutil
import subprocess
import sys
import tempfile
from importlib import import_module
from types import ModuleType
from typing import Any

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


def judged(name: str, value: float, unit: str, limit: float, asked: str = "") -> dict[str, Any]:
    """One figure as it is printed."""
    ratio = value / limit
    found = {"name": name, "value": round(value, 3), "unit": unit, "limit": round(limit, 3), "ratio": round(ratio, 3)}
    if asked:
        sign, bound = asked.split()
        found |= {"asked": asked, "holds": ratio <= float(bound) if sign == "≤" else ratio >= float(bound)}
    return found


def measure(module: ModuleType) -> list[dict[str, Any]]:
    """On a fresh database: none pays for what another left behind."""
    vendor, figures = connections["default"].vendor, []
    copy_template()
    try:
        for name, *rest in module.run():
            figures.append(judged(f"{name} ({vendor})", *rest))
            print(json.dumps(figures[-1], ensure_ascii=False), flush=True)
    finally:
        drop_copy()
    return figures


def measure_on_sqlite(name: str) -> list[dict[str, Any]]:
    """In a process of its own: the settings choose one database."""
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"DATABASE_URL": "", "MINFU_VAR": folder}
        command = [sys.executable, "-m", __package__, name]
        process = subprocess.run(
            command, env=environment, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    lines = [line for line in process.stdout.decode().splitlines() if line.startswith("{")]
    print(*lines, sep="\n", flush=True)
    return [json.loads(line) for line in lines]


def at_a_glance(figures: list[dict[str, Any]]) -> str:
    """A line for each: whether it holds, the ratio seen, the ratio asked."""
    marks = {True: "holds", False: "MISSES", None: ""}
    lines = [
        f"{marks[figure.get('holds')]:<7}{figure['ratio']:>9.3f}  {figure.get('asked', ''):<8}{figure['name']}"
        for figure in figures
    ]
    return "\n".join([f"{'':<7}{'ratio':>9}  {'asked':<8}", *lines])


def main(names: list[str]) -> None:
    settings.TASKS = {"default": {"BACKEND": "django.tasks.backends.dummy.DummyBackend"}}
    setup_test_environment()
    on_sqlite = connections["default"].vendor == "sqlite"
    figures: list[dict[str, Any]] = []
    for name, module in benchmarks().items():
        runs_on_both = getattr(module, "ON_SQLITE", False)
        if (names and name not in names) or (on_sqlite and not runs_on_both):
            continue
        figures += measure(module)
        if runs_on_both and not on_sqlite:
            figures += measure_on_sqlite(name)
    print(at_a_glance(figures), file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
