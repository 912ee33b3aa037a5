"""What a browser may do on Wagtail's own screens, and how much it may send at once."""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.csp import ContentSecurityPolicyMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.csp import CSP
from django_htmx.middleware import HtmxMiddleware

from config.errors import too_large
from marketplace.parties.middleware import OrganisationMiddleware

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


COUNTER_API = "/api/v1/vouchers/"


def is_counter_program(request: HttpRequest) -> bool:
    """A call of the counter's API with a token: it has no session, no cookie and no page. Found once a request."""
    found: bool | None = request.__dict__.get("_is_counter_program")
    if found is None:
        token = request.META.get("HTTP_AUTHORIZATION", "")
        found = request.path_info.startswith(COUNTER_API) and token.startswith("Bearer ")
        request._is_counter_program = found  # type: ignore[attr-defined]
    return found


def for_pages(middleware: type) -> type:
    """The same middleware, past which such a call goes: all of them together take longer than the redemption."""

    class ForPages(middleware):  # type: ignore[misc, valid-type]
        def __call__(self, request: HttpRequest) -> Any:
            return self.get_response(request) if is_counter_program(request) else super().__call__(request)

    if hasattr(middleware, "process_view"):

        def process_view(self: Any, request: HttpRequest, *view: Any) -> Any:
            return None if is_counter_program(request) else super(ForPages, self).process_view(request, *view)

        ForPages.process_view = process_view  # type: ignore[attr-defined]
    ForPages.__name__ = ForPages.__qualname__ = f"{middleware.__name__}ForPages"
    return ForPages


Sessions = for_pages(SessionMiddleware)
Csrf = for_pages(CsrfViewMiddleware)
Messages = for_pages(MessageMiddleware)
Htmx = for_pages(HtmxMiddleware)
Organisations = for_pages(OrganisationMiddleware)
ContentPolicy = for_pages(ContentSecurityPolicyMiddleware)
Frames = for_pages(XFrameOptionsMiddleware)


class Authentication(for_pages(AuthenticationMiddleware)):  # type: ignore[misc]
    """Nobody yet: the token says who calls."""

    def __call__(self, request: HttpRequest) -> Any:
        if is_counter_program(request):
            request.user, request.organisation = AnonymousUser(), None  # type: ignore[assignment]
        return super().__call__(request)
