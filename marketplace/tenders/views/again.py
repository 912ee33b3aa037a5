"""What follows a failure: tender again, or ask for another method; the finance department decides."""

from typing import Any

from django import forms
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from marketplace.pages.lists import ListPage
from marketplace.pages.views import ActionPage

from .. import policies
from ..actions import decide_method_change, propose_method_change, repeat_tender, withdraw_method_change
from ..actions.again import lots_to_repeat
from ..checks.method import GROUNDS
from ..forms.again import AgainForm, DecideMethodChangeForm, MethodChangeForm
from ..models import MethodChange, Tender
from ..rulebook import rule_for
from .base import TenderPage, desk_crumbs


class RepeatPage(TenderPage):
    """The same need once more."""

    title = gettext_lazy("Tender again")
    intro = gettext_lazy("A new draft takes over the words, the lots that got no award, and the criteria.")
    template_name = "tenders/again.html"
    policy = staticmethod(policies.may_repeat)
    form_class = AgainForm
    submit_label = gettext_lazy("Make the new draft")

    def get_form_kwargs(self) -> dict[str, Any]:
        approved = list(self.tender.method_changes.approved())
        return super().get_form_kwargs() | {"tender": self.tender, "approved": approved}

    def perform(self, form: AgainForm) -> Tender:
        self.tender = repeat_tender(self.tender, change=form.chosen(), by=self.request.user)
        return self.tender

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "lots": list(lots_to_repeat(self.tender)),
            "changes": list(self.tender.method_changes.select_related("reviewer")),
            "attempts": list(self.tender.attempts.order_by("created_at")),
            "may_ask": policies.may_ask_for_another_method(self.request.user, self.tender),
            "rule": rule_for(self.tender, "tender.method_change_approval"),
        }


class AskForAnotherMethod(TenderPage):
    title = gettext_lazy("Ask for another method")
    intro = gettext_lazy("What failed is tendered again. Another method is allowed by the finance department first.")
    policy = staticmethod(policies.may_ask_for_another_method)
    form_class = MethodChangeForm
    submit_label = gettext_lazy("Send to the finance department")
    done_message = gettext_lazy("Sent. You are told when it is decided.")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"tender": self.tender}

    def perform(self, form: forms.Form) -> MethodChange:
        return propose_method_change(self.tender, by=self.request.user, **form.cleaned_data)

    def get_success_url(self) -> str:
        return self.object.get_absolute_url()


class ChangePage(ActionPage):
    """One request: read by both sides, decided by the finance department."""

    template_name = "tenders/method_change.html"
    title = gettext_lazy("Change of method")
    form_class = DecideMethodChangeForm
    submit_label = gettext_lazy("Decide")
    done_message = gettext_lazy("Decided. The bureau has been told.")
    change: MethodChange

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        rows = MethodChange.objects.visible_to(request.user).distinct()
        self.change = get_object_or_404(
            rows.select_related("tender__bureau__region", "reviewer", "proposed_by", "decided_by"), pk=kwargs["pk"]
        )
        may = policies.may_decide_method_change(request.user, self.change)
        if request.method == "POST" and not may and self.change.state == MethodChange.State.PROPOSED:
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def perform(self, form: forms.Form) -> MethodChange:
        return decide_method_change(self.change, by=self.request.user, **form.cleaned_data)

    def get_success_url(self) -> str:
        return self.change.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user, tender = self.request.user, self.change.tender
        is_ours = policies.may_manage(user, tender)
        return super().get_context_data(**kwargs) | {
            "change": self.change,
            "tender": tender,
            "lots": list(tender.lots.filter(state__in=["failed", "cancelled"])),
            "ground": GROUNDS.get(self.change.ground, ""),
            "rule": rule_for(tender, "tender.method_change_approval"),
            "may_decide": policies.may_decide_method_change(user, self.change),
            "may_withdraw": policies.may_withdraw_method_change(user, self.change),
            "may_repeat": policies.may_repeat(user, tender),
            "breadcrumbs": desk_crumbs(tender, (str(self.title), None))
            if is_ours
            else [(_("Changes of method"), reverse("tenders:method_changes")), (str(self.change.tender), None)],
        }


class WithdrawChange(ActionPage):
    title = gettext_lazy("Take the request back")
    submit_label = pgettext_lazy("change of method", "Take it back")
    danger = True
    change: MethodChange

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        rows = MethodChange.objects.visible_to(request.user).distinct().select_related("tender__bureau")
        self.change = get_object_or_404(rows, pk=kwargs["pk"])
        if request.user.is_authenticated and not policies.may_withdraw_method_change(request.user, self.change):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def perform(self, form: forms.Form) -> MethodChange:
        return withdraw_method_change(self.change, by=self.request.user)

    def get_success_url(self) -> str:
        return self.change.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"back_url": self.change.get_absolute_url()}


class MethodChangeList(LoginRequiredMixin, ListPage):
    """What bureaus ask, the newest first."""

    title = gettext_lazy("Changes of method")
    intro = gettext_lazy("After a failed procurement another method is allowed before it begins, or refused.")
    template_name = "tenders/method_changes.html"
    empty_title = gettext_lazy("Nothing was asked")
    empty_text = gettext_lazy("When a procurement has failed, its bureau may ask here for another method.")

    def get_rows(self) -> QuerySet[MethodChange]:
        rows = MethodChange.objects.visible_to(self.request.user).distinct()
        return rows.select_related("tender__bureau", "reviewer").order_by("-proposed_at")
