"""The demo city: `manage.py load_demo`."""

import time
from collections.abc import Callable

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.demo import (
    accounts,
    amendments,
    cms,
    consultations,
    contracts,
    counter,
    directory,
    entitlements,
    evaluations,
    incubator,
    ledger,
    needs,
    opendata,
    payments,
    people,
    ratings,
    residents,
    sheets,
    tender_intentions,
    tender_methods,
    tenders,
    voices,
    vouchers,
)
from config.demo.world import World
from config.schema import what_is_missing
from marketplace.audit.actions import seal
from marketplace.audit.heads import export_head

# Each part stands on those before it.
PARTS: dict[str, Callable[[World], None]] = {
    "people": people.load,
    "ledger": ledger.load,
    "bank": payments.load_accounts,
    "directory": directory.load,
    "residents": residents.load,
    "needs": needs.load,
    "programmes": vouchers.load_programmes,
    "asking": consultations.load,
    "tenders": tenders.load,
    "amendments": amendments.load,
    "contracts": contracts.load,
    "intentions": tender_intentions.load,
    "methods": tender_methods.load,
    "vouchers": vouchers.load,
    "entitlements": entitlements.load,
    "counter": counter.load,
    "payments": payments.load,
    "evaluations": evaluations.load,
    "sheets": sheets.load,
    "voices": voices.load,
    "ratings": ratings.load,
    "incubator": incubator.load,
    "cms": cms.load,
    "opendata": opendata.load,
    "accounts": accounts.load,
}


class Command(BaseCommand):
    help = "Load the demo city (idempotent) and write var/demo.json."

    def handle(self, *args, **options) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo city does not belong in production.")
        if missing := what_is_missing():
            raise CommandError(
                f"This database was made by an older version: it has no {', '.join(missing[:5])}. Move it away "
                f"({settings.VAR_DIR}, or what DATABASE_URL names) and load the demo into a new one."
            )
        world = World()
        for name, load in PARTS.items():
            started = time.monotonic()
            load(world)
            self.stdout.write(f"{name:<12} {time.monotonic() - started:6.1f} s")
        seal()
        export_head()
