"""Publish a release: compose, check, keep the bytes."""

import datetime
import hashlib
import re
from typing import Any

import orjson
from django.conf import settings
from django.db import transaction

from marketplace.pages import clock

from ..merging import compile_releases
from ..models import Feed, Process, Release
from ..releases import faults


class InvalidRelease(ValueError):
    """What an app composed is not open data: a fault of ours, never of the person who acts."""


def ocid_for(kind: str, number: str) -> str:
    """The open contracting id of a process: `ocds-minfu1-tender-CX-2026-003`. Stable: the same in, the same out."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", f"{kind}-{number}").strip("-")
    if plain != f"{kind}-{number}":  # a number with Chinese characters: keep it apart from its likes
        plain += "-" + hashlib.sha256(number.encode()).hexdigest()[:8]
    return f"{settings.OCID_PREFIX}-{plain}"


def _moment(value: datetime.datetime) -> str:
    return value.astimezone(clock.SHANGHAI).isoformat(timespec="seconds")


def _with_earlier_roles(parties: list[dict[str, Any]], state: dict[str, Any]) -> list[dict[str, Any]]:
    """A list of text is replaced when releases are merged: a party keeps the roles that it had in this process."""
    held = {party["id"]: party.get("roles", []) for party in state.get("parties", [])}
    return [
        party | {"roles": list(dict.fromkeys([*held.get(party.get("id"), []), *party.get("roles", [])]))}
        for party in parties
    ]


@transaction.atomic
def publish_release(
    ocid: str, *, tags: list[str], parts: dict[str, Any], at: datetime.datetime, by: Any = None
) -> Release:
    """Publish what happened in a contracting process, in the transaction of the fact.

    `parts` is the calling app's part of an OCDS 1.1 release: any of `parties`, `buyer`, `planning`, `tender`, `bids`,
    `awards`, `contracts`, `relatedProcesses`, `title`, `description` (docs/open-data.md shows one). `at` is when the
    fact happened, aware. `tags` are OCDS release tags: `planning`, `tender`, `tenderUpdate`, `tenderCancellation`,
    `award`, `contract`, `contractAmendment`, `implementation`, `contractTermination`, … Raises InvalidRelease.
    """
    Feed.objects.get_or_create(name="releases")
    feed = Feed.objects.select_for_update().get(name="releases")
    earlier = list(Release.objects.filter(ocid=ocid).order_by("position"))
    release = {
        "ocid": ocid,
        "id": f"{ocid}-{len(earlier) + 1:04d}",
        "date": _moment(at),
        "tag": tags,
        "initiationType": "tender",
        "language": "zh",
        **parts,
    }
    past = [orjson.loads(bytes(one.body)) for one in earlier]
    if past and "parties" in parts:
        release["parties"] = _with_earlier_roles(parts["parties"], compile_releases(past))
    if wrong := faults(release):
        raise InvalidRelease(f"{ocid}: " + "; ".join(wrong))

    body = orjson.dumps(release)
    feed.last += 1
    feed.save(update_fields=["last"])
    published = Release.objects.create(
        position=feed.last,
        ocid=ocid,
        release_id=release["id"],
        tags=tags,
        date=at,
        body=body,
        sha256=hashlib.sha256(body).hexdigest(),
    )
    compiled = compile_releases([*past, release])
    Process.objects.update_or_create(
        ocid=ocid,
        defaults={
            "title": str(compiled.get("title") or compiled.get("tender", {}).get("title", ""))[:300],
            "buyer": str(compiled.get("buyer", {}).get("name", ""))[:200],
            "releases": len(earlier) + 1,
            "compiled": orjson.dumps(compiled),
            "first_date": min([at, *(one.date for one in earlier)]),
            "last_date": max([at, *(one.date for one in earlier)]),
            "position": feed.last,
        },
    )
    return published
