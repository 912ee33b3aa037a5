"""The HSDS 3.0 API: GET only, pages as the standard's Page header has them."""

from collections.abc import Callable
from typing import Any

import orjson
from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_safe

from marketplace.directory import hsds
from marketplace.directory.finding import matching_providers
from marketplace.directory.models import Category

MOST_A_PAGE = 100


def _answer(body: Any, status: int = 200) -> HttpResponse:
    response = HttpResponse(orjson.dumps(body), status=status, content_type="application/json")
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _number(text: str | None, default: int, most: int) -> int:
    return min(max(int(text), 1), most) if text and text.isdecimal() and len(text) < 7 else default


def _page(request: HttpRequest, rows: Any, draw: Callable[[Any], dict[str, Any]]) -> HttpResponse:
    size = _number(request.GET.get("per_page"), 25, MOST_A_PAGE)
    paginator = Paginator(rows, size)
    page = paginator.get_page(_number(request.GET.get("page"), 1, 10**6))
    contents = [draw(row) for row in page.object_list]
    return _answer(
        {
            "total_items": paginator.count,
            "total_pages": paginator.num_pages,
            "page_number": page.number,
            "size": len(contents),
            "first_page": page.number == 1,
            "last_page": page.number == paginator.num_pages,
            "empty": not contents,
            "contents": contents,
        }
    )


def _chosen_services(request: HttpRequest) -> QuerySet:
    rows = hsds.services()
    if text := request.GET.get("search", "").replace("\0", "").strip():
        rows = rows.filter(Q(name__icontains=text) | Q(name_en__icontains=text) | Q(category__name__icontains=text))
    if term := request.GET.get("taxonomy_term_id"):
        codes = [category.pk for category in Category.objects.all() if term in (str(category.term_id), category.pk)]
        rows = rows.filter(category__in=codes)
    if organisation := request.GET.get("organization_id"):
        known = [pk for pk in rows.values_list("organisation_id", flat=True).distinct() if str(pk) == organisation]
        rows = rows.filter(organisation__in=known)
    try:
        moment = parse_datetime(request.GET.get("modified_after", "").replace(" ", "+"))
    except ValueError:
        moment = None
    return rows.filter(changed_at__gte=moment) if moment and moment.tzinfo else rows


@require_safe
def root(request: HttpRequest) -> HttpResponse:
    return _answer(
        {
            "version": "3.0",
            "profile": f"{settings.BASE_URL}/hsds/",
            "openapi_url": "https://raw.githubusercontent.com/openreferral/specification/3.0/schema/openapi.json",
        }
    )


@require_safe
def service_list(request: HttpRequest) -> HttpResponse:
    rows = _chosen_services(request)
    if request.GET.get("minimal") == "true":
        return _page(request, rows, lambda row: {"id": str(row.pk), "last_modified": row.changed_at.isoformat()})
    return _page(request, rows, hsds.service if request.GET.get("full") == "true" else hsds.service_list)


@require_safe
def service(request: HttpRequest, pk: Any) -> HttpResponse:
    return _answer(hsds.service(get_object_or_404(hsds.services(), pk=pk)))


@require_safe
def organisation_list(request: HttpRequest) -> HttpResponse:
    rows = hsds.organisations()
    if text := request.GET.get("search", "").replace("\0", "").strip():
        rows = rows.filter(pk__in=matching_providers(text))
    return _page(request, rows, hsds.organisation if request.GET.get("full") == "true" else hsds.organisation_list)


@require_safe
def organisation(request: HttpRequest, pk: Any) -> HttpResponse:
    return _answer(hsds.organisation(get_object_or_404(hsds.organisations(), pk=pk)))


@require_safe
def service_at_location_list(request: HttpRequest) -> HttpResponse:
    rows = _chosen_services(request).exclude(point=None)
    full = request.GET.get("full") == "true"
    return _page(request, rows, lambda row: hsds.service_at_location(row, nested=full))


@require_safe
def service_at_location(request: HttpRequest, pk: Any) -> HttpResponse:
    for row in hsds.services().exclude(point=None):
        if hsds.at_location_id(row) == str(pk):
            return _answer(hsds.service_at_location(row, nested=True))
    return _answer({"detail": "not found"}, status=404)


@require_safe
def taxonomy_list(request: HttpRequest) -> HttpResponse:
    return _page(request, [hsds.taxonomy()], lambda row: row)


@require_safe
def taxonomy(request: HttpRequest, pk: Any) -> HttpResponse:
    known = hsds.taxonomy()
    return _answer(known) if str(pk) == known["id"] else _answer({"detail": "not found"}, status=404)


@require_safe
def term_list(request: HttpRequest) -> HttpResponse:
    return _page(request, Category.objects.all(), hsds.term)


@require_safe
def term(request: HttpRequest, pk: Any) -> HttpResponse:
    for category in Category.objects.all():
        if str(category.term_id) == pk:
            return _answer(hsds.term(category))
    return _answer({"detail": "not found"}, status=404)
