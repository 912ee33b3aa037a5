"""Questions and changes: what the public reads, what a supplier asks, what the buyer answers and amends."""

from typing import Any

from django import forms
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from marketplace.pages import clock
from marketplace.pages.views import ActionPage

from .. import policies
from ..actions import (
    answer_question,
    ask_question,
    drop_amendment,
    propose_amendment,
    publish_amendment,
    publish_clarification,
)
from ..actions.amending import earliest_deadline
from ..forms.amendments import AmendmentForm, AnswerForm, ClarificationForm, QuestionForm
from ..models import Amendment, Question, Tender
from ..queries.amendments import differences, published_amendments
from ..queries.public import public_tender
from ..rulebook import rule_for
from .base import TenderPage, desk_crumbs, desk_tenders
from .bidding import BidderPage


def takes_questions(tender: Tender) -> bool:
    now = clock.now()
    return tender.takes_bids_at(now) and bool(tender.questions_until and now < tender.questions_until)


class ChangesPage(TemplateView):
    """Every answered question and every change of a tender, before and after; open to all."""

    template_name = "tenders/changes.html"

    def get_context_data(self, number: str, **kwargs: Any) -> dict[str, Any]:
        tender, user = public_tender(number), self.request.user
        asks = takes_questions(tender) and policies.may_bid(user, self.request.organisation or None)
        return super().get_context_data(**kwargs) | {
            "tender": tender,
            "entries": published_amendments(tender),
            "questions": list(tender.questions.answered()),
            "takes_questions": takes_questions(tender),
            "may_ask": asks,
            "breadcrumbs": [
                (_("Tenders"), reverse("tenders:list")),
                (tender.number, tender.get_absolute_url()),
                (_("Questions and changes"), None),
            ],
        }


class AskPage(BidderPage):
    """A supplier asks; nobody learns who."""

    title = gettext_lazy("Ask a question")
    template_name = "tenders/ask.html"
    form_class = QuestionForm
    submit_label = gettext_lazy("Send the question")
    done_message = gettext_lazy("Sent. The answer is published for all; nobody is told that you asked.")

    def perform(self, form: forms.Form) -> Question:
        return ask_question(self.tender, self.supplier, form.cleaned_data["text"], by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("tenders:ask", args=[self.tender.number])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "mine": list(self.tender.questions.filter(supplier=self.supplier).order_by("-asked_at")),
            "takes_questions": takes_questions(self.tender),
        }


