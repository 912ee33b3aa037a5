"""Open data for people."""

from typing import Any

from django.views.generic import TemplateView

from .. import queries
from ..packages import EXTENSIONS, LICENSE, address


class DownloadPage(TemplateView):
    """What there is, how to fetch it, under which licence."""

    template_name = "opendata/downloads.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        months = queries.months()
        years: dict[int, list[queries.Month]] = {}
        for month in months:
            years.setdefault(month.year, []).append(month)
        return super().get_context_data(**kwargs) | {
            "years": list(years.items()),
            "totals": queries.totals(),
            "extensions": EXTENSIONS,
            "license": LICENSE,
            "feed": address("releases"),
            "records": address("records"),
        }
