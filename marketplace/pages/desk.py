"""What an app tells the desk: what waits for a person, and where their work is."""

import datetime
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.utils.translation import pgettext_lazy


class DeskGroup(models.TextChoices):
    """The kinds of work, in the order in which they stand on every desk."""

    PROCUREMENT = "procurement", pgettext_lazy("desk", "Procurement")
    MONEY = "money", pgettext_lazy("desk", "Contracts and payment")
    VOUCHERS = "vouchers", pgettext_lazy("desk", "Vouchers")
    RESIDENTS = "residents", pgettext_lazy("desk", "Residents")
    QUALITY = "quality", pgettext_lazy("desk", "Services and evaluation")
    INCUBATION = "incubation", pgettext_lazy("desk", "Incubation")
    OVERSIGHT = "oversight", pgettext_lazy("desk", "Oversight and audit")
    HOUSE = "house", pgettext_lazy("desk", "Our organisation")


@dataclass(frozen=True)
class WaitingItem:
    """One thing that waits for this person. `due` is a date or an aware moment; tones as in `{% badge %}`."""

    text: Any
    url: str
    due: datetime.date | datetime.datetime | None = None
    tone: str = "active"


@dataclass(frozen=True)
class DeskLink:
    """One place where this person works, and the kind of work that is done there."""

    label: Any
    url: str
    description: Any = ""
    group: DeskGroup = field(kw_only=True)
