"""Take in real open data: `manage.py import_ocds FILE…`, a report row by row, all or nothing per package."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from marketplace.opendata.actions.importing import ImportReport, NotAPackage, import_package


class Command(BaseCommand):
    help = "Import OCDS release or record packages of other publishers. The same release again is unchanged."

    def add_arguments(self, parser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")

    def handle(self, *args, files: list[Path], **options) -> None:
        refused = [file for file in files if not self._import(file)]
        if refused:
            raise CommandError(f"{len(refused)} of {len(files)} not imported: {', '.join(map(str, refused))}")

    def _import(self, file: Path) -> bool:
        try:
            report = import_package(file.read_bytes(), file_name=file.name, by=None)
        except OSError as fault:
            self.stderr.write(f"{file}: can't be read: {fault.strerror}")
            return False
        except NotAPackage as fault:
            self.stderr.write(f"{file}: {fault}")
            return False
        self._tell(file, report)
        return not report.is_refused

    def _tell(self, file: Path, report: ImportReport) -> None:
        for outcome in report.outcomes:
            self.stdout.write(
                f"{file.name} [{outcome.position}] {outcome.state}: {outcome.ocid} {outcome.title}".rstrip()
            )
            for path, reason in outcome.issues:
                self.stdout.write(f"    {path}: {reason}")
        counts = ", ".join(f"{count} {state}" for state, count in report.counts.items())
        self.stdout.write(f"{file.name}: {report.publisher}: {counts}; {report.issues} fields could not be read.")
        if report.kept:
            common = ", ".join(path for path, _count in report.kept.most_common(12))
            self.stdout.write(
                f"    {len(report.kept)} kinds of field ({sum(report.kept.values())} values) have no column "
                f"and are kept in the original JSON: {common} …"
            )
        if report.is_refused:
            self.stderr.write(f"{file}: refused, because a release in it can't be read. Nothing of it was imported.")
