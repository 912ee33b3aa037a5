from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from marketplace.parties.actions import service_user
from marketplace.vouchers.actions import issue_month
from marketplace.vouchers.models import Programme
from marketplace.vouchers.models.programmes import parse_month


class Command(BaseCommand):
    help = "Give every entitled resident the month's voucher. Safe to repeat."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--month", required=True, help="2026-11")
        parser.add_argument("--programme", help="its code; without it every programme that runs in the month")

    def handle(self, *args, month: str, programme: str | None, **options) -> None:
        by = service_user("vouchers")
        try:
            day = parse_month(month)
            chosen = Programme.objects.running_in(day)
            if programme:
                chosen = chosen.filter(code=programme)
                if not chosen:
                    raise CommandError(f"No programme {programme} runs in {month}.")
            for one in chosen.order_by("code"):
                issue = issue_month(one, day, by=by)
                made, fen = (issue.vouchers, issue.amount) if issue else (0, 0)
                self.stdout.write(f"{one.code} {day:%Y-%m}: {made} vouchers, {fen} fen")
        except ValidationError as refusal:
            raise CommandError("; ".join(refusal.messages)) from refusal
