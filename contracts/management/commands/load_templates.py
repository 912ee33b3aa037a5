from django.core.management.base import BaseCommand

from contracts.actions import load_shipped_templates


class Command(BaseCommand):
    help = "Add the clause library that ships with Minfu where a kind has none. Idempotent; `migrate` does it too."

    def handle(self, *args: object, **options: object) -> None:
        self.stdout.write(f"{load_shipped_templates()} added")
