"""Is every audit entry, and every other sealed row, what it was when it was written?"""

from itertools import islice
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.audit.heads import BadHead, kept_heads, read_head
from marketplace.audit.models import Entry
from marketplace.audit.verification import Fault, verify
from marketplace.audit.witnesses import unrecorded


class Command(BaseCommand):
    help = (
        "Recompute every seal. Exit 0 with the counts, or 1 and the first thing that is wrong. "
        "With --head, hold the database against a head that was kept elsewhere."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--head", metavar="FILE", help="a signed head exported earlier")
        parser.add_argument("--stream", action="append", help="only this stream; may be given again")
        parser.add_argument(
            "--witnesses",
            action="store_true",
            help="ask every payment and redemption for its entry",
        )
        parser.add_argument("--all", action="store_true", help="name every fault, not only the first")

    def handle(self, *args: Any, **options: Any) -> None:
        heads, others = kept_heads()
        if options["head"]:
            try:
                heads = [read_head(Path(options["head"]).read_bytes())]
            except (OSError, BadHead) as fault:
                raise CommandError(f"{options['head']}: {fault}") from fault
        most = 1_000 if options["all"] else 1
        report = verify(options["stream"], heads, at_most=most)
        if options["witnesses"]:
            for row in islice(unrecorded(Entry.objects.all()), most - len(report.faults)):
                report.faults.append(Fault("audit", "unrecorded", row, "no entry tells of it: it was deleted unsealed"))
        for fault in report.faults:
            self.stderr.write(f"WRONG {fault.code}: {fault}")
        if not report.is_sound:
            raise CommandError("The audit trail does not hold.", returncode=1)
        for stream, rows in report.rows.items():
            self.stdout.write(
                f"{stream}: {rows} rows, {report.unsealed[stream]} of them not yet sealed, "
                f"{report.batches[stream]} batches"
            )
        self.stdout.write(f"{len(heads)} heads agree" + (f", {others} of other databases" if others else ""))
