"""Bids after the opening, and their files."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.generic import TemplateView, View

from .. import policies
from ..models import Bid, EnvelopeFile


class OpenedBid(LoginRequiredMixin, TemplateView):
    """An opened bid: for the buyer, the experts who declared, and its own people."""

    template_name = "tenders/opened_bid.html"

    def get_context_data(self, pk: str, **kwargs: Any) -> dict[str, Any]:
        bid = get_object_or_404(Bid.objects.select_related("lot__tender__bureau", "supplier", "envelope"), pk=pk)
        if not policies.may_read_bid(self.request.user, bid):
            raise Http404
        return super().get_context_data(**kwargs) | {
            "bid": bid,
            "tender": bid.lot.tender,
            "files": opened_files(bid),
            "breadcrumbs": [
                (bid.lot.tender.number, bid.lot.tender.get_absolute_url()),
                (str(bid.supplier), None),
            ],
        }


def opened_files(bid: Bid) -> list[dict[str, Any]]:
    """The files that came out of the bid's envelope, as components/file_list.html draws them."""
    return [
        {
            "name": one.name,
            "url": reverse("tenders:opened_file", args=[one.pk]),
            "size": one.size,
            "note": f"SHA-256 {one.sha256[:16]}…",
        }
        for one in bid.envelope.files.all()
    ]


class OpenedFile(LoginRequiredMixin, View):
    """A file of an opened bid."""

    def get(self, request: HttpRequest, pk: str) -> HttpResponse:
        opened = get_object_or_404(EnvelopeFile.objects.select_related("envelope"), pk=pk)
        bid = opened.envelope.bids.select_related("lot__tender__bureau", "supplier").first()
        if bid is None or not policies.may_read_bid(request.user, bid):
            raise Http404
        return FileResponse(
            opened.file.open("rb"), as_attachment=True, filename=opened.name, content_type=opened.content_type
        )