class DeskChanges(LoginRequiredMixin, TemplateView):
    """The officer's view: questions that wait, amendments in the making, what is published."""

    template_name = "tenders/desk_changes.html"

    def get_context_data(self, pk: str, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        tender = get_object_or_404(desk_tenders(user).public(), pk=pk)
        return super().get_context_data(**kwargs) | {
            "tender": tender,
            "waiting": list(tender.questions.filter(answered_at=None)),
            "proposed": list(tender.amendments.filter(state=Amendment.State.PROPOSED).select_related("proposed_by")),
            "entries": published_amendments(tender),
            "may_manage": policies.may_manage(user, tender) and tender.takes_bids_at(clock.now()),
            "reply": rule_for(tender, "challenge.query_reply"),
            "breadcrumbs": desk_crumbs(tender, (_("Questions and changes"), None)),
        }


class OpenTenderPage(TenderPage):
    """A page of a published tender that still takes bids."""

    policy = staticmethod(policies.may_manage)

    def get_success_url(self) -> str:
        return reverse("tenders:desk_changes", args=[self.tender.pk])


class AnswerPage(ActionPage):
    title = gettext_lazy("Answer for all")
    template_name = "tenders/answer.html"
    form_class = AnswerForm
    submit_label = gettext_lazy("Publish the answer")
    done_message = gettext_lazy("The answer is published.")
    question: Question

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            self.question = get_object_or_404(
                Question.objects.filter(tender__in=desk_tenders(request.user)).select_related("tender__bureau"),
                pk=kwargs["pk"],
            )
            if not policies.may_manage(request.user, self.question.tender):
                raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def perform(self, form: forms.Form) -> Question:
        return answer_question(self.question, form.cleaned_data["answer"], by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("tenders:desk_changes", args=[self.question.tender_id])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        crumbs = desk_crumbs(self.question.tender, (_("Questions and changes"), self.get_success_url()))
        return super().get_context_data(**kwargs) | {
            "question": self.question,
            "tender": self.question.tender,
            "back_url": self.get_success_url(),
            "breadcrumbs": [*crumbs, (str(self.title), None)],
        }


class ClarifyPage(OpenTenderPage):
    title = gettext_lazy("Publish a clarification")
    intro = gettext_lazy("It explains the tender file and changes nothing: the deadline stays.")
    form_class = ClarificationForm
    submit_label = gettext_lazy("Publish")
    done_message = gettext_lazy("Published; every bidder is told.")

    def perform(self, form: forms.Form) -> Amendment:
        return publish_clarification(self.tender, form.cleaned_data["text"], by=self.request.user)


class AmendPage(OpenTenderPage):
    """Write over what shall be different."""

    title = gettext_lazy("Propose an amendment")
    intro = gettext_lazy("Write over what shall be different. A second officer sees the difference and publishes it.")
    template_name = "tenders/amend.html"
    form_class = AmendmentForm
    submit_label = gettext_lazy("Propose")
    done_message = gettext_lazy("Proposed. A second, approving officer publishes it.")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"tender": self.tender}

    def perform(self, form: AmendmentForm) -> Amendment:
        given = form.cleaned_data
        return propose_amendment(self.tender, given["weight"], given["reason"], by=self.request.user, **form.wanted())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        earliest, _source = earliest_deadline(self.tender, clock.now())
        return super().get_context_data(**kwargs) | {
            "earliest": max(earliest, self.tender.bids_due_at),
            "rule": rule_for(self.tender, "tender.change_period"),
            "limits": rule_for(self.tender, "tender.amendment_limits"),
        }


class AmendmentPage(ActionPage):
    """The difference, for the second officer: publish it or drop it."""

    template_name = "tenders/amendment.html"
    amendment: Amendment

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            self.amendment = get_object_or_404(
                Amendment.objects.filter(tender__in=desk_tenders(request.user)).select_related(
                    "tender__bureau__region", "proposed_by"
                ),
                pk=kwargs["pk"],
            )
        return super().dispatch(request, *args, **kwargs)

    def get_title(self) -> str:
        return _("Amendment of %(number)s") % {"number": self.amendment.tender.number}

    def perform(self, form: forms.Form) -> Amendment:
        if self.request.POST.get("answer") == "drop":
            self.done_message = _("Dropped. Nothing has changed.")
            return drop_amendment(self.amendment, by=self.request.user)
        self.done_message = _("Published; every bidder is told.")
        return publish_amendment(self.amendment, by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("tenders:desk_changes", args=[self.amendment.tender_id])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user, amendment = self.request.user, self.amendment
        is_proposed = amendment.state == Amendment.State.PROPOSED
        earliest, _source = earliest_deadline(amendment.tender, clock.now())
        return super().get_context_data(**kwargs) | {
            "amendment": amendment,
            "tender": amendment.tender,
            "differences": differences(amendment),
            "earliest": earliest if amendment.weight == Amendment.Weight.MATERIAL and is_proposed else None,
            "rule": rule_for(amendment.tender, "tender.change_period"),
            "may_publish": policies.may_publish_amendment(user, amendment),
            "may_drop": is_proposed and policies.may_manage(user, amendment.tender),
            "breadcrumbs": desk_crumbs(
                amendment.tender, (_("Questions and changes"), self.get_success_url()), (str(self.get_title()), None)
            ),
        }
