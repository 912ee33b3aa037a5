"""A bid being written: conditions, prices, plan, files; what is typed is kept."""

from dataclasses import replace
from typing import Any

from django import forms
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View

from ..actions import add_draft_file, remove_draft_file, save_bid_draft
from ..draftfiles import content_of
from ..forms.bidding import EligibilityForm, FilesForm, PlanForm, PricesForm, PromiseForm
from ..invitations import is_reserved_from
from ..models import BidDraft, BidDraftFile
from ..rulebook import rule_for
from .bidding import BidderPage


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
            "lots": [lot for lot in self.tender.lots.all() if not is_reserved_from(lot, self.supplier)],
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
        answer = FileResponse(
            draft_file.file.open("rb"),
            as_attachment=True,
            filename=draft_file.name,
            content_type=draft_file.content_type,
        )
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


class PromisePage(BidderPage):
    """The safety net of the last minutes: only the file's fingerprint now, the file itself within the rule's hours."""

    title = gettext_lazy("Fingerprint now, file later")
    template_name = "tenders/bid_promise.html"
    form_class = PromiseForm
    submit_label = gettext_lazy("Add the fingerprint")

    def perform(self, form: forms.Form) -> BidDraft:
        content = content_of(self.draft())
        if any(one["sha256"] == form.cleaned_data["sha256"] for one in content.promised):
            raise ValidationError({"sha256": ValidationError(_("This file is promised already."), code="promised")})
        content.promised.append({"name": form.cleaned_data["name"], "sha256": form.cleaned_data["sha256"]})
        return save_bid_draft(self.tender, self.supplier, content, by=self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "promised": content_of(self.draft()).promised,
            "rule": rule_for(self.tender, "tender.body_period"),
        }


class RemovePromisePage(BidderPage):
    title = gettext_lazy("Take this fingerprint out?")
    submit_label = gettext_lazy("Remove")
    danger = True

    def perform(self, form: forms.Form) -> BidDraft:
        content = content_of(self.draft())
        content.promised = [one for one in content.promised if one["sha256"] != self.kwargs["sha256"]]
        return save_bid_draft(self.tender, self.supplier, content, by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("tenders:bid_promise", args=[self.tender.number])
