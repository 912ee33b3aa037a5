"""Complaints: to the finance department, its steps, its desk, and the published list of bad conduct."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy

from marketplace.pages.lists import ListPage
from marketplace.parties.models import Role
from marketplace.parties.policies import has_role_anywhere, is_auditor

from .. import actions, policies
from ..actions.effects import possible_effects
from ..forms.challenges import (
    AcceptComplaintForm,
    AnswerComplaintForm,
    ComplaintForm,
    CorrectComplaintForm,
    DecideComplaintForm,
)
from ..forms.drafting import ReasonForm
from ..models import BidBan, Challenge, Complaint
from .challenges import CasePage, speaks_for


def _reviews(user: Any, challenge: Challenge) -> bool:
    complaint = getattr(challenge, "complaint", None)
    return complaint is not None and policies.may_review_complaint(user, complaint)


class Complain(CasePage):
    title = gettext_lazy("Complain to the finance department")
    form_class = ComplaintForm
    allowed = staticmethod(speaks_for)
    submit_label = gettext_lazy("File the complaint")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"challenge": self.challenge}

    def perform(self, form: forms.Form) -> Complaint:
        given = dict(form.cleaned_data)
        given["matters"], given["files"] = list(given["matters"]), given["files"] or []
        return actions.file_complaint(self.challenge, **given, by=self.request.user)


class ComplaintStep(CasePage):
    """A step on the complaint of a challenge."""

    allowed = staticmethod(_reviews)
    verb: Callable[..., Complaint]

    def perform(self, form: forms.Form) -> Complaint:
        if self.complaint is None:
            raise Http404
        given = {name: value for name, value in form.cleaned_data.items() if name != "files"}
        if "files" in form.fields:
            given["files"] = form.cleaned_data["files"] or []
        return type(self).verb(self.complaint, **given, by=self.request.user)


class AcceptComplaint(ComplaintStep):
    title = gettext_lazy("Accept the complaint")
    form_class = AcceptComplaintForm
    submit_label = gettext_lazy("Accept, and serve copies")
    verb = staticmethod(actions.accept_complaint)


class AskCorrection(ComplaintStep):
    title = gettext_lazy("Ask for a correction")
    form_class = ReasonForm
    verb = staticmethod(actions.ask_correction)


class RefuseComplaint(ComplaintStep):
    title = gettext_lazy("Don't accept the complaint")
    form_class = ReasonForm
    danger = True
    verb = staticmethod(actions.refuse_complaint)


class CorrectComplaint(ComplaintStep):
    title = gettext_lazy("Correct the complaint")
    form_class = CorrectComplaintForm
    allowed = staticmethod(speaks_for)
    verb = staticmethod(actions.correct_complaint)


class AnswerComplaint(ComplaintStep):
    title = gettext_lazy("Answer the complaint")
    form_class = AnswerComplaintForm
    allowed = staticmethod(lambda user, challenge: policies.may_decide_challenge(user, challenge))
    verb = staticmethod(actions.answer_complaint)


class PauseComplaint(ComplaintStep):
    title = gettext_lazy("Let experts examine")
    intro = gettext_lazy("The thirty working days stand still until they are done (REG 58).")
    verb = staticmethod(actions.pause_complaint)


class ResumeComplaint(ComplaintStep):
    title = gettext_lazy("The experts are done")
    verb = staticmethod(actions.resume_complaint)


class WithdrawComplaint(ComplaintStep):
    title = gettext_lazy("Take the complaint back")
    allowed = staticmethod(speaks_for)
    danger = True
    verb = staticmethod(actions.withdraw_complaint)


class DecideComplaint(ComplaintStep):
    title = gettext_lazy("Decide on the complaint")
    intro = gettext_lazy("The decision is published (REG 58).")
    form_class = DecideComplaintForm
    submit_label = gettext_lazy("Publish the decision")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"effects": possible_effects(self.challenge)}

    def perform(self, form: forms.Form) -> Complaint:
        given = dict(form.cleaned_data)
        verdict, years = given.pop("verdict"), given.pop("ban_years")
        return actions.decide_complaint(
            self.complaint, is_upheld=verdict == "upheld", ban_years=years or 0, **given, by=self.request.user
        )


class ComplaintDesk(LoginRequiredMixin, ListPage):
    """The finance department's complaints, those that wait first."""

    title = gettext_lazy("Complaints")
    template_name = "tenders/complaints.html"
    empty_title = gettext_lazy("No complaint yet")
    empty_text = gettext_lazy("When a supplier complains of a reply, it stands here with its dates.")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = request.user
        if user.is_authenticated and not (is_auditor(user) or has_role_anywhere(user, Role.OFFICER, Role.APPROVER)):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_rows(self) -> QuerySet[Complaint]:
        rows = Complaint.objects.select_related("challenge__tender__bureau", "challenge__supplier")
        if not is_auditor(self.request.user):
            mine = self.request.user.memberships.filter(ended_at=None, role__in=[Role.OFFICER, Role.APPROVER])
            rows = rows.filter(reviewer__in=mine.values("organisation"))
        return rows.order_by("decided_at", "check_due_at")


class BadConduct(ListPage):
    """The published list of bad conduct (REG 73)."""

    title = gettext_lazy("List of bad conduct")
    intro = gettext_lazy("Suppliers that may not take part in government procurement, why and until when.")
    template_name = "tenders/bad_conduct.html"
    empty_title = gettext_lazy("Nobody is on the list")
    empty_text = gettext_lazy("When a complaint is found to be made up, the supplier stands here.")

    def get_rows(self) -> QuerySet[BidBan]:
        return BidBan.objects.select_related("organisation", "complaint__challenge").order_by("-begins_on")
