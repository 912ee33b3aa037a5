"""What the parts of the demo city share: one seed, one cast, one memory."""

import datetime
import json
import random
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from django.conf import settings

from marketplace.pages import clock
from marketplace.parties.models import Organisation, Region, User

from . import cast


@dataclass
class World:
    """The cast by key, a seeded chance, and what `var/demo.json` will say."""

    rng: random.Random = field(default_factory=lambda: random.Random(320585))  # noqa: S311 - a story, not a secret
    memory: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def today(self) -> datetime.date:
        return clock.today()

    def organisation(self, key: str) -> Organisation:
        return Organisation.objects.get(uscc=cast.ORGANISATIONS[key].uscc)

    def person(self, key: str) -> User:
        return User.objects.get(email=cast.email_of(key))

    def region(self, key: str) -> Region:
        return Region.objects.get(code=cast.REGIONS[key])

    def at(self, moment: datetime.datetime) -> AbstractContextManager[None]:
        """Let verbs act as if it were that moment."""
        return clock.pretend(moment)

    def remember(self, key: str, value: Any) -> None:
        """Keep what a script needs to find again; it is written to var/demo.json under `objects`."""
        self.memory[key] = value
        self._memory_file.write_text(json.dumps(self._kept() | {key: value}, ensure_ascii=False))

    def recall(self) -> dict[str, Any]:
        """Everything remembered in this run and in earlier ones."""
        return self._kept() | self.memory

    @property
    def _memory_file(self) -> Path:
        return settings.VAR_DIR / "demo-objects.json"

    def _kept(self) -> dict[str, Any]:
        return json.loads(self._memory_file.read_text()) if self._memory_file.exists() else {}
