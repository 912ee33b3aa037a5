"""Bring the rules that Minfu ships into the database."""

from typing import Any

from django.core.management.base import BaseCommand

from marketplace.rules.actions import load_shipped_rules


class Command(BaseCommand):
    help = "Add the rules of data/rules.json that are not there yet. Idempotent; `migrate` does it too."

    def handle(self, *args: Any, **options: Any) -> None:
        count = load_shipped_rules()
        if options["verbosity"]:
            self.stdout.write(f"{count} rules added")
