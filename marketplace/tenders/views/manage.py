"""The procurement desk: all tenders of the bureau, and one tender with what can be done to it now."""

from typing import Any

from django import forms
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from marketplace.pages import clock
from marketplace.pages.exports import Column
from marketplace.pages.lists import ListPage
from marketplace.parties.models import Role
from marketplace.parties.policies import has_role_anywhere, is_auditor

from .. import checks, policies
from ..actions import approve_tender, cancel_tender, return_tender
from ..checks.method import needs_notice
from ..forms.drafting import ReasonForm
from ..methods import Ending, method_of
from ..models import Criterion, Tender
from ..queries.basis import basis_of, invitations_of
from ..queries.drafting import draft_tasks
from ..queries.evaluation import evaluation_of
from ..queries.public import tender_timeline
from ..templatetags.tenders import state_label
from .base import TenderPage, desk_crumbs, desk_tenders
from .public import file_row


class StateFilter(forms.Form):
    state = forms.ChoiceField(
        label=gettext_lazy("State"), required=False, choices=[("", gettext_lazy("All")), *Tender.State.choices]
    )
    q = forms.CharField(label=gettext_lazy("Words in the title"), required=False, max_length=80)


class ProcurementDesk(LoginRequiredMixin, ListPage):
    """Every tender of the bureau, drafts too."""

    title = gettext_lazy("Procurement desk")
    template_name = "tenders/procurement.html"
    filter_form = StateFilter
    columns = (
        Column(gettext_lazy("Number"), lambda t: t.number or "", link=lambda t: t.get_desk_url()),
        Column(gettext_lazy("Title"), str, link=lambda t: t.get_desk_url()),
        Column(gettext_lazy("Method"), "get_method_display"),
        Column(gettext_lazy("Ceiling price"), "ceiling", kind="money"),
        Column(gettext_lazy("Bids due"), "bids_due_at", kind="moment"),
        Column(gettext_lazy("State"), state_label),
    )
    empty_title = gettext_lazy("No tender yet")
    empty_text = gettext_lazy("Draft the first one: you can leave at any time, what you have typed stays.")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = request.user
        if user.is_authenticated and not (
            is_auditor(user) or has_role_anywhere(user, Role.OFFICER, Role.APPROVER, Role.SIGNATORY)
        ):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_rows(self) -> QuerySet[Tender]:
        return desk_tenders(self.request.user).prefetch_related("lots").order_by("-created_at")

    def filter(self, rows: QuerySet[Tender], cleaned: dict[str, Any]) -> QuerySet[Tender]:
        if state := cleaned.get("state"):
            rows = rows.filter(state=state)
        if words := cleaned.get("q"):
            rows = rows.filter(Q(title__icontains=words) | Q(title_en__icontains=words))
        return rows

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        may_draft = policies.may_draft(self.request.user, self.request.organisation or None)
        context = super().get_context_data(**kwargs)
        if may_draft:
            context |= {"empty_action_url": reverse("tenders:new"), "empty_action_label": _("Draft a tender")}
        return context | {"may_draft": may_draft}


def what_it_says(tender: Tender) -> dict[str, Any]:
    """The tender in full, for checking, previewing and approving."""
    criteria = list(tender.criteria.select_related("parent"))
    return {
        "lots": list(
            tender.lots.select_related("category", "place", "premises").prefetch_related(
                "premises__rooms", "premises__inventory"
            )
        ),
        "basis": basis_of(tender),
        "draw": invitations_of(tender),
        "qualifications": [c for c in criteria if c.part == Criterion.Part.QUALIFICATION],
        "scored": [c for c in criteria if c.part != Criterion.Part.QUALIFICATION],
        "custodians": list(tender.custodians.select_related("user")),
    }


