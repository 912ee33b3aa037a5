"""Every string of every app stands translated in both catalogues: `manage.py check_translations`."""

import contextlib
import shutil
import subprocess
import tempfile
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

LANGUAGES = ("zh_Hans", "en")


class Command(BaseCommand):
    help = "Gather the strings anew in a copy and name those that a catalogue lacks."

    def handle(self, *args, **options) -> None:
        folders = [Path(app.path) for app in apps.get_app_configs()]
        ours = [folder.relative_to(settings.BASE_DIR) for folder in folders if folder.is_relative_to(settings.BASE_DIR)]
        ours = [folder for folder in ours if ".venv" not in folder.parts]
        with tempfile.TemporaryDirectory() as temporary, contextlib.chdir(temporary):
            for folder in ours:
                ignored = shutil.ignore_patterns("*.mo", "__pycache__", "static", "migrations", "data")
                shutil.copytree(settings.BASE_DIR / folder, folder, ignore=ignored)
                (folder / "locale").mkdir(exist_ok=True)
            call_command("makemessages", locale=list(LANGUAGES), verbosity=0, no_location=True)
            faults = [
                f"{catalogue}: {line}"
                for folder in ours
                for language in LANGUAGES
                for catalogue in [folder / "locale" / language / "LC_MESSAGES" / "django.po"]
                for line in untranslated(catalogue)
            ]
        if faults:
            raise CommandError("Not translated:\n" + "\n".join(faults))
        self.stdout.write("Every string stands in both catalogues.")


def untranslated(catalogue: Path) -> list[str]:
    """The msgid lines of entries without a translation or with a fuzzy one."""
    if not catalogue.exists():
        return []
    lines = []
    for flag in ("--untranslated", "--only-fuzzy"):
        done = subprocess.run(
            ["msgattrib", "--no-wrap", "--no-obsolete", flag, str(catalogue)],
            capture_output=True,
            text=True,
            check=True,
        )
        lines += [line for line in done.stdout.splitlines() if line.startswith("msgid ") and line != 'msgid ""']
    return lines
