"""The register of bonds: who left what with whom, and whether it went back."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from marketplace.ledger.models import Transfer
from marketplace.pages.exports import Column
from marketplace.pages.lists import ListPage
from marketplace.payments import queries
from marketplace.payments.forms import BondFilter


def _trail_of(row: Transfer) -> str:
    return f"{reverse('ledger:trail')}?{urlencode({'reference': row.reference})}"


class Bonds(LoginRequiredMixin, ListPage):
    title = gettext_lazy("Register of bonds")
    intro = gettext_lazy("Bid and performance bonds that a bureau keeps for their payers, and when they went back.")
    filter_form = BondFilter
    columns = (
        Column(gettext_lazy("Payer"), "credit.organisation"),
        Column(gettext_lazy("Kept by"), "credit.holder.name"),
        Column(gettext_lazy("For"), "reference", link=_trail_of),
        Column(gettext_lazy("Received"), "posted_at", "moment"),
        Column(gettext_lazy("Received by"), "by.name"),
        Column(gettext_lazy("Amount"), "amount", "money"),
        Column(pgettext_lazy("bond", "Released"), "released", "money"),
        Column(pgettext_lazy("bond", "Forfeited"), "forfeited", "money"),
        Column(gettext_lazy("Still held"), "left", "money"),
        Column(gettext_lazy("Last released"), "released_at", "moment"),
        Column(gettext_lazy("Released by"), "released_by"),
    )
    empty_title = gettext_lazy("No bond has been received yet")
    empty_text = gettext_lazy("Bonds appear here when a bid or a contract asks for one and its payer has paid it.")

    def get_rows(self) -> QuerySet[Transfer]:
        return queries.bonds(self.request.user)

    def filter(self, rows: QuerySet, cleaned: dict[str, Any]) -> QuerySet:
        if cleaned.get("state") == "held":
            rows = rows.filter(left__gt=0)
        elif cleaned.get("state") == "released":
            rows = rows.filter(left=0)
        if text := cleaned.get("q"):
            rows = rows.filter(credit__organisation__name__icontains=text)
        return rows

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "breadcrumbs": [(_("Payments"), reverse("payments:queue")), (self.get_title(), None)]
        }