class Manage(LoginRequiredMixin, TemplateView):
    """One tender: the tasks of a draft, then what each stage asks for."""

    template_name = "tenders/manage.html"

    def get_context_data(self, pk: str, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        tender = get_object_or_404(desk_tenders(user).select_related("opening", "panel"), pk=pk)
        may_edit, may_notice = policies.may_edit(user, tender), policies.may_publish_notice(user, tender)
        faults = checks.faults(tender) if tender.state == Tender.State.DRAFT else []
        context = super().get_context_data(**kwargs) | {
            "tender": tender,
            "tasks": draft_tasks(tender, faults) if may_edit else [],
            "is_complete": not faults,
            "may_edit": may_edit,
            "may_approve": policies.may_approve(user, tender),
            "may_cancel": policies.may_cancel(user, tender),
            "may_repeat": policies.may_repeat(user, tender),
            "may_manage": policies.may_manage(user, tender),
            "may_name_designer": policies.may_name_designer(user, tender),
            "has_framework": method_of(tender).ending == Ending.ADMISSION and tender.state == Tender.State.AWARDED,
            "needs_notice": may_notice and needs_notice(tender) and not hasattr(tender, "single_source_notice"),
            "may_draw": policies.may_draw_panel(user, tender) and not hasattr(tender, "panel"),
            "is_due": bool(tender.bids_due_at and tender.bids_due_at <= clock.now()),
            "timeline": tender_timeline(tender) if tender.is_public else [],
            "breadcrumbs": desk_crumbs(None, (tender.number or str(tender), None)),
        }
        if tender.state in (Tender.State.EVALUATING, Tender.State.AWARDED, Tender.State.FAILED):
            context["evaluation"] = evaluation_of(tender, user)
        return context


class Preview(LoginRequiredMixin, TemplateView):
    """The notice as a supplier will see it."""

    template_name = "tenders/detail.html"

    def get_context_data(self, pk: str, **kwargs: Any) -> dict[str, Any]:
        tender = get_object_or_404(desk_tenders(self.request.user), pk=pk)
        said = what_it_says(tender)
        return (
            super().get_context_data(**kwargs)
            | said
            | {
                "tender": tender,
                "is_preview": True,
                "now": clock.now(),
                "timeline": tender_timeline(tender),
                "files": [file_row(document) for document in tender.documents.current()],
                "breadcrumbs": desk_crumbs(tender, (_("Preview"), None)),
            }
        )


class ApprovePage(TenderPage):
    """The second officer reads everything, then publishes."""

    title = gettext_lazy("Approve and publish")
    template_name = "tenders/submit.html"
    policy = staticmethod(policies.may_approve)
    submit_label = gettext_lazy("Approve and publish")
    done_message = gettext_lazy("Published. Its key was split among the three custodians.")

    def perform(self, form: forms.Form) -> Tender:
        self.tender = approve_tender(self.tender, by=self.request.user)
        return self.tender

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return (
            super().get_context_data(**kwargs)
            | what_it_says(self.tender)
            | {
                "faults": checks.faults(self.tender),
                "files": [file_row(document) for document in self.tender.documents.current()],
                "is_approval": True,
            }
        )


class ReturnPage(TenderPage):
    title = gettext_lazy("Return for changes")
    policy = staticmethod(policies.may_approve)
    form_class = ReasonForm
    submit_label = gettext_lazy("Return to the drafter")
    done_message = gettext_lazy("Returned to the drafter.")

    def perform(self, form: forms.Form) -> Tender:
        return return_tender(self.tender, reason=form.cleaned_data["reason"], by=self.request.user)


class CancelPage(TenderPage):
    title = gettext_lazy("Cancel this tender")
    intro = gettext_lazy("The reason is published. Envelopes that were handed in stay sealed for ever.")
    policy = staticmethod(policies.may_cancel)
    form_class = ReasonForm
    submit_label = gettext_lazy("Cancel the tender")
    danger = True

    def perform(self, form: forms.Form) -> Tender:
        return cancel_tender(self.tender, reason=form.cleaned_data["reason"], by=self.request.user)
