"""What a browser may do on Wagtail's own screens, and how much it may send at once."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.csp import CSP

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
