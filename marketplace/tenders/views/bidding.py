"""The bidder's pages: find, write, seal, withdraw."""

from dataclasses import replace
from typing import Any

from django import forms
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView, View

from marketplace.pages import clock
from marketplace.pages.exports import Column
from marketplace.pages.lists import ListPage
from marketplace.pages.views import ActionPage

from .. import policies
from ..actions import add_draft_file, remove_draft_file, save_bid_draft, submit_bid, withdraw_bid
from ..bidcontent import BidContent, refuse_content
from ..draftfiles import content_of, decrypt_file, files_of
from ..forms.bidding import EligibilityForm, FilesForm, PlanForm, PricesForm, SealForm
from ..models import Bid, BidDraft, BidDraftFile, Envelope, EnvelopeFile, Tender
from ..queries.results import own_scores


class BidderPage(ActionPage):
    """A page of one tender for one supplier: the organisation that the person acts for."""

    tender: Tender

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            self.tender = get_object_or_404(
                Tender.objects.public().select_related("bureau").prefetch_related("lots"), number=kwargs["number"]
            )
            self.supplier = request.organisation or None
            if not policies.may_bid(request.user, self.supplier):
                raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def draft(self) -> BidDraft | None:
        return BidDraft.objects.visible_to(self.request.user).filter(tender=self.tender, supplier=self.supplier).first()

    def envelope(self) -> Envelope | None:
        """The one that stands."""
        return (
            Envelope.objects.visible_to(self.request.user)
            .filter(tender=self.tender, supplier=self.supplier)
            .exclude(state__in=[Envelope.State.REPLACED, Envelope.State.WITHDRAWN])
            .first()
        )

    def get_success_url(self) -> str:
        return reverse("tenders:bid", args=[self.tender.number])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        home = reverse("tenders:bid", args=[self.tender.number])
        crumbs = [(_("Opportunities"), reverse("tenders:opportunities")), (self.tender.number, home)]
        return super().get_context_data(**kwargs) | {
            "tender": self.tender,
            "supplier": self.supplier,
            "takes_bids": self.tender.takes_bids_at(clock.now()),
            "back_url": home,
            "breadcrumbs": [*crumbs, (str(self.get_title()), None)] if self.title else crumbs,
        }


class Workspace(BidderPage):
    """The task list of a bid; after sealing its receipt; after opening its fate."""

    template_name = "tenders/bid.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.http_method_not_allowed(request)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        draft, envelope, number = self.draft(), self.envelope(), self.tender.number
        content = content_of(draft)
        files = list(draft.files.all()) if draft else []
        history = (
            Envelope.objects.visible_to(self.request.user)
            .filter(tender=self.tender, supplier=self.supplier)
            .order_by("-created_at")
        )
        tasks = [
            {
                "label": _("Conditions of taking part"),
                "url": reverse("tenders:bid_eligibility", args=[number]),
                "done": content.is_eligible,
            },
            {
                "label": _("Prices"),
                "url": reverse("tenders:bid_prices", args=[number]),
                "done": bool(content.prices),
            },
            {
                "label": _("Service plan"),
                "url": reverse("tenders:bid_plan", args=[number]),
                "done": bool(content.plan.strip()),
                "hint": _("Written here, or as a file."),
            },
            {
                "label": _("Files"),
                "url": reverse("tenders:bid_files", args=[number]),
                "done": bool(files),
                "hint": _("%(count)s files") % {"count": len(files)},
            },
        ]
        ready = content.is_eligible and bool(content.prices) and bool(content.plan.strip() or files)
        return super().get_context_data(**kwargs) | {
            "tasks": tasks,
            "is_ready": ready,
            "has_draft": draft is not None,
            "envelope": envelope,
            "history": [one for one in history if envelope is None or one.pk != envelope.pk],
            "bids": [
                {"bid": bid, "scores": own_scores(bid)}
                for bid in (envelope.bids.select_related("lot") if envelope else [])
            ],
        }


class EligibilityPage(BidderPage):
    title = gettext_lazy("Conditions of taking part")
    template_name = "tenders/bid_eligibility.html"
    form_class = EligibilityForm
    submit_label = gettext_lazy("Save and return")

    def get_initial(self) -> dict[str, Any]:
        content = content_of(self.draft())
        return {"is_eligible": content.is_eligible, "contact": content.contact}

    def perform(self, form: forms.Form) -> BidDraft:
        content = replace(content_of(self.draft()), **form.cleaned_data)
        return save_bid_draft(self.tender, self.supplier, content, by=self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"qualifications": list(self.tender.criteria.qualification())}


class PricesPage(BidderPage):
    title = gettext_lazy("Prices")
    intro = gettext_lazy("All taxes and costs included, for the whole term.")
    form_class = PricesForm
    submit_label = gettext_lazy("Save and return")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {
            "lots": list(self.tender.lots.all()),
            "content": content_of(self.draft()),
        }

    def perform(self, form: PricesForm) -> BidDraft:
        content = replace(content_of(self.draft()), prices=form.prices())
        return save_bid_draft(self.tender, self.supplier, content, by=self.request.user)


