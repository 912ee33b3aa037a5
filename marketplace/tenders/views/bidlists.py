"""Lists of the bidder: what is open, what was handed in."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy

from marketplace.pages import clock
from marketplace.pages.exports import Column
from marketplace.pages.lists import ListPage

from .. import policies
from ..models import BidDraft, Envelope, Tender


class Opportunities(LoginRequiredMixin, ListPage):
    """Tenders that take bids now, the nearest deadline first."""

    title = gettext_lazy("Opportunities")
    intro = gettext_lazy("Tenders that take bids now, the nearest deadline first.")
    template_name = "tenders/opportunities.html"
    empty_title = gettext_lazy("No tender takes bids today")
    empty_text = gettext_lazy("When one is published it stands here.")

    def get_rows(self) -> QuerySet[Tender]:
        return Tender.objects.open(clock.now()).listed().order_by("bids_due_at")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        supplier, now = self.request.organisation or None, clock.now()
        sealed = set(Envelope.objects.filter(supplier=supplier).standing().values_list("tender_id", flat=True))
        begun = set(BidDraft.objects.filter(supplier=supplier).values_list("tender_id", flat=True))
        return context | {
            "rows": [
                {
                    "tender": tender,
                    "days_left": (tender.bids_due_at - now).days,
                    "is_sealed": tender.pk in sealed,
                    "is_begun": tender.pk in begun,
                }
                for tender in context["object_list"]
            ],
            "may_bid": policies.may_bid(self.request.user, supplier),
        }


class MyBids(LoginRequiredMixin, ListPage):
    """What this organisation has handed in, and what came of it."""

    title = gettext_lazy("My bids")
    template_name = "tenders/my_bids.html"
    columns = (
        Column(gettext_lazy("Tender"), "tender.number", link=lambda e: reverse("tenders:bid", args=[e.tender.number])),
        Column(gettext_lazy("Title"), "tender"),
        Column(gettext_lazy("Handed in"), "submitted_at", kind="moment"),
        Column(gettext_lazy("State"), "get_state_display"),
        Column(gettext_lazy("Receipt"), "receipt_code", link=lambda e: reverse("papers:verify", args=[e.receipt_code])),
    )
    empty_title = gettext_lazy("No bid handed in yet")
    empty_text = gettext_lazy("Look at the open tenders and begin with one that fits you.")
    empty_action_label = gettext_lazy("Open tenders")

    def get_rows(self) -> QuerySet[Envelope]:
        self.empty_action_url = reverse("tenders:opportunities")
        return (
            Envelope.objects.visible_to(self.request.user)
            .filter(supplier=self.request.organisation or None)
            .select_related("tender")
            .order_by("-submitted_at")
        )
