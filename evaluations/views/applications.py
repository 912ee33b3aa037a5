"""An organisation's application to a round: writing it, checking it, scoring it, objecting."""

from functools import cached_property
from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import DetailView

from evaluations import actions, roundpolicies, roundqueries
from evaluations.eligibility import conditions
from evaluations.models import RatingApplication, RatingObjection, RatingRound, RatingSheet
from evaluations.roundforms import ApplicationForm, DecideObjectionForm, ObjectionForm, RatingSheetForm
from marketplace.pages.forms import ReasonForm
from marketplace.pages.lists import ListPage
from marketplace.pages.views import ActionPage

State = RatingApplication.State


def applications_for(request: HttpRequest) -> QuerySet[RatingApplication]:
    return RatingApplication.objects.visible_to(request.user).select_related(
        "round__bureau__region", "round__framework", "organisation", "objection", "certificate"
    )


class ApplyPage(ActionPage):
    """Begin to apply, for the organisation one acts for now."""

    title = gettext_lazy("Apply for a rating")
    submit_label = gettext_lazy("Begin")
    template_name = "evaluations/apply.html"

    @cached_property
    def round(self) -> RatingRound:
        return get_object_or_404(
            RatingRound.objects.select_related("bureau", "framework"), number=self.kwargs["number"]
        )

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        organisation = getattr(request, "organisation", None)
        if request.user.is_authenticated and not (organisation and roundpolicies.may_apply(request.user, organisation)):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "round": self.round,
            "conditions": conditions(self.request.organisation, on=self.round.closes_on),
            "back_url": self.round.get_absolute_url(),
        }

    def perform(self, form: Form) -> RatingApplication:
        return actions.start_application(self.round, self.request.organisation, by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("evaluations:application_edit", args=[self.object.pk])


class ApplicationPage(LoginRequiredMixin, DetailView):
    """One application for its organisation, the bureau and the scorers drawn for it."""

    template_name = "evaluations/application.html"
    context_object_name = "application"

    def get_queryset(self) -> QuerySet[RatingApplication]:
        return applications_for(self.request)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found, user = self.object, self.request.user
        round = found.round
        speaks, runs = roundpolicies.may_apply(user, found.organisation), roundpolicies.may_run_round(user, round)
        shows = found.points is not None and (round.shows_results or runs)
        objection = getattr(found, "objection", None)
        context = super().get_context_data(**kwargs) | {
            "round": round,
            "conditions": conditions(found.organisation, on=round.closes_on) if speaks or runs else [],
            "objection": objection if speaks or runs else None,
            "certificate": getattr(found, "certificate", None),
            "may_edit": speaks and found.state == State.DRAFT and round.takes_applications,
            "may_check": runs and found.state == State.SUBMITTED and round.state == RatingRound.State.CHECKING,
            "may_object": speaks and objection is None and found.state == State.SCORED
            and round.state == RatingRound.State.NOTICED,
            "may_decide": runs and objection is not None and objection.state == RatingObjection.State.LODGED,
            "shows_points": shows,
        }  # fmt: skip
        if shows and (speaks or runs):
            lines, _total = roundqueries.application_lines(found)
            context["lines"] = roundqueries.in_points(lines, round.framework.out_of)
        return context


class ApplicationAction(ActionPage):
    @cached_property
    def application(self) -> RatingApplication:
        return get_object_or_404(applications_for(self.request), pk=self.kwargs["pk"])

    def allows(self) -> bool:
        return roundpolicies.may_run_round(self.request.user, self.application.round)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not self.allows():
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_success_url(self) -> str:
        return self.application.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "application": self.application,
            "round": self.application.round,
            "back_url": self.application.get_absolute_url(),
        }


class ApplicationEdit(ApplicationAction):
    """Statement and own marks: kept with every press, handed in once."""

    template_name = "evaluations/application_edit.html"
    form_class = ApplicationForm
    title = gettext_lazy("Application for a rating")

    def allows(self) -> bool:
        return roundpolicies.may_apply(self.request.user, self.application.organisation)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.application.state != State.DRAFT:
            return HttpResponseRedirect(self.application.get_absolute_url())
        return super().get(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"application": self.application}

    def perform(self, form: Form) -> RatingApplication:
        self.done_message = _("Kept. Hand it in when it is whole.")
        statement = form.cleaned_data["statement"]
        actions.save_application(self.application, statement=statement, marks=form.marks, by=self.request.user)
        if "hand_in" in self.request.POST:
            declared = form.cleaned_data["is_declared"]
            actions.submit_application(self.application, is_declared=declared, by=self.request.user)
            self.done_message = _("Handed in. You hear when it has been checked.")
        return self.application

    def get_success_url(self) -> str:
        if "hand_in" in self.request.POST:
            return self.application.get_absolute_url()
        return reverse("evaluations:application_edit", args=[self.application.pk])


