"""Check a receipt file, with our own keys or offline with a kept copy of /verify/key.json."""

import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from marketplace.papers import receipts


class Command(BaseCommand):
    help = "Check that a receipt file is signed by this installation (or by the keys of --keys key.json) and unchanged."
    requires_system_checks = []

    def add_arguments(self, parser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--keys", type=Path, help="a copy of /verify/key.json; without it this installation's keys")

    def handle(self, *args, file: Path, keys: Path | None, **options) -> None:
        document = self._read(file)
        known = receipts.read_keys(self._read(keys)) if keys else None
        if not receipts.holds(document, known):
            raise CommandError(f"{file}: the signature does not hold; the receipt was altered or is not ours.")
        receipt = document["receipt"]
        self.stdout.write(f"{file}: holds. {receipt['code']}, {receipt['kind']}, issued {receipt['issued_at']}.")

    def _read(self, file: Path):
        try:
            return json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as fault:
            raise CommandError(f"{file} can't be read as JSON: {fault}") from fault
