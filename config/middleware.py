"""What a browser may do on Wagtail's own screens, how much it may send at once, and the short way of programs."""

import time
from collections.abc import Callable
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import MiddlewareNotUsed
from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.middleware.security import SecurityMiddleware
from django.utils import translation
from django.utils.csp import CSP
from django_prometheus.middleware import Metrics
from prometheus_client import Counter, Histogram

from config.errors import too_large

EDITORS_POLICY = settings.SECURE_CSP | {
    "script-src": [CSP.SELF, CSP.UNSAFE_INLINE],
    "style-src": [CSP.SELF, CSP.UNSAFE_INLINE],
    "frame-ancestors": [CSP.SELF],
}


class EditorsPolicyMiddleware:
    """Wagtail 8 writes inline scripts (date choosers, panels) and styles (Draftail) and previews pages in a frame.

    It has no nonces, so its screens, and these alone, are let off; only signed-in editors reach them.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith("/cms/"):
            response._csp_config = EDITORS_POLICY  # read by ContentSecurityPolicyMiddleware, as its decorators set it
        return response


class RequestSizeMiddleware:
    """Refuse a body over the limit before anything reads it; Django's own limit leaves uploaded files out."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.headers.get("Content-Length", "")
        if length.isdigit() and int(length) > settings.MOST_REQUEST_BYTES:
            return too_large(request)
        return self.get_response(request)


class ClientAddressMiddleware:
    """Behind a proxy every request comes from the proxy: give each the address of its client back (TRUSTED_PROXIES).

    Tries of passwords and codes are counted by address, so whoever shares one shares the lock. Each proxy appends to
    X-Forwarded-For whom it heard from, and what stands further left the client may have written itself: the client is
    the first from the right that is no proxy of ours. From anybody but a proxy the headers are not believed at all.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not settings.TRUSTED_PROXIES:
            raise MiddlewareNotUsed
        self.get_response = get_response
        self.proxies = [ip_network(one.strip()) for one in settings.TRUSTED_PROXIES]

    def __call__(self, request: HttpRequest) -> HttpResponse:
        meta = request.META
        if self._is_ours(meta.get("REMOTE_ADDR", "")):
            for heard in reversed(meta.get("HTTP_X_FORWARDED_FOR", "").split(",")):
                address = _address(heard.strip())
                if address is None:
                    break
                meta["REMOTE_ADDR"] = str(address)
                if not self._is_ours(str(address)):
                    break
        else:
            meta.pop("HTTP_X_FORWARDED_FOR", None)
            meta.pop("HTTP_X_FORWARDED_PROTO", None)
        return self.get_response(request)

    def _is_ours(self, text: str) -> bool:
        address = _address(text)
        return address is not None and any(address in proxy for proxy in self.proxies)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


API = "/api/v1/"


class ProgramCalls(BaseHandler):
    """A call of the API with a token has no session, no cookie and no page: it goes to its view at once.

    What is left is what every answer must have: the headers of SecurityMiddleware, the limit of a body, a language, and
    its place among the figures. It stands before everything in MIDDLEWARE that pages alone need.
    docs/decisions/0017-what-a-redemption-pays-for.md.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.for_pages = get_response
        self._view_middleware, self._template_response_middleware, self._exception_middleware = [], [], []
        view: Any = convert_exception_to_response(self._get_response)
        self.short: Any = convert_exception_to_response(SecurityMiddleware(RequestSizeMiddleware(view)))

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = request.META.get("HTTP_AUTHORIZATION", "")
        if not (request.path_info.startswith(API) and token.startswith("Bearer ")):
            return self.for_pages(request)
        begun = time.perf_counter()
        translation.activate(settings.LANGUAGE_CODE)  # an address without a language is Chinese
        request.user, request.organisation = AnonymousUser(), None  # type: ignore[assignment]  # the token says who
        response = self.short(request)
        response.headers["Content-Language"] = settings.LANGUAGE_CODE
        if not response.streaming:
            response.headers["Content-Length"] = str(len(response.content))
        view = request.resolver_match.view_name if request.resolver_match else ""
        answers, seconds = _figures(view, request.method or "", response.status_code)
        answers.inc()
        seconds.observe(time.perf_counter() - begun)
        return response


@cache
def _figures(view: str, method: str, status: int) -> tuple[Counter, Histogram]:
    """Where the figures of pages stand too: answers and seconds, by view."""
    known = Metrics.get_instance()
    return (
        known.responses_by_status_view_method.labels(status=str(status), view=view, method=method),
        known.requests_latency_by_view_method.labels(view=view, method=method),
    )
