"""What was done, as people read it."""

import json
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from marketplace.pages.desk import DeskGroup, DeskLink, WaitingItem

from . import policies
from .events import in_words
from .models import Batch, Entry
from .sealing import streams


@dataclass(frozen=True)
class Event:
    """One entry for components/timeline.html."""

    title: str
    at: Any
    by: str
    text: str = ""


def trail() -> QuerySet[Entry]:
    """Every entry with its person, the newest first."""
    return Entry.objects.select_related("actor").order_by("-created_at", "-id")


def subject_label(obj: models.Model) -> str:
    return obj._meta.label_lower


def history(*subjects: models.Model, most: int = 100) -> list[Event]:
    """Who did what to these objects and when, the newest first, for a detail page. One query.

    Show it with `{% include "audit/history.html" with events=history only %}`.
    """
    wanted = models.Q(pk__in=[])
    for subject in subjects:
        wanted |= models.Q(subject_type=subject_label(subject), subject_id=str(subject.pk))
    return [
        Event(title=in_words(entry.event), at=entry.happened_at, by=actor_name(entry))
        for entry in trail().filter(wanted)[:most]
    ]


def actor_name(entry: Entry) -> str:
    """The person's name; the system's where nobody acted."""
    return str(entry.actor) if entry.actor else _("the system")


def detail_text(entry: Entry) -> str:
    """The plain values as `name: value` in one line."""
    return "; ".join(
        f"{name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for name, value in entry.detail.items()
    )


STREAMS = {
    "audit": pgettext_lazy("sealed records", "What was done"),
    "ledger": pgettext_lazy("sealed records", "Money that moved"),
    "rules": pgettext_lazy("sealed records", "Rules"),
    "calendar": pgettext_lazy("sealed records", "Working days"),
}


@dataclass(frozen=True)
class StreamState:
    """`name` is the stream's, for programs; `title` what people call it."""

    name: str
    title: Any
    size: int
    number: int
    root: str
    sealed_at: Any


def stream_states() -> list[StreamState]:
    """How far each stream is sealed. One query."""
    newest = {
        batch.stream: batch
        for batch in Batch.objects.filter(stream__in=list(streams())).filter(
            number=models.Subquery(
                Batch.objects.filter(stream=models.OuterRef("stream")).order_by("-number").values("number")[:1]
            )
        )
    }
    return [StreamState(n, STREAMS.get(n, n), b.size, b.number, b.root, b.sealed_at) for n, b in sorted(newest.items())]


def waiting_for(user: Any, organisation: object) -> list[WaitingItem]:
    """The trail asks nothing of anybody."""
    return []


def desk_links(user: Any, organisation: object) -> list[DeskLink]:
    """The auditor's way into the trail and to its proof."""
    if not policies.may_read_trail(user):
        return []
    return [
        DeskLink(_("Audit trail"), reverse("audit:trail"), _("Who did what, and when"), group=DeskGroup.OVERSIGHT),
        DeskLink(
            _("Proof that nothing was changed"),
            reverse("audit:proof"),
            _("Seals, the signed head, how to check"),
            group=DeskGroup.OVERSIGHT,
        ),
    ]
