"""Look for red flags in what was published; and say what came of one."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.opendata.merging import compile_releases
from marketplace.opendata.models import ImportedProcess, Process
from marketplace.pages import clock
from marketplace.parties.models import User

from . import policies
from .finding import Flags, Group, Thresholds, find_flags
from .models import Flag, Review
from .rulebook import thresholds


@transaction.atomic
def refresh_flags(*, by: User, period_days_of: dict[str, int] | None = None) -> int:
    """Compute every indicator anew, on our own data and on each publisher's that was imported. Returns how many stand.

    A flag that is found again keeps its first date and its reviews; one that is not is marked gone.
    `period_days_of`: least days for submission by procurementMethodDetails, of our own methods.
    """
    authorise(policies.may_find_flags, by)
    list(Flag.objects.select_for_update().values_list("pk"))  # two refreshes wait for each other
    publishers = ImportedProcess.objects.order_by("publisher").values_list("publisher", flat=True).distinct()
    standing = _keep("", _own_releases(), thresholds(period_days_of))
    for publisher in publishers:
        standing += _keep(publisher, _imported_releases(publisher), thresholds())
    return standing


def _own_releases() -> Iterator[dict[str, Any]]:
    for body in Process.objects.values_list("compiled", flat=True).iterator(chunk_size=500):
        yield orjson.loads(bytes(body))


def _imported_releases(publisher: str) -> Iterator[dict[str, Any]]:
    processes = ImportedProcess.objects.filter(publisher=publisher).prefetch_related("releases")
    for process in processes.iterator(chunk_size=200):
        releases = [orjson.loads(release.original) for release in process.releases.all()]
        yield compile_releases(releases) if all("date" in release for release in releases) else releases[-1]


class _Glossary:
    """Remembers, while the releases pass by, what processes and parties are called."""

    def __init__(self, releases: Iterable[Mapping[str, Any]]):
        self.releases, self.titles, self.buyers = releases, {}, {}
        self.numbers: dict[str, str] = {}
        self.parties: dict[str, str] = {}

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        for release in self.releases:
            ocid, tender = str(release.get("ocid")), release.get("tender") or {}
            self.titles[ocid] = str(tender.get("title") or release.get("title") or ocid)
            self.numbers[ocid] = str(tender.get("id") or "")
            self.buyers[ocid] = str((release.get("buyer") or {}).get("id") or "")
            for party in release.get("parties") or ():
                if party.get("id") and party.get("name"):
                    self.parties[str(party["id"])] = str(party["name"])
            yield release

    def fields(self, group: Group, subject: str) -> dict[str, str]:
        if group == Group.PROCESS:
            return {
                "name": self.titles[subject][:500],
                "number": self.numbers[subject][:200],
                "buyer": self.buyers[subject][:200],
            }
        is_buyer = group in (Group.BUYER, Group.PROCURING_ENTITY)
        return {"name": self.parties.get(subject, subject)[:500], "buyer": subject if is_buyer else ""}


def _keep(publisher: str, releases: Iterable[Mapping[str, Any]], borders: Thresholds) -> int:
    glossary, now = _Glossary(releases), clock.now()
    flags = find_flags(glossary, borders)
    held = {(flag.group, flag.subject, flag.indicator): flag for flag in Flag.objects.filter(publisher=publisher)}
    new, changed = [], []
    for key, value, parties in _rows(flags, glossary):
        flag = held.pop(key, None)
        fields = glossary.fields(Group(key[0]), key[1]) | {"value": value, "parties": parties}
        if flag is None:
            group, subject, indicator = key
            new.append(
                Flag(publisher=publisher, group=group, subject=subject, indicator=indicator, found_at=now, **fields)
            )
        elif flag.gone_at is not None or any(getattr(flag, name) != value for name, value in fields.items()):
            if flag.gone_at is not None:
                flag.found_at, flag.gone_at = now, None
            for name, content in fields.items():
                setattr(flag, name, content)
            changed.append(flag)
    gone = [flag for flag in held.values() if flag.gone_at is None]
    for flag in gone:
        flag.gone_at = now
    Flag.objects.bulk_create(new, batch_size=500)
    Flag.objects.bulk_update(
        [*changed, *gone], ["name", "number", "buyer", "value", "parties", "found_at", "gone_at"], batch_size=500
    )
    return sum(len(indicators) for subjects in flags.found.values() for indicators in subjects.values())


def _rows(flags: Flags, glossary: _Glossary) -> Iterator[tuple[tuple[str, str, str], float, list[str]]]:
    for group, subjects in flags.found.items():
        for subject, indicators in subjects.items():
            for indicator, value in indicators.items():
                linked = flags.linked.get((subject, indicator), set()) if group == Group.PROCESS else set()
                names = sorted(glossary.parties.get(party, party) for party in linked)
                yield (str(group), subject, str(indicator)), value, names


@transaction.atomic
def review_flag(flag: Flag, *, finding: str, words: str, by: User) -> Review:
    """An auditor says what looking closer has shown. Earlier reviews stay.

    Raises ValidationError with code "gone" when the data no longer shows it.
    """
    flag = Flag.objects.select_for_update().get(pk=flag.pk)
    authorise(policies.may_review, by, flag)
    if flag.gone_at is not None:
        raise ValidationError(_("The data no longer shows this sign: there is nothing to review."), code="gone")
    review = Review.objects.create(
        flag=flag, finding=Review.Finding(finding), words=words, reviewed_by=by, reviewed_at=clock.now()
    )
    record("flag.reviewed", flag, by=by, indicator=flag.indicator, points_at=flag.subject, finding=finding)
    return review
