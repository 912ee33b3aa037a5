"""The tasks of a draft about plan, method and invitations; and the single-source notices that everyone reads."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.generic import FormView

from marketplace.pages import clock
from marketplace.pages.lists import ListPage
from marketplace.pages.views import refuse

from .. import policies
from ..actions import justify_method, plan_tender
from ..actions.inviting import (
    answer_objection,
    draw_invitations,
    name_supplier,
    object_to_notice,
    publish_single_source_notice,
    qualify_suppliers,
)
from ..actions.terms import set_terms
from ..checks.method import needs_notice, reaches_threshold
from ..checks.planning import NEGATIVE_LIST, earliest_start
from ..forms.preparing import (
    DrawForm,
    MethodForm,
    NoticeForm,
    ObjectionForm,
    PlanForm,
    ReplyForm,
    invitation_form,
)
from ..forms.terms import TermsForm
from ..invitations import commitment
from ..methods import WhoMayBid, method_of
from ..models import InvitationDraw, SingleSourceNotice, Tender
from ..rulebook import rule_for, rule_or_none, threshold_of
from .base import TenderPage


class PlanPage(TenderPage):
    keeps_typing = True
    title = gettext_lazy("Plan, residents, catalogue")
    template_name = "tenders/draft_plan.html"
    form_class = PlanForm
    submit_label = gettext_lazy("Save and return")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"instance": self.tender}

    def perform(self, form: forms.Form) -> Tender:
        return plan_tender(self.tender, by=self.request.user, **form.cleaned_data)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "negative_list": list(NEGATIVE_LIST.values()),
            "negative_rule": rule_for(self.tender, "service.negative_list"),
            "earliest": earliest_start(self.tender),
            "intention_rule": rule_for(self.tender, "tender.intention_period"),
        }


class MethodPage(TenderPage):
    keeps_typing = True
    title = gettext_lazy("Why this method, and who allowed it")
    template_name = "tenders/draft_method.html"
    form_class = MethodForm
    submit_label = gettext_lazy("Save and return")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"instance": self.tender}

    def perform(self, form: forms.Form) -> Tender:
        return justify_method(self.tender, by=self.request.user, **form.cleaned_data)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "threshold": threshold_of(self.tender),
            "is_reached": reaches_threshold(self.tender) is not None,
            "leaves_public_tender": method_of(self.tender).leaves_public_tender,
            "elimination": rule_or_none(self.tender, "tender.framework_elimination"),
        }


class TermsPage(TenderPage):
    keeps_typing = True
    title = gettext_lazy("Comparing prices, and challenges")
    intro = gettext_lazy("What the tender file says about them. Nothing of it can be added after publication.")
    template_name = "tenders/draft_form.html"
    form_class = TermsForm
    submit_label = gettext_lazy("Save and return")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"instance": self.tender}

    def perform(self, form: forms.Form) -> Tender:
        return set_terms(self.tender, by=self.request.user, **form.cleaned_data)


class InvitationsPage(TenderPage):
    """The qualified list and its draw, or the one supplier and its notice."""

    title = gettext_lazy("Who is invited")
    template_name = "tenders/draft_invitations.html"
    submit_label = pgettext_lazy("plan", "Save")

    def get_form_class(self) -> type[forms.Form]:
        if method_of(self.tender).who_may_bid == WhoMayBid.ANYONE:
            raise Http404
        return invitation_form(self.tender)

    def get_initial(self) -> dict[str, Any]:
        named = self.tender.invitations.first()
        return {
            "suppliers": [row.supplier_id for row in self.tender.qualified.all()],
            "supplier": named.supplier_id if named else None,
        }

    def perform(self, form: forms.Form) -> None:
        if "suppliers" in form.fields:
            qualify_suppliers(self.tender, form.cleaned_data["suppliers"], by=self.request.user)
        else:
            name_supplier(self.tender, form.cleaned_data["supplier"], by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("tenders:invitations", args=[self.tender.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        held = InvitationDraw.objects.filter(tender=self.tender).first()
        notice = SingleSourceNotice.objects.filter(tender=self.tender).first()
        return super().get_context_data(**kwargs) | {
            "draw": held,
            "commitment": commitment(held.seed) if held else "",
            "invitations": list(self.tender.invitations.select_related("supplier")),
            "qualified_count": self.tender.qualified.count(),
            "notice": notice,
            "needs_notice": needs_notice(self.tender),
            "notice_rule": rule_for(self.tender, "tender.notice_period"),
            "is_list": method_of(self.tender).who_may_bid == WhoMayBid.INVITED,
        }


class DrawInvitationsPage(TenderPage):
    title = gettext_lazy("Draw who is invited")
    intro = gettext_lazy("One draw only. Its seed is fixed now by a fingerprint, and published after the opening.")
    form_class = DrawForm
    submit_label = gettext_lazy("Draw now")

    def perform(self, form: forms.Form) -> None:
        draw_invitations(self.tender, form.cleaned_data["wanted"], by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("tenders:invitations", args=[self.tender.pk])


class NoticePage(TenderPage):
    """The second officer publishes the single-source notice."""

    title = gettext_lazy("Publish the single-source notice")
    intro = gettext_lazy("Anyone may object while it stands. The procurement begins only after it.")
    template_name = "tenders/publish_notice.html"
    policy = staticmethod(policies.may_publish_notice)
    form_class = NoticeForm
    submit_label = gettext_lazy("Publish the notice")

    def perform(self, form: forms.Form) -> SingleSourceNotice:
        return publish_single_source_notice(self.tender, opinions=form.cleaned_data["opinions"], by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("tenders:notice", args=[self.object.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        named = self.tender.invitations.select_related("supplier").first()
        return super().get_context_data(**kwargs) | {"supplier": named.supplier if named else None}


class AnswerObjection(TenderPage):
    title = gettext_lazy("Answer the objection")
    template_name = "tenders/answer_objection.html"
    policy = staticmethod(policies.may_publish_notice)
    form_class = ReplyForm
    submit_label = gettext_lazy("Send the reply")

    def get_objection(self) -> Any:
        return get_object_or_404(self.tender.single_source_notice.objections, pk=self.kwargs["objection"])

    def perform(self, form: forms.Form) -> None:
        answer_objection(self.get_objection(), by=self.request.user, **form.cleaned_data)

    def get_success_url(self) -> str:
        return reverse("tenders:notice", args=[self.tender.single_source_notice.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"objection": self.get_objection()}


class NoticeList(ListPage):
    """Every single-source notice, the newest first."""

    title = gettext_lazy("Single-source notices")
    intro = gettext_lazy("What is to be bought from one supplier alone. While a notice stands, anyone may object.")
    template_name = "tenders/notices.html"
    empty_title = gettext_lazy("No single-source notice")
    empty_text = gettext_lazy("Where only one supplier is to be asked, the bureau says so here first.")

    def get_rows(self) -> QuerySet[SingleSourceNotice]:
        return SingleSourceNotice.objects.select_related("tender__bureau", "supplier")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"today": clock.today()}


class NoticeDetail(FormView):
    """One notice; while it stands, the form to object; for the bureau, the objections."""

    template_name = "tenders/notice.html"
    form_class = ObjectionForm
    notice: SingleSourceNotice

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        rows = SingleSourceNotice.objects.select_related("tender__bureau__region", "supplier")
        self.notice = get_object_or_404(rows, pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: forms.Form) -> HttpResponse:
        said = form.cleaned_data
        if not said.pop("homepage"):
            try:
                object_to_notice(self.notice, **said)
            except ValidationError as refusal:
                refuse(form, refusal)
                return self.form_invalid(form)
        messages.success(self.request, _("Your objection has arrived. The bureau must answer it before it goes on."))
        return HttpResponseRedirect(reverse("tenders:notice", args=[self.notice.pk]))

    def form_invalid(self, form: forms.Form) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user, tender = self.request.user, self.notice.tender
        is_ours = user.is_authenticated and policies.may_manage(user, tender)
        return super().get_context_data(**kwargs) | {
            "notice": self.notice,
            "tender": tender,
            "is_standing": clock.today() <= self.notice.ends_on,
            "why_url": f"{reverse('rules:why', args=['tender.notice_period'])}?method=single_source",
            "is_ours": is_ours,
            "may_answer": user.is_authenticated and policies.may_publish_notice(user, tender),
            "objections": list(self.notice.objections.all()),
            "breadcrumbs": [(_("Single-source notices"), reverse("tenders:notices")), (str(tender), None)],
        }
