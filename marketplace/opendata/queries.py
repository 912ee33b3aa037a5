"""Pages of the feed, records, months; and what others published."""

import datetime
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Q
from django.db.models.functions import ExtractMonth, ExtractYear

from marketplace.pages import clock

from .models import ImportedProcess, Process, Release
from .packages import linked_record


@dataclass(frozen=True)
class FeedPage:
    """A stretch of the feed: after `cursor`, at most `limit` releases; `last` is where the next stretch begins."""

    first: int
    last: int
    count: int
    has_more: bool
    published: datetime.datetime | None
    since: datetime.datetime | None

    def bodies(self) -> Iterator[bytes]:
        """The stored bytes in the order of the feed."""
        releases = _since(self.since).filter(position__gte=self.first, position__lte=self.last)
        return releases.order_by("position").values_list("body", flat=True).iterator(chunk_size=200)


def _since(since: datetime.datetime | None) -> Any:
    return Release.objects.filter(date__gte=since) if since else Release.objects.all()


def feed_page(cursor: int, limit: int, since: datetime.datetime | None) -> FeedPage:
    """Releases after a position, and at or after a moment of their own date. Two statements with its bodies."""
    found = list(
        _since(since)
        .filter(position__gt=cursor)
        .order_by("position")
        .values_list("position", "created_at")[: limit + 1]
    )
    shown = found[:limit]
    return FeedPage(
        first=shown[0][0] if shown else cursor + 1,
        last=shown[-1][0] if shown else cursor,
        count=len(shown),
        has_more=len(found) > limit,
        published=max((created for _position, created in shown), default=None),
        since=since,
    )


@dataclass(frozen=True)
class RecordPage:
    """A stretch of the records, in the order in which they last changed."""

    records: list[bytes]
    last: int
    has_more: bool
    published: datetime.datetime | None


def record_page(cursor: int, limit: int, since: datetime.datetime | None = None) -> RecordPage:
    """Records that changed after a position of the feed. Two statements."""
    processes = Process.objects.filter(position__gt=cursor).order_by("position")
    if since:
        processes = processes.filter(last_date__gte=since)
    found = list(processes[: limit + 1])
    shown = found[:limit]
    releases: dict[str, list] = defaultdict(list)
    rows = Release.objects.filter(ocid__in=[process.ocid for process in shown]).order_by("date", "position")
    for ocid, release_id, date, tags in rows.values_list("ocid", "release_id", "date", "tags"):
        releases[ocid].append((release_id, date, tags))
    return RecordPage(
        records=[linked_record(process, releases[process.ocid]) for process in shown],
        last=shown[-1].position if shown else cursor,
        has_more=len(found) > limit,
        published=max((process.last_date for process in shown), default=None),
    )


def releases_of(ocid: str) -> list[Release]:
    """The releases of a process by their date."""
    return list(Release.objects.filter(ocid=ocid).order_by("date", "position"))


@dataclass(frozen=True)
class Month:
    year: int
    month: int
    releases: int

    @property
    def name(self) -> str:
        return f"{self.year}-{self.month:02d}"


def months() -> list[Month]:
    """How many releases each month has, newest first."""
    rows = (
        Release.objects.annotate(
            year=ExtractYear("date", tzinfo=clock.SHANGHAI), month=ExtractMonth("date", tzinfo=clock.SHANGHAI)
        )
        .values("year", "month")
        .annotate(releases=Count("position"))
        .order_by("-year", "-month")
    )
    return [Month(row["year"], row["month"], row["releases"]) for row in rows]


def totals() -> dict[str, Any]:
    """Processes and releases published, and when the last was."""
    return Process.objects.aggregate(processes=Count("ocid"), last=Max("last_date")) | {
        "releases": Release.objects.count()
    }


def bodies_between(start: datetime.datetime, end: datetime.datetime) -> Iterator[bytes]:
    """The stored bytes of releases dated in [start, end)."""
    found = Release.objects.filter(date__gte=start, date__lt=end).order_by("position")
    return found.values_list("body", flat=True).iterator(chunk_size=500)


def imported_publishers() -> list[str]:
    """Whose open data has been imported."""
    return list(ImportedProcess.objects.order_by("publisher").values_list("publisher", flat=True).distinct())


def imported_tenders(text: str = "", *, publisher: str = "", stage: str = "") -> Any:
    """Imported processes, newest first; `text` is sought in title, description, buyer. A queryset to page through."""
    found = ImportedProcess.objects.order_by("-released_at", "pk")
    for word in text.split()[:8]:
        found = found.filter(
            Q(title__icontains=word) | Q(buyer__icontains=word) | Q(description__icontains=word) | Q(ocid=word)
        )
    if publisher:
        found = found.filter(publisher=publisher)
    if stage:
        found = found.filter(stage=stage)
    return found


def imported_process(pk: Any) -> ImportedProcess | None:
    """One imported process with everything that its page shows. Five statements."""
    return (
        ImportedProcess.objects.select_related("package")
        .prefetch_related("awards", "contracts__transactions", "releases")
        .filter(pk=pk)
        .first()
    )
