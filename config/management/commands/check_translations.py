"""Every string of every app stands translated in both catalogues, and says the same in all apps:
`manage.py check_translations`."""

import contextlib
import gettext
import shutil
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

LANGUAGES = ("zh_Hans", "en")


class Command(BaseCommand):
    help = "Gather the strings anew in a copy and name those that a catalogue lacks or two catalogues say differently."

    def handle(self, *args, **options) -> None:
        folders = [Path(app.path) for app in apps.get_app_configs()]
        ours = [folder.relative_to(settings.BASE_DIR) for folder in folders if folder.is_relative_to(settings.BASE_DIR)]
        ours = [folder for folder in ours if ".venv" not in folder.parts]
        with tempfile.TemporaryDirectory() as temporary, contextlib.chdir(temporary):
            for folder in ours:
                ignored = shutil.ignore_patterns("*.mo", "__pycache__", "static", "migrations", "data")
                shutil.copytree(settings.BASE_DIR / folder, folder, ignore=ignored)
                (folder / "locale").mkdir(exist_ok=True)
            # As they are compiled today: a string that nobody uses any more still wins over another app's living one.
            faults = collisions(folder / "locale/zh_Hans/LC_MESSAGES/django.po" for folder in ours)
            call_command("makemessages", locale=list(LANGUAGES), verbosity=0, no_location=True)
            faults += [
                f"{catalogue}: {line}"
                for folder in ours
                for language in LANGUAGES
                for catalogue in [folder / "locale" / language / "LC_MESSAGES" / "django.po"]
                for line in untranslated(catalogue)
            ]
            faults += collisions(folder / "locale/zh_Hans/LC_MESSAGES/django.po" for folder in ours)
        if faults:
            raise CommandError("Not translated, or not alike:\n" + "\n".join(dict.fromkeys(faults)))
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


def collisions(catalogues: Iterable[Path]) -> list[str]:
    """Strings that two apps translate differently. Django merges all catalogues into one and the first app wins, so
    the other's page would show the wrong word: settle on one, or give the string a context (pgettext)."""
    said: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for catalogue in catalogues:
        if catalogue.exists():
            compiled = catalogue.with_suffix(".check")
            subprocess.run(["msgfmt", "-o", str(compiled), str(catalogue)], check=True)
            with compiled.open("rb") as file:
                for message, text in vars(gettext.GNUTranslations(file))["_catalog"].items():
                    key = message if isinstance(message, str) else message[0]
                    if key:
                        said[key][text].append(str(catalogue.parents[3]))
    return [
        f"“{key.replace(chr(4), ': ')}”: "
        + "; ".join(f"{text} ({', '.join(apps)})" for text, apps in sorted(texts.items()))
        for key, texts in sorted(said.items())
        if len(texts) > 1
    ]
