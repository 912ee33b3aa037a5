"""What a reader sees when something is refused, missing or broken: what happened, and where to go from here."""

from http import HTTPStatus

from django.core.exceptions import DisallowedHost, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

TOO_BIG = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)


def _page(request: HttpRequest, status: int, **context: object) -> HttpResponse:
    if request.path.startswith(("/api/", "/ocds/", "/hsds/")):  # programs read RFC 9457, not pages
        phrase = HTTPStatus(status).phrase
        return JsonResponse(
            {"type": "about:blank", "title": phrase, "status": status, "code": phrase.lower().replace(" ", "_")},
            status=status,
            content_type="application/problem+json",
        )
    return render(request, f"errors/{status}.html", context | {"code": status}, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if isinstance(exception, DisallowedHost):  # every page of ours asks for the host, which is what can't be trusted
        return HttpResponse("400 Bad Request\n", status=400, content_type="text/plain")
    return _page(request, 413 if isinstance(exception, TOO_BIG) else 400)


def too_large(request: HttpRequest) -> HttpResponse:
    return _page(request, 413)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 403, reason=str(exception or ""))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 404)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was open too long, or cookies that are off; the words typed are still in the browser's history."""
    return render(request, "errors/csrf.html", {"code": 403}, status=403)
