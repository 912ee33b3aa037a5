"""The worker of everything that happens by the clock: `manage.py run_clock`."""

import logging
import time

from django.core.management.base import BaseCommand
from django.db import close_old_connections

from config.clockwork import JOBS

log = logging.getLogger("minfu.clock")


class Command(BaseCommand):
    help = "Run every job of config.clockwork when it is due, until stopped."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--once", action="store_true", help="run every job once and stop")

    def handle(self, *args, once: bool = False, **options) -> None:
        due = dict.fromkeys((job.name for job in JOBS), 0.0)
        while True:
            for job in JOBS:
                if time.monotonic() >= due[job.name]:
                    if not once:
                        close_old_connections()
                    try:
                        job.act()
                    except Exception:
                        if once:
                            raise
                        # one job that fails must not stop the others; it is tried again at its next hour
                        log.exception("%s failed", job.name)
                    due[job.name] = time.monotonic() + job.seconds
            if once:
                return
            time.sleep(1)