class PlanPage(BidderPage):
    title = gettext_lazy("Service plan")
    template_name = "tenders/bid_plan.html"
    form_class = PlanForm
    submit_label = gettext_lazy("Save and return")

    def get_initial(self) -> dict[str, Any]:
        return {"plan": content_of(self.draft()).plan}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """htmx keeps the plan while it is being typed."""
        if request.headers.get("HX-Request") and request.POST.get("autosave"):
            form = self.get_form()
            try:
                if form.is_valid():
                    self.perform(form)
                    return HttpResponse(_("Saved."))
            except ValidationError as refusal:
                return HttpResponse(" ".join(refusal.messages))
            return HttpResponse(_("Not saved yet: something needs a change."))
        return super().post(request, *args, **kwargs)

    def perform(self, form: forms.Form) -> BidDraft:
        content = replace(content_of(self.draft()), plan=form.cleaned_data["plan"])
        return save_bid_draft(self.tender, self.supplier, content, by=self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"scored": list(self.tender.criteria.by_experts())}


class FilesPage(BidderPage):
    title = gettext_lazy("Files")
    intro = gettext_lazy("Each file, and its name, is encrypted before it is stored.")
    template_name = "tenders/bid_files.html"
    form_class = FilesForm
    submit_label = gettext_lazy("Upload")

    def perform(self, form: forms.Form) -> None:
        for upload in form.cleaned_data["file"]:
            add_draft_file(self.tender, self.supplier, upload, by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("tenders:bid_files", args=[self.tender.number])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        draft = self.draft()
        return super().get_context_data(**kwargs) | {"files": list(draft.files.all()) if draft else []}


class DraftFile(LoginRequiredMixin, View):
    """A file of one's own draft."""

    def get(self, request: HttpRequest, number: str, pk: str) -> HttpResponse:
        draft_file = get_object_or_404(
            BidDraftFile.objects.filter(draft__in=BidDraft.objects.visible_to(request.user)), pk=pk
        )
        answer = HttpResponse(decrypt_file(draft_file), content_type=draft_file.content_type)
        answer.headers["Content-Disposition"] = FileResponse([], as_attachment=True, filename=draft_file.name).headers[
            "Content-Disposition"
        ]
        answer.headers["Cache-Control"] = "no-store"
        return answer


class RemoveFilePage(BidderPage):
    title = gettext_lazy("Remove this file?")
    submit_label = gettext_lazy("Remove")
    danger = True

    def perform(self, form: forms.Form) -> None:
        draft = self.draft()
        if draft is None:
            raise Http404
        remove_draft_file(get_object_or_404(draft.files, pk=self.kwargs["pk"]), by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("tenders:bid_files", args=[self.tender.number])


class SealPage(BidderPage):
    """Check your answers, then seal."""

    title = gettext_lazy("Check and seal")
    template_name = "tenders/bid_seal.html"
    form_class = SealForm
    submit_label = gettext_lazy("Seal and hand in")
    done_message = gettext_lazy("Your bid is sealed and handed in. This is your receipt.")

    def perform(self, form: forms.Form) -> Envelope:
        draft = self.draft()
        content, files = content_of(draft), files_of(draft) if draft else []
        return submit_bid(self.tender, self.supplier, content, files, by=self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        draft = self.draft()
        content = content_of(draft)
        files = list(draft.files.all()) if draft else []
        return super().get_context_data(**kwargs) | {
            "content": content,
            "offers": [{"lot": lot, "price": content.prices.get(str(lot.pk))} for lot in self.tender.lots.all()],
            "files": files,
            "problems": problems_of(self.tender, content, len(files)),
            "replaces": self.envelope(),
        }


def problems_of(tender: Tender, content: BidContent, file_count: int) -> list[str]:
    """What would refuse this bid, in words."""
    try:
        refuse_content(tender, content, file_count=file_count)
    except ValidationError as refusal:
        return refusal.messages
    return []


class WithdrawPage(BidderPage):
    title = gettext_lazy("Withdraw your bid?")
    intro = gettext_lazy("It is destroyed unread. You may hand in another one until the deadline.")
    submit_label = gettext_lazy("Withdraw the bid")
    done_message = gettext_lazy("Your bid is withdrawn and destroyed.")
    danger = True

    def perform(self, form: forms.Form) -> Envelope:
        envelope = self.envelope()
        if envelope is None:
            raise ValidationError(_("There is no bid to withdraw."), code="not_standing")
        return withdraw_bid(envelope, by=self.request.user)


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
        Column(gettext_lazy("Title"), "tender.title"),
        Column(gettext_lazy("Handed in"), "submitted_at", kind="moment"),
        Column(gettext_lazy("State"), "get_state_display"),
        Column(gettext_lazy("Receipt"), "receipt_code", link=lambda e: f"/verify/{e.receipt_code}"),
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
                (bid.supplier.name, None),
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
