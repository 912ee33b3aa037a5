"""The town in which the stories happen: the demo city's people, money and price lists, and nobody's history."""

import io
from contextlib import contextmanager

from django.core.management import call_command

from config.demo import cast, directory, ledger, payments, people
from config.demo.world import World
from marketplace.pages import clock

from .visitor import Visitor

PASSPHRASE = "三人之中两人同在才能开启"
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%%EOF\n"


class Town:
    """Who lives here, each with a browser of their own."""

    def __init__(self) -> None:
        self.world = World()
        for load in (people.load, ledger.load, directory.load, payments.load_accounts):
            load(self.world)
        call_command("load_frameworks", verbosity=0)
        call_command("open_site", verbosity=0)
        self._visitors: dict[str, Visitor] = {}

    def visitor(self, key: str) -> Visitor:
        """The browser of a person of the cast, signed in."""
        if key not in self._visitors:
            self._visitors[key] = Visitor(cast.email_of(key), cast.PASSWORD)
        return self._visitors[key]

    def stranger(self) -> Visitor:
        """Somebody from the public."""
        return Visitor()


def a_file(name: str, content: bytes = PDF) -> io.BytesIO:
    """A file to upload."""
    file = io.BytesIO(content)
    file.name = name
    return file


@contextmanager
def later(moment):
    """The story goes on at that moment."""
    with clock.pretend(moment):
        yield
