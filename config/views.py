"""The few pages that belong to no app: the site's search, the reader's large print, robots."""

from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.templatetags.static import static
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe
from django.views.generic import TemplateView

from marketplace.pages.language import address_here
from marketplace.search.queries import Hit, search

YEAR = 365 * 24 * 3600
NOT_FOR_ROBOTS = ("/admin/", "/cms/", "/desk/", "/counter/", "/my/", "/search/", "/en/search/")


@csrf_exempt  # the size of a reader's own letters: nothing to forge, and public pages stay free of a cookie
@require_POST
def large_print(request: HttpRequest) -> HttpResponse:
    """Remember the reader's choice of print for a year and go back to the page."""
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = "/"
    answer = HttpResponseRedirect(target)
    if request.POST.get("on") == "1":
        answer.set_cookie("large_print", "1", max_age=YEAR, samesite="Lax", secure=settings.PRODUCTION, httponly=True)
    else:
        answer.delete_cookie("large_print", samesite="Lax")
    return answer


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Public pages may be read by machines; the rest is refused at its door anyway."""
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in NOT_FOR_ROBOTS),
        f"Sitemap: {settings.BASE_URL}/sitemap.xml",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Beside a PDF or a table a browser asks for the mark here; our pages name it themselves."""
    return HttpResponseRedirect(static("minfu/mark.svg"))


PAGE_SIZE = 20
LONGEST_QUERY = 100
MOST_PAGES = 50
# What can be found, in the order of the choices; kinds are those that the apps give to search.actions.index.
KINDS = {
    "tender": _("Tenders"),
    "provider": _("Providers"),
    "service": _("Services"),
    "imported": _("Imported records"),
    "contract": _("Contracts"),
    "evaluation": _("Evaluations"),
    "consultation": _("Consultations"),
    "standard": _("Standards of service"),
    "cohort": _("Incubator"),
    "page": _("Policy, guides and news"),
}


class Search(TemplateView):
    """One box for everything public. A page exists in two languages: the reader's own is found first."""

    template_name = "search.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        query = self.request.GET.get("q", "").strip()[:LONGEST_QUERY]
        kind = self.request.GET.get("kind", "")
        kinds = [kind] if kind in KINDS else list(KINDS)
        number = self.request.GET.get("page", "1")
        offset = (int(number) - 1) * PAGE_SIZE if number.isdigit() and 0 < int(number) <= MOST_PAGES else 0
        found = search(query, kinds=kinds, limit=PAGE_SIZE, offset=offset)
        pages = Paginator(range(found.total), PAGE_SIZE)
        return super().get_context_data(**kwargs) | {
            "query": query,
            "kind": kind,
            "kinds": KINDS.items(),
            "found": found,
            "hits": [{"hit": hit, "url": _in_language(hit), "kind": KINDS.get(hit.kind, "")} for hit in found.hits],
            "page_obj": pages.get_page(offset // PAGE_SIZE + 1),
        }


def _in_language(hit: Hit) -> str:
    """What has one entry for both languages opens in the reader's own; a site page in the one it is written in."""
    return hit.url if hit.kind == "page" else address_here(hit.url)
