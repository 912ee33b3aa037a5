from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from marketplace.parties.actions import service_user
from marketplace.parties.models import Organisation
from marketplace.vouchers.actions import settle_month
from marketplace.vouchers.models import Programme
from marketplace.vouchers.models.programmes import parse_month


class Command(BaseCommand):
    help = "Freeze what is owed to each provider for a month's vouchers; officers approve and pay. Safe to repeat."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--month", required=True, help="2026-10")

    def handle(self, *args, month: str, **options) -> None:
        by = service_user("vouchers")
        bureaus = Organisation.objects.filter(
            pk__in=Programme.objects.exclude(state=Programme.State.DRAFT).values("bureau")
        ).select_related("region")
        made = 0
        try:
            for bureau in bureaus.order_by("name"):
                for settlement in settle_month(bureau, parse_month(month), by=by):
                    made += 1
                    self.stdout.write(f"{settlement.number} {settlement.provider.uscc} {settlement.amount} fen")
        except ValidationError as refusal:
            raise CommandError("; ".join(refusal.messages)) from refusal
        self.stdout.write(f"{made} settlements drafted")
