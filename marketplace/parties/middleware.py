"""For which organisation a signed-in person acts right now."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from .models import Organisation

SESSION_KEY = "organisation"


def current_organisation(request: HttpRequest) -> Organisation | None:
    """The organisation chosen in this session, else the first that the person belongs to."""
    if not request.user.is_authenticated:
        return None
    mine = Organisation.objects.filter(memberships__user=request.user, memberships__ended_at=None).distinct()
    chosen = request.session.get(SESSION_KEY)
    return (mine.filter(pk=chosen).first() if chosen else None) or mine.order_by("created_at").first()


class OrganisationMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.organisation = SimpleLazyObject(lambda: current_organisation(request))
        return self.get_response(request)
