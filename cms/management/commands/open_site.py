"""The public site's home page and sections: `manage.py open_site`."""

from django.core.management.base import BaseCommand

from cms.actions import open_site


class Command(BaseCommand):
    help = "Make the home page and the sections in both languages where they are missing (idempotent)."

    def handle(self, *args, **options) -> None:
        self.stdout.write(f"{open_site(by=None).get_full_url()} is open.")
