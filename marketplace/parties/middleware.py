"""For which organisation a signed-in person acts right now."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from .models import Organisation

SESSION_KEY = "organisation"


def current_organisation(request: HttpRequest) -> Organisation | None:
    """The organisation chosen in this session, else the first that the person belongs to."""
    if not request.user.is_authenticated:
        return None
    mine = {str(organisation.pk): organisation for organisation in Organisation.objects.of(request.user)}
    oldest = min(mine.values(), key=lambda organisation: organisation.created_at, default=None)
    return mine.get(request.session.get(SESSION_KEY, ""), oldest)


class OrganisationMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Not lazy: a lazy None is not None, and every page of a signed-in person shows it anyway.
        request.organisation = current_organisation(request)
        return self.get_response(request)
