"""Where the money goes: what the numbers of the home page are made of."""

from typing import Any

from django.views.generic import TemplateView

from marketplace.pages import clock

from . import queries


class Figures(TemplateView):
    """Budget lines of the year and vouchers of the month, line by line, to the same sums as the home page shows."""

    template_name = "cms/figures.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        today = clock.today()
        lines = queries.lines_of(today.year)
        return super().get_context_data(**kwargs) | {
            "today": today,
            "lines": lines,
            "sums": queries.sums_of(lines),
            "programmes": queries.vouchers_by_programme(today.replace(day=1)),
            "months": queries.vouchers_by_month(today.year),
            "least": queries.smallest_shown(),
        }
