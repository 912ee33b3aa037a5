"""What an app tells the desk: what waits for a person, and where their work is."""

import datetime
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class WaitingItem:
    """One thing that waits for this person. `due` is a date or an aware moment; tones as in `{% badge %}`."""

    text: Any
    url: str
    due: datetime.date | datetime.datetime | None = None
    tone: str = "active"


@dataclass(frozen=True)
class DeskLink:
    """One place where this person works."""

    label: Any
    url: str
    description: Any = ""
