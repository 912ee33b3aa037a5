"""Do what the clock asks of tenders: run it every minute."""

from typing import Any

from django.core.management.base import BaseCommand

from marketplace.tenders.actions import run_due_events


class Command(BaseCommand):
    help = "Closes every tender whose deadline has passed. Safe to run twice, or late."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{run_due_events()} due")
