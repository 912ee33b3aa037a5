"""Write release and record packages to a folder, for those who take everything at once and for validators."""

from collections.abc import Iterable
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from marketplace.opendata import queries
from marketplace.opendata.packages import address, record_package, release_package
from marketplace.opendata.views.feed import read_moment

IN_A_FILE = 500


class Command(BaseCommand):
    help = "Export OCDS 1.1 release packages (releases-0001.json …) and record packages (records-0001.json …)."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--out", required=True, type=Path, metavar="DIR")
        parser.add_argument("--since", metavar="DATE", help="only what was released on or after this date")

    def handle(self, *args, out: Path, since: str | None, **options) -> None:
        try:
            moment = read_moment(since) if since else None
        except ValueError as fault:
            raise CommandError(f"--since: {since!r} is not a date such as 2026-11-22.") from fault
        out.mkdir(parents=True, exist_ok=True)
        for stale in [*out.glob("releases-*.json"), *out.glob("records-*.json")]:
            stale.unlink()
        releases = records = files = cursor = 0
        while True:
            page = queries.feed_page(cursor, IN_A_FILE, moment)
            if not page.count and files:
                break
            files += 1
            uri = address("releases", query=f"cursor={cursor}&limit={IN_A_FILE}")
            _write(out / f"releases-{files:04d}.json", release_package(uri, page.bodies(), published=page.published))
            releases, cursor = releases + page.count, page.last
            if not page.has_more:
                break
        files = cursor = 0
        while True:
            batch = queries.record_page(cursor, IN_A_FILE, moment)
            files += 1
            uri = address("records", query=f"cursor={cursor}&limit={IN_A_FILE}")
            _write(out / f"records-{files:04d}.json", record_package(uri, batch.records, published=batch.published))
            records, cursor = records + len(batch.records), batch.last
            if not batch.has_more:
                break
        self.stdout.write(f"{releases} releases and {records} records written to {out}.")


def _write(path: Path, pieces: Iterable[bytes]) -> None:
    with path.open("wb") as file:
        file.writelines(pieces)
