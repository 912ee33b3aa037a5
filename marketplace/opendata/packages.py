"""OCDS packages around the stored bytes: the frame is written here, the releases are never parsed again."""

import datetime
from collections.abc import Iterable, Iterator
from typing import Any

import orjson
from django.conf import settings
from django.urls import reverse

from .models import Process, Release
from .parts import moment

# Only extensions that our apps use; each at a version whose files a validator can keep beside it.
_EXTENSIONS = "https://raw.githubusercontent.com/open-contracting-extensions"
EXTENSIONS = [
    f"{_EXTENSIONS}/ocds_lots_extension/v1.1.5/extension.json",
    f"{_EXTENSIONS}/ocds_bid_extension/v1.1.5/extension.json",
    f"{_EXTENSIONS}/ocds_process_title_extension/v1.1.5/extension.json",
    f"{_EXTENSIONS}/ocds_awardCriteria_extension/master/extension.json",
    f"{_EXTENSIONS}/ocds_pagination_extension/master/extension.json",
]
LICENSE = "https://creativecommons.org/licenses/by/4.0/"
EPOCH = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)


def address(name: str, *args: Any, query: str = "") -> str:
    """The full address of one of our own pages, as it stands in a package."""
    return settings.BASE_URL + reverse(f"opendata:{name}", args=args) + (f"?{query}" if query else "")


def _frame(uri: str, published: datetime.datetime | None, next_page: str = "") -> bytes:
    """The fields of a package before its list, without the closing brace."""
    return orjson.dumps(
        {
            "uri": uri,
            "version": "1.1",
            "extensions": EXTENSIONS,
            "publishedDate": moment(published or EPOCH),
            "publisher": {"name": f"{settings.CITY_NAME}民福平台", "uri": settings.BASE_URL},
            "license": LICENSE,
            "publicationPolicy": f"{settings.BASE_URL}/open-data/downloads/",
            **({"links": {"next": next_page}} if next_page else {}),
        }
    )[:-1]


def _listed(frame: bytes, name: bytes, items: Iterable[bytes]) -> Iterator[bytes]:
    yield frame + b',"' + name + b'":['
    for number, item in enumerate(items):
        yield b"," + item if number else item
    yield b"]}"


def release_package(
    uri: str, bodies: Iterable[bytes], *, published: datetime.datetime | None, next_page: str = ""
) -> Iterator[bytes]:
    """A release package, piece by piece."""
    return _listed(_frame(uri, published, next_page), b"releases", (bytes(body) for body in bodies))


def record_package(
    uri: str, records: Iterable[bytes], *, published: datetime.datetime | None, next_page: str = ""
) -> Iterator[bytes]:
    """A record package, piece by piece."""
    return _listed(_frame(uri, published, next_page), b"records", records)


def linked_record(process: Process, releases: Iterable[tuple[str, datetime.datetime, list[str]]]) -> bytes:
    """A record whose releases are links; `releases` are (release id, date, tags) in the order of their dates."""
    links = [
        {"url": f"{address('release', release_id)}#{release_id}", "date": moment(date), "tag": tags}
        for release_id, date, tags in releases
    ]
    return (
        b'{"ocid":' + orjson.dumps(process.ocid) + b',"releases":' + orjson.dumps(links)
        + b',"compiledRelease":' + bytes(process.compiled) + b"}"
    )  # fmt: skip


def embedded_record(process: Process, releases: Iterable[Release]) -> bytes:
    """A record with all its releases."""
    return (
        b'{"ocid":' + orjson.dumps(process.ocid)
        + b',"releases":[' + b",".join(bytes(release.body) for release in releases)
        + b'],"compiledRelease":' + bytes(process.compiled) + b"}"
    )  # fmt: skip
