"""What anyone sees: the list, the notice, the opening, the result."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.generic import TemplateView, View

from marketplace.pages import clock
from marketplace.pages.exports import Column
from marketplace.pages.lists import ListPage
from marketplace.parties.models import User

from .. import policies
from ..documents import tender_file
from ..forms.public import TenderFilter
from ..invitations import is_welcome
from ..letters import has_letter
from ..methods import Ending, method_of
from ..models import Bid, Lot, Tender, TenderDocument
from ..queries.basis import basis_of, invitations_of
from ..queries.public import filtered, public_tender, public_tenders, tender_timeline
from ..queries.results import result_challenge_until, result_notice_until, result_of
from ..reports import REPORT, paper_of
from ..templatetags.tenders import state_label


class TenderList(ListPage):
    """Every published tender, newest first."""

    title = gettext_lazy("Tenders")
    intro = gettext_lazy("What the bureaus of this city buy for its residents, from the notice to the result.")
    template_name = "tenders/list.html"
    filter_form = TenderFilter
    export_name = gettext_lazy("Tenders")
    export_columns = (
        Column(gettext_lazy("Number"), "number"),
        Column(gettext_lazy("Title"), str),
        Column(gettext_lazy("Buyer"), "bureau"),
        Column(gettext_lazy("Method"), "get_method_display"),
        Column(gettext_lazy("Kind of service"), lambda t: "、".join(str(lot.category) for lot in t.lots.all())),
        Column(gettext_lazy("Place"), lambda t: str(t.region or "")),
        Column(gettext_lazy("Ceiling price"), "ceiling", kind="money"),
        Column(pgettext_lazy("notice", "Published"), "published_at", kind="moment"),
        Column(gettext_lazy("Bids due"), "bids_due_at", kind="moment"),
        Column(gettext_lazy("State"), state_label),
    )
    empty_title = gettext_lazy("No tender has been published yet")
    empty_text = gettext_lazy("When a bureau publishes one, it stands here.")

    def get_rows(self) -> QuerySet[Tender]:
        return public_tenders()

    def filter(self, rows: QuerySet[Tender], cleaned: dict[str, Any]) -> QuerySet[Tender]:
        return filtered(rows, self.form.typed())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        typed = self.form.typed()
        return super().get_context_data(**kwargs) | {"now": clock.now(), "query": urlencode(typed), "typed": typed}


class TenderPage(TemplateView):
    """The notice: what is bought, how it is judged, until when, and what came of it."""

    template_name = "tenders/detail.html"

    def get_context_data(self, number: str, **kwargs: Any) -> dict[str, Any]:
        tender = public_tender(number)
        user, organisation, now = self.request.user, self.request.organisation, clock.now()
        criteria, lots = list(tender.criteria.all()), list(tender.lots.all())
        takes_bids = tender.takes_bids_at(now)
        return super().get_context_data(**kwargs) | {
            "tender": tender,
            "now": now,
            "takes_bids": takes_bids,
            "timeline": tender_timeline(tender),
            "qualifications": [c for c in criteria if c.part == "qualification"],
            "scored": [c for c in criteria if c.part != "qualification"],
            "files": [file_row(document) for document in tender.documents.all() if not document.superseded_at],
            "may_bid": takes_bids
            and user.is_authenticated
            and policies.may_bid(user, organisation or None)
            and is_welcome(tender, organisation),
            "may_manage": user.is_authenticated and policies.may_manage(user, tender),
            "has_opening": hasattr(tender, "opening"),
            "awards": [lot.award_decision for lot in lots if lot.state == Lot.State.AWARDED and lot.award_decision],
            "has_framework": method_of(tender).ending == Ending.ADMISSION and tender.state == Tender.State.AWARDED,
            "lots": lots,
            "basis": basis_of(tender),
            "draw": invitations_of(tender),
            "breadcrumbs": [(_("Tenders"), reverse("tenders:list")), (tender.number, None)],
        }


def file_row(document: TenderDocument) -> dict[str, Any]:
    """A document as components/file_list.html draws it."""
    return {
        "name": document.title,
        "url": reverse("tenders:document", args=[document.pk]),
        "size": document.size,
        "note": _("%(name)s · version %(version)s · SHA-256 %(sha256)s")
        % {"name": document.name, "version": document.version, "sha256": document.sha256},
    }


class DocumentFile(View):
    """A document of a tender that this reader may see."""

    def get(self, request: HttpRequest, pk: str) -> HttpResponse:
        document = get_object_or_404(TenderDocument.objects.visible_to(request.user), pk=pk)
        return FileResponse(
            document.file.open("rb"), as_attachment=True, filename=document.name, content_type=document.content_type
        )


class TenderFile(View):
    """The published tender as a paper."""

    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        tender = get_object_or_404(Tender.objects.public().select_related("bureau__region"), number=number)
        paper = tender_file(tender)
        return FileResponse(paper.file.open("rb"), content_type="application/pdf", filename=f"{tender.number}.pdf")


def _result_notice(tender: Tender, lots: list[dict[str, Any]]) -> dict[str, Any]:
    """What the law asks of a result notice besides the lots: the report, and how long it runs (REG 43)."""
    award = next((row["award"] for row in lots if row["award"]), None)
    panel = getattr(tender, "panel", None)
    if award is None:
        return {}
    award.lot.tender = tender
    return {
        "report": paper_of(panel, REPORT) if panel else None,
        "notice_until": result_notice_until(award),
        "challenge_until": result_challenge_until(award),
    }


def _letters(user: User | AnonymousUser, tender: Tender, lots: list[dict[str, Any]]) -> list[Bid]:
    """For the buyer: who was told that it has not won, and reads why."""
    if not user.is_authenticated or not policies.may_manage(user, tender):
        return []
    bids = [bid for lot in lots for bid in [*(row["bid"] for row in lot["rows"]), *lot["excluded"]]]
    lots_by_id = {lot["lot"].pk: lot["lot"] for lot in lots}
    for bid in bids:
        bid.lot = lots_by_id[bid.lot_id]
    return [bid for bid in bids if has_letter(bid)]


class ResultPage(TemplateView):
    """The result of each lot: ranks, scores, the experts, the reason (REG 43)."""

    template_name = "tenders/result.html"

    def get_context_data(self, number: str, **kwargs: Any) -> dict[str, Any]:
        tender = public_tender(number)
        if tender.state not in (Tender.State.EVALUATING, Tender.State.AWARDED, Tender.State.FAILED):
            raise Http404
        lots = result_of(tender)
        if not any(row["award"] for row in lots) and tender.state == Tender.State.EVALUATING:
            raise Http404
        return super().get_context_data(**kwargs) | {
            "tender": tender,
            "lots": lots,
            **_result_notice(tender, lots),
            "letters": _letters(self.request.user, tender, lots),
            "files": [file_row(document) for document in tender.documents.all()],
            "breadcrumbs": [
                (_("Tenders"), reverse("tenders:list")),
                (tender.number, tender.get_absolute_url()),
                (_("Result"), None),
            ],
        }
