"""The few pages that belong to no app: the reader's large print, robots."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

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
        *(
            f"Disallow: {path}"
            for path in ("/admin/", "/cms/", "/desk/", "/counter/", "/my/", "/search/", "/en/search/")
        ),
        f"Sitemap: {settings.BASE_URL}/sitemap.xml",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
