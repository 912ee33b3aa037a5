"""The sealer: runs beside the server."""

import logging
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, connection

from marketplace.audit.actions import seal
from marketplace.audit.heads import export_head

log = logging.getLogger(__name__)
SWEEP_EVERY = 600  # seconds: search the whole tables, for rows whose `created_at` was not the database's


class Command(BaseCommand):
    help = "Seal committed records every few seconds and keep the signed head on disk. --once seals and stops."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true")
        parser.add_argument("--interval", type=float, default=2.0, help="seconds between two sealings")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            count = seal(sweep=True)
            export_head()
            self.stdout.write(f"{count} records sealed")
            return
        swept_at = 0.0
        while True:
            due = time.monotonic() - swept_at > SWEEP_EVERY
            try:
                if seal(sweep=due):
                    export_head()
            except DatabaseError:
                # A database that restarts must not end the sealer: what is not sealed waits for the next round.
                log.exception("Sealing failed; trying again")
                connection.close()
            else:
                swept_at = time.monotonic() if due else swept_at
            time.sleep(options["interval"])
