"""`make bench`: each benchmark beside its limit, measured in the same run, as one line of JSON.

`ratio` is value ÷ limit. Nothing is asserted: machines are noisy, and the reader judges. Runs on PostgreSQL with its
default durability.
"""

import json
import os
import sys

import django
from django.conf import settings
from django.db import connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.test.utils import setup_test_environment  # noqa: E402 - needs the settings

from tests.databases import copy_template, drop_copy  # noqa: E402

from . import issue, redemption, search  # noqa: E402


def main(names: list[str]) -> None:
    if connections["default"].vendor != "postgresql":
        sys.exit("The benchmarks need PostgreSQL: run them by `make bench`.")
    settings.TASKS = {"default": {"BACKEND": "django.tasks.backends.dummy.DummyBackend"}}
    setup_test_environment()
    for benchmark in (redemption, issue, search):
        if names and benchmark.__name__.rsplit(".", 1)[-1] not in names:
            continue
        copy_template()  # each on a fresh database: none pays for what another left behind
        try:
            if True:
                for name, value, unit, limit in benchmark.run():
                    line = {
                        "name": name,
                        "value": round(value, 3),
                        "unit": unit,
                        "limit": round(limit, 3),
                        "ratio": round(value / limit, 3),
                    }
                    print(json.dumps(line), flush=True)
        finally:
            drop_copy()


if __name__ == "__main__":
    main(sys.argv[1:])