class AdmitPage(ApplicationAction):
    title = gettext_lazy("Admit to the round")
    submit_label = gettext_lazy("Admit it")

    def perform(self, form: Form) -> RatingApplication:
        return actions.admit_application(self.application, by=self.request.user)


class RefuseApplicationPage(ApplicationAction):
    form_class = ReasonForm
    title = gettext_lazy("Do not admit")
    submit_label = gettext_lazy("Do not admit")
    danger = True

    def perform(self, form: Form) -> RatingApplication:
        return actions.refuse_application(self.application, by=self.request.user, **form.cleaned_data)


class ObjectPage(ApplicationAction):
    form_class = ObjectionForm
    title = gettext_lazy("Object to the points")
    intro = gettext_lazy("You may object once. The bureau looks again and answers in writing.")
    submit_label = gettext_lazy("Lodge the objection")

    def allows(self) -> bool:
        return roundpolicies.may_apply(self.request.user, self.application.organisation)

    def perform(self, form: Form) -> RatingObjection:
        return actions.lodge_objection(self.application, by=self.request.user, **form.cleaned_data)


class DecideObjectionPage(ApplicationAction):
    form_class = DecideObjectionForm
    title = gettext_lazy("Decide the objection")
    intro = gettext_lazy("Write points only where they change: what is left empty stands.")
    submit_label = gettext_lazy("Hand in the decision")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"application": self.application}

    def perform(self, form: Form) -> RatingObjection:
        objection = get_object_or_404(RatingObjection, application=self.application)
        return actions.decide_objection(
            objection, answer=form.cleaned_data["answer"], marks=form.marks, by=self.request.user
        )


class RatingSheets(LoginRequiredMixin, ListPage):
    """The sheets of rating rounds that one was drawn for."""

    template_name = "evaluations/rating_sheets.html"
    title = gettext_lazy("Sheets of ratings")
    empty_title = gettext_lazy("You have not been drawn for a round")
    empty_text = gettext_lazy("Scorers are drawn at random when a round's applications have been checked.")

    def get_rows(self) -> QuerySet[RatingSheet]:
        return roundqueries.sheets_of(self.request.user)


class RatingSheetPage(ActionPage):
    """One sheet, like paper."""

    template_name = "evaluations/rating_sheet.html"
    form_class = RatingSheetForm

    @cached_property
    def sheet(self) -> RatingSheet:
        return get_object_or_404(
            RatingSheet.objects.filter(scorer=self.request.user).select_related(
                "application__round__framework", "application__organisation"
            ),
            pk=self.kwargs["pk"],
        )

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not roundpolicies.may_score_rating(request.user, self.sheet):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.sheet.state != RatingSheet.State.OPEN:
            return HttpResponseRedirect(reverse("evaluations:rating_sheets"))
        return super().get(request, *args, **kwargs)

    def get_title(self) -> str:
        return _("Sheet of a rating")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"sheet": self.sheet}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        judged = [line for line in context["form"].lines if line["points"]]
        application = self.sheet.application
        return context | {
            "sheet": self.sheet,
            "application": application,
            "round": application.round,
            "leaves": len(judged),
            "marked": sum(line["points"].value() not in (None, "") for line in judged),
        }

    def perform(self, form: Form) -> RatingSheet:
        self.done_message = _("Saved. Only you can see it.")
        cleaned, by = form.cleaned_data, self.request.user
        actions.save_rating_sheet(
            self.sheet,
            points=form.marks,
            notes=form.notes,
            visited_on=cleaned["visited_on"],
            remark=cleaned["remark"],
            by=by,
        )
        if "hand_in" in self.request.POST:
            actions.submit_rating_sheet(self.sheet, by=by)
            self.done_message = _("Handed in. Thank you.")
        return self.sheet

    def get_success_url(self) -> str:
        return reverse("evaluations:rating_sheets") if "hand_in" in self.request.POST else self.sheet.get_absolute_url()
