"""Does the ledger add up, and is every transfer what it was when it was written?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.audit.heads import kept_heads
from marketplace.ledger.resumming import verify


class Command(BaseCommand):
    help = "Re-sum everything. Exit 0 with the counts, or 1 and the first row that lies."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--all", action="store_true", help="name every fault, not only the first")

    def handle(self, *args: Any, **options: Any) -> None:
        heads, _others = kept_heads()
        report = verify(heads, at_most=1_000 if options["all"] else 1)
        for fault in report.faults:
            self.stderr.write(f"WRONG {fault}")
        if not report.is_sound:
            raise CommandError("The ledger does not hold.", returncode=1)
        for name, count in report.counts.items():
            self.stdout.write(f"{name}: {count}")
