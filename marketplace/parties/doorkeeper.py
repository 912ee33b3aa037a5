"""Who tries passwords is stopped: on one name from one address after a few, from many addresses after more; and on many
names from one address.

A limit on the name alone would let anybody shut out anybody. So a browser that has come in by this name before is held
only to the few tries of its own address, and whoever owns the name gets in while the door is shut to strangers.
"""

from axes.attempts import get_cool_off_threshold
from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_client_ip_address, get_client_username
from axes.models import AccessAttempt
from django.conf import settings
from django.core import signing
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse

from .encryption import keyed_hash
from .models import User

COOKIE = "been_here"
SALT = "parties.been_here"
MOST_NAMES = 8  # of a browser that several people share
SECONDS = 180 * 24 * 3600


def _mark(name: str) -> str:
    return keyed_hash("parties.been_here", name)[:16]


def _marks_of(request: HttpRequest) -> list[str]:
    try:
        return list(signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=SECONDS))
    except signing.BadSignature:
        return []


def remember_browser(request: HttpRequest, answer: HttpResponse, user: User) -> None:
    """This browser has come in as this user: names stand in the cookie as keyed hashes only."""
    came = [_mark(name) for name in (user.email, user.phone) if name]
    marks = [*came, *(mark for mark in _marks_of(request) if mark not in came)][:MOST_NAMES]
    answer.set_cookie(
        COOKIE,
        signing.dumps(marks, salt=SALT),
        max_age=SECONDS,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )


class Doorkeeper(AxesDatabaseHandler):
    """Counts a name's failures also over all addresses, and an address's over all names: `SIGN_IN_FAILURES_ANYWHERE`
    and `SIGN_IN_FAILURES_OF_AN_ADDRESS` of them shut the door."""

    def get_failures(self, request: HttpRequest, credentials: dict | None = None) -> int:
        here = super().get_failures(request, credentials)
        name = get_client_username(request, credentials)
        if not name or _mark(name) in _marks_of(request):
            return here
        tries = AccessAttempt.objects.filter(attempt_time__gte=get_cool_off_threshold(request))
        anywhere = _failures(tries.filter(username=name)) >= settings.SIGN_IN_FAILURES_ANYWHERE
        address = get_client_ip_address(request)
        is_shut = anywhere or _failures(tries.filter(ip_address=address)) >= settings.SIGN_IN_FAILURES_OF_AN_ADDRESS
        return max(here, settings.AXES_FAILURE_LIMIT if is_shut else 0)


def _failures(tries: QuerySet[AccessAttempt]) -> int:
    return tries.aggregate(count=Sum("failures_since_start"))["count"] or 0
