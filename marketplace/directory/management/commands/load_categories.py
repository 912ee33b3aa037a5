from django.core.management.base import BaseCommand

from marketplace.directory.actions import define_categories
from marketplace.parties.actions import service_user


class Command(BaseCommand):
    help = "Bring the kinds of service up to the shipped list."

    def handle(self, *args, **options) -> None:
        self.stdout.write(f"{define_categories(by=service_user('directory'))} new")
