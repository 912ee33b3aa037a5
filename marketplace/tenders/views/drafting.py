"""Drafting a tender: one task a page, save and return."""

import uuid
from typing import Any

from django import forms
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.generic import View

from marketplace.pages import clock
from marketplace.pages.views import ActionPage

from .. import checks, policies
from ..actions import (
    add_document,
    describe_tender,
    draft_tender,
    name_custodians,
    remove_document,
    replace_document,
    set_schedule,
    submit_for_approval,
)
from ..documents import draft_file
from ..forms.drafting import AboutForm, DocumentForm, NewVersionForm, PeopleForm, ScheduleForm
from ..models import CustodianKey, PlanLine, Tender, TenderDocument
from ..queries.drafting import schedule_rules
from ..rulebook import propose_schedule
from .base import TenderPage, desk_crumbs, desk_tenders
from .manage import what_it_says
from .public import file_row


class NewTender(ActionPage):
    """The first line of a new tender."""

    title = gettext_lazy("Draft a new tender")
    form_class = AboutForm
    submit_label = gettext_lazy("Save and continue")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not policies.may_draft(request.user, request.organisation or None):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        bureau = self.request.organisation
        initial = {"region": bureau.region_id}
        if line := self.planned():
            initial |= {
                "title": line.title,
                "about": line.about,
                "budget_line": line.budget_line_id,
                "method": line.method,
            }
        return super().get_form_kwargs() | {"bureau": bureau, "initial": initial}

    def planned(self) -> PlanLine | None:
        """The line of the plan that the officer came from."""
        try:
            pk = uuid.UUID(self.request.GET.get("plan", ""))
        except ValueError:
            return None
        return PlanLine.objects.filter(bureau=self.request.organisation, pk=pk).first()

    def perform(self, form: forms.Form) -> Tender:
        return draft_tender(
            self.request.organisation, by=self.request.user, plan_line=self.planned(), **form.cleaned_data
        )

    def get_success_url(self) -> str:
        return self.object.get_desk_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "back_url": reverse("tenders:procurement"),
            "breadcrumbs": desk_crumbs(None, (str(self.title), None)),
        }


class AboutPage(TenderPage):
    title = gettext_lazy("What is bought, and from which money")
    template_name = "tenders/draft_about.html"
    form_class = AboutForm
    submit_label = gettext_lazy("Save and return")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"bureau": self.tender.bureau, "instance": self.tender}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """htmx saves what is valid while the officer types; the button saves the whole and returns."""
        if request.headers.get("HX-Request") and request.POST.get("autosave"):
            return self.autosave()
        return super().post(request, *args, **kwargs)

    def autosave(self) -> HttpResponse:
        form = self.get_form()
        form.is_valid()
        changed = {name: value for name, value in form.cleaned_data.items() if name in form.changed_data}
        try:
            if changed:
                describe_tender(self.tender, by=self.request.user, **changed)
        except ValidationError:
            return HttpResponse(_("Not saved yet: something needs a change."))
        return HttpResponse(_("Saved."))

    def perform(self, form: forms.Form) -> Tender:
        return describe_tender(self.tender, by=self.request.user, **form.cleaned_data)


class SchedulePage(TenderPage):
    keeps_typing = True
    title = gettext_lazy("Dates")
    template_name = "tenders/draft_schedule.html"
    form_class = ScheduleForm
    submit_label = gettext_lazy("Save and return")

    def get_initial(self) -> dict[str, Any]:
        """What was set; where days have passed since (a notice ran, the draft lay), what the rules allow from today."""
        dates = self.tender if self._still_holds() else propose_schedule(self.tender)
        return {name: getattr(dates, name) for name in ("documents_until", "questions_until", "bids_due_at")}

    def _still_holds(self) -> bool:
        tender = self.tender
        if not (tender.documents_until and tender.questions_until and tender.bids_due_at):
            return False
        try:
            checks.refuse_schedule(tender, clock.now())
        except ValidationError:
            return False
        return True

    def perform(self, form: forms.Form) -> Tender:
        return set_schedule(self.tender, by=self.request.user, **form.cleaned_data)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"rules": schedule_rules(self.tender)}


class DocumentsPage(TenderPage):
    title = pgettext_lazy("tender", "Documents")
    template_name = "tenders/draft_documents.html"
    form_class = DocumentForm
    submit_label = gettext_lazy("Upload")

    def perform(self, form: forms.Form) -> TenderDocument:
        return add_document(self.tender, form.cleaned_data["title"], form.cleaned_data["file"], by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("tenders:documents", args=[self.tender.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "documents": list(self.tender.documents.order_by("title", "-version"))
        }


class ReplaceDocument(TenderPage):
    """A new version of a file."""

    title = gettext_lazy("Upload a new version")
    template_name = "tenders/replace_document.html"
    form_class = NewVersionForm
    submit_label = gettext_lazy("Upload")

    def get_document(self) -> TenderDocument:
        return get_object_or_404(self.tender.documents.current(), pk=self.kwargs["document"])

    def perform(self, form: forms.Form) -> TenderDocument:
        return replace_document(self.get_document(), form.cleaned_data["file"], by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("tenders:documents", args=[self.tender.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return context if self.object else context | {"document": self.get_document()}


class DraftFile(LoginRequiredMixin, View):
    """The tender file of a draft, as it would be printed."""

    def get(self, request: HttpRequest, pk: str) -> HttpResponse:
        tender = get_object_or_404(desk_tenders(request.user), pk=pk)
        return HttpResponse(draft_file(tender), content_type="application/pdf")


class RemoveDocument(TenderPage):
    title = gettext_lazy("Remove this document?")
    submit_label = gettext_lazy("Remove")
    danger = True

    def perform(self, form: forms.Form) -> None:
        remove_document(get_object_or_404(self.tender.documents, pk=self.kwargs["document"]), by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("tenders:documents", args=[self.tender.pk])


class PeoplePage(TenderPage):
    title = gettext_lazy("Who holds the key")
    template_name = "tenders/draft_people.html"
    form_class = PeopleForm
    submit_label = gettext_lazy("Save and return")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"tender": self.tender}

    def perform(self, form: PeopleForm) -> None:
        name_custodians(self.tender, form.people(), by=self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        named = list(self.tender.custodians.select_related("user"))
        ready = set(
            CustodianKey.objects.filter(user__in=[c.user_id for c in named], retired_at=None).values_list(
                "user_id", flat=True
            )
        )
        return super().get_context_data(**kwargs) | {
            "named": [{"user": c.user, "is_ready": c.user_id in ready} for c in named]
        }


class SubmitPage(TenderPage):
    """Check your answers, then hand the draft to a second officer."""

    title = gettext_lazy("Check before you hand it in")
    template_name = "tenders/submit.html"
    submit_label = gettext_lazy("Hand in for approval")
    done_message = gettext_lazy("Handed in. A second officer now approves it.")

    def perform(self, form: forms.Form) -> Tender:
        return submit_for_approval(self.tender, by=self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return (
            super().get_context_data(**kwargs)
            | what_it_says(self.tender)
            | {
                "faults": checks.faults(self.tender),
                "files": [file_row(document) for document in self.tender.documents.current()],
                "may_change": True,
            }
        )
