"""What a browser may do on Wagtail's own screens."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.csp import CSP

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
