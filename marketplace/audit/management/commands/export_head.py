"""Write the signed head outside the database."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.audit.actions import seal
from marketplace.audit.heads import export_head


class Command(BaseCommand):
    help = "Seal what is not sealed yet and write the signed head to the heads folder, or to --out FILE."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--out", metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        seal()
        path = export_head(Path(options["out"]) if options["out"] else None)
        if path is None:
            raise CommandError("Nothing has been recorded yet: there is no head to export.")
        self.stdout.write(str(path))
