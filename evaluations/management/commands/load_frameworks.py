"""Bring in the frameworks of indicators that Minfu ships."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from evaluations.actions import add_framework
from marketplace.parties.actions import service_user

SHIPPED = Path(__file__).resolve().parents[2] / "data" / "frameworks.json"


class Command(BaseCommand):
    help = "Load the shipped frameworks of indicators; those that are there stay as they are."

    def handle(self, *args: Any, **options: Any) -> None:
        specs = json.loads(SHIPPED.read_text(encoding="utf-8"))
        for spec in specs:
            add_framework(spec, by=service_user("frameworks"))
        self.stdout.write(f"{len(specs)} frameworks")
