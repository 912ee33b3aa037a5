"""Open data for machines: release and record packages, bulk files. Public, for any origin."""

import datetime
import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from marketplace.pages import clock

from .. import queries
from ..models import Process, Release
from ..packages import address, embedded_record, record_package, release_package

LIMIT = 100
MOST = 1000


class BadRequest(Exception):
    """What the address asks for can't be understood."""


def public(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """GET and HEAD for any origin; a wrong parameter is a 400 with problem details (RFC 9457)."""

    @require_safe
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            response = view(request, *args, **kwargs)
        except BadRequest as fault:
            response = _problem(400, "bad_parameter", str(fault))
        response["Access-Control-Allow-Origin"] = "*"
        return response

    return answer


def _problem(status: int, code: str, detail: str) -> JsonResponse:
    return JsonResponse(
        {"type": "about:blank", "status": status, "code": code, "detail": detail},
        status=status,
        content_type="application/problem+json",
        json_dumps_params={"ensure_ascii": False},
    )


def _number(request: HttpRequest, name: str, default: int, *, least: int, most: int) -> int:
    text = request.GET.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 19) or not least <= int(text) <= most:
        raise BadRequest(
            _("%(name)s must be a whole number from %(least)s to %(most)s.")
            % {"name": name, "least": least, "most": most}
        )
    return int(text)


def read_moment(text: str) -> datetime.datetime:
    """A date (its first moment in Asia/Shanghai) or an ISO 8601 time. Raises ValueError."""
    day = parse_date(text)
    if day is not None:
        return clock.at_hour(day, 0)
    moment = parse_datetime(text)
    if moment is None:
        raise ValueError(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=clock.SHANGHAI)


def _since(request: HttpRequest) -> datetime.datetime | None:
    text = request.GET.get("since", "").replace(" ", "+")
    try:
        return read_moment(text) if text else None
    except ValueError:
        raise BadRequest(_("since must be a date such as 2026-11-22 or a time such as 2026-11-22T09:00:00Z.")) from None


def _package(request: HttpRequest, version: str, pieces: Callable[[], Iterable[bytes]]) -> HttpResponseBase:
    """Send the package, or 304 when the reader has it. `version` changes whenever the bytes would."""
    etag = f'"{hashlib.sha256(f"{request.get_full_path()} {version}".encode()).hexdigest()[:32]}"'
    known = get_conditional_response(request, etag=etag)
    if known is not None:
        known["ETag"] = etag
        return known
    response = StreamingHttpResponse(pieces(), content_type="application/json")
    response["ETag"] = etag
    response["Cache-Control"] = "public, max-age=60"
    return response


@public
def releases(request: HttpRequest) -> HttpResponseBase:
    """The feed: `since` (date of a release), `cursor` (from links.next), `limit`."""
    since = _since(request)
    cursor = _number(request, "cursor", 0, least=0, most=10**18)
    limit = _number(request, "limit", LIMIT, least=1, most=MOST)
    page = queries.feed_page(cursor, limit, since)
    asked = {"since": request.GET.get("since", ""), "limit": request.GET.get("limit", "")}
    asked = {name: value for name, value in asked.items() if value}
    following = address("releases", query=urlencode(asked | {"cursor": page.last})) if page.has_more else ""
    here = address("releases", query=urlencode(asked | ({"cursor": cursor} if cursor else {})))
    return _package(
        request,
        f"{page.last} {page.count} {page.has_more}",
        lambda: release_package(here, page.bodies(), published=page.published, next_page=following),
    )


@public
def release(request: HttpRequest, release_id: str) -> HttpResponseBase:
    """One release, in a package of its own."""
    found = Release.objects.filter(release_id=release_id).first()
    if found is None:
        return _problem(404, "unknown_release", _("There is no release with this id."))
    here = address("release", release_id)
    body = bytes(found.body)
    return _package(request, found.sha256, lambda: release_package(here, [body], published=found.created_at))


@public
def records(request: HttpRequest) -> HttpResponseBase:
    """Compiled records, in the order in which they last changed."""
    since = _since(request)
    cursor = _number(request, "cursor", 0, least=0, most=10**18)
    limit = _number(request, "limit", LIMIT, least=1, most=MOST)
    page = queries.record_page(cursor, limit, since)
    asked = {"since": request.GET.get("since", ""), "limit": request.GET.get("limit", "")}
    asked = {name: value for name, value in asked.items() if value}
    following = address("records", query=urlencode(asked | {"cursor": page.last})) if page.has_more else ""
    here = address("records", query=urlencode(asked | ({"cursor": cursor} if cursor else {})))
    return _package(
        request,
        f"{page.last} {len(page.records)} {page.has_more}",
        lambda: record_package(here, page.records, published=page.published, next_page=following),
    )


@public
def record(request: HttpRequest, ocid: str) -> HttpResponseBase:
    """One process: all its releases and its present state."""
    process = Process.objects.filter(ocid=ocid).first()
    if process is None:
        return _problem(404, "unknown_process", _("There is no contracting process with this id."))
    found = queries.releases_of(ocid)
    here = address("record", ocid)
    return _package(
        request,
        f"{process.position}",
        lambda: record_package(here, [embedded_record(process, found)], published=found[-1].created_at),
    )


@public
def bulk(request: HttpRequest, year: int, month: int | None = None) -> HttpResponseBase:
    """Every release of a month or a year: one a line, gzip."""
    if not 1 <= (month or 1) <= 12 or not 2000 <= year <= 9998:
        return _problem(404, "unknown_month", _("There is no such month."))
    start = clock.at_hour(datetime.date(year, month or 1, 1), 0)
    end = clock.at_hour(datetime.date(year + 1, 1, 1) if month in (None, 12) else datetime.date(year, month + 1, 1), 0)
    response = StreamingHttpResponse(_gzip_lines(queries.bodies_between(start, end)), content_type="application/gzip")
    name = f"ocds-{year}-{month:02d}" if month else f"ocds-{year}"
    response["Content-Disposition"] = f'attachment; filename="{name}.jsonl.gz"'
    return response


def _gzip_lines(bodies: Iterable[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(6, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    for body in bodies:
        if piece := packer.compress(bytes(body) + b"\n"):
            yield piece
    yield packer.flush()
