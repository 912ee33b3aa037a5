"""What every template may ask for without a view having to hand it over."""

from django.conf import settings
from django.contrib.auth.mixins import AccessMixin
from django.http import HttpRequest
from django.urls import translate_url
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language, pgettext

from marketplace.messages.queries import unread_count
from marketplace.pages.language import local
from marketplace.parties.models import Organisation

LANGUAGE_NAMES = dict(settings.LANGUAGES)


def shell(request: HttpRequest) -> dict[str, object]:
    language = get_language() or settings.LANGUAGE_CODE
    other = "en" if language == settings.LANGUAGE_CODE else settings.LANGUAGE_CODE
    prefix = "" if language == settings.LANGUAGE_CODE else f"/{language}"
    return {
        "city_name": local(settings.CITY_NAME, settings.CITY_NAME_EN),
        "large_print": request.COOKIES.get("large_print") == "1",
        "organisation": getattr(request, "organisation", None),
        "organisations": SimpleLazyObject(lambda: _organisations(request)),
        "unread_count": SimpleLazyObject(lambda: unread_count(request.user)),
        "language_prefix": prefix,
        "other_language": other,
        "other_language_name": LANGUAGE_NAMES[other],
        "other_language_url": _in_language(request, other),
        "site_menu": SimpleLazyObject(lambda: _menu(request.path, prefix)),
        "is_desk": _is_desk(request),
    }


def _is_desk(request: HttpRequest) -> bool:
    """Whether it is a working page: one that asks for a sign-in. A view that is public may say so of itself."""
    match = request.resolver_match
    view = getattr(match.func, "view_class", None) if match else None
    return view is not None and issubclass(view, AccessMixin)


def _in_language(request: HttpRequest, language: str) -> str:
    """The same page in another language; empty for what has one address only."""
    path = request.get_full_path()
    other = translate_url(path, language)
    return other if other != path and request.method in ("GET", "HEAD", "POST") else ""


def _organisations(request: HttpRequest) -> list[Organisation]:
    if not request.user.is_authenticated:
        return []
    mine = Organisation.objects.filter(memberships__user=request.user, memberships__ended_at=None)
    return list(mine.distinct().order_by("created_at"))


def _menu(path: str, prefix: str) -> list[dict[str, object]]:
    """The public navigation: addresses of interfaces.md, in the reader's language."""
    items = [
        (pgettext("menu", "Tenders"), "/tenders/"),
        (pgettext("menu", "Providers"), "/providers/"),
        (pgettext("menu", "Services"), "/services/"),
        (pgettext("menu", "Contracts"), "/contracts/"),
        (pgettext("menu", "Evaluations"), "/evaluations/"),
        (pgettext("menu", "News"), "/news/"),
        (pgettext("menu", "Open data"), "/open-data/"),
    ]
    return [
        {
            "label": label,
            "url": prefix + url,
            "is_current": path.startswith(prefix + url),
            "aria_current": "page" if path == prefix + url else "true",
        }
        for label, url in items
    ]
