"""What every template may ask for without a view having to hand it over."""

from django.conf import settings
from django.http import HttpRequest


def shell(request: HttpRequest) -> dict[str, object]:
    return {
        "city_name": settings.CITY_NAME,
        "large_print": request.COOKIES.get("large_print") == "1",
        "organisation": getattr(request, "organisation", None),
    }
