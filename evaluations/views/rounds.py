"""Rating rounds as anyone reads them, and the bureau's desk of one round."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import Form
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.generic import DetailView, View

from evaluations import actions, roundpolicies, roundqueries
from evaluations.models import Certificate, ConductEntry, RatingRound
from evaluations.roundforms import CallForm, ConductForm
from marketplace.pages.exports import Column
from marketplace.pages.forms import ReasonForm
from marketplace.pages.lists import ListPage
from marketplace.pages.views import ActionPage
from marketplace.parties.models import Role
from marketplace.parties.policies import has_role_anywhere


class RoundList(ListPage):
    """Every rating round."""

    template_name = "evaluations/rounds.html"
    title = gettext_lazy("Ratings of social organisations")
    intro = gettext_lazy("Rounds in which social organisations are rated 1A to 5A, from the call to the certificate.")
    empty_title = gettext_lazy("No round has been called yet")
    empty_text = gettext_lazy("A civil affairs bureau calls for applications here.")

    def get_rows(self) -> QuerySet[RatingRound]:
        return roundqueries.rounds()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user, organisation = self.request.user, getattr(self.request, "organisation", None)
        may_call = bool(organisation) and user.is_authenticated and roundpolicies.may_call_round(user, organisation)
        return super().get_context_data(**kwargs) | {"may_call": may_call}


class RoundPage(ListPage):
    """One round: the call, how scorers were drawn, the standings once they are published."""

    template_name = "evaluations/round.html"
    paginate_by = 100
    export_columns = (
        Column(gettext_lazy("Rank"), "rank", "number"),
        Column(gettext_lazy("Organisation"), "organisation"),
        Column(gettext_lazy("Unified social credit code"), "organisation.uscc"),
        Column(gettext_lazy("Own points"), "self_points", "number"),
        Column(gettext_lazy("Points"), "points", "number"),
        Column(pgettext_lazy("rating", "Level"), "level"),
    )

    @cached_property
    def round(self) -> RatingRound:
        return get_object_or_404(
            RatingRound.objects.select_related("bureau", "framework"), number=self.kwargs["number"]
        )

    def get_title(self) -> str:
        return self.round.title

    def get_rows(self) -> Any:
        return roundqueries.results(self.round) if self.round.shows_results else self.round.applications.none()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user, organisation = self.request.user, getattr(self.request, "organisation", None)
        signed_in = user.is_authenticated
        return super().get_context_data(**kwargs) | {
            "round": self.round,
            "levels": roundqueries.level_counts(self.round) if self.round.shows_results else [],
            "evaluators": self.round.evaluators.all(),
            "may_run": signed_in and roundpolicies.may_run_round(user, self.round),
            "may_apply": signed_in and bool(organisation) and roundpolicies.may_apply(user, organisation),
            "mine": roundqueries.my_application(self.round, organisation) if signed_in else None,
            "breadcrumbs": [
                (_("Ratings of social organisations"), reverse("evaluations:rounds")),
                (self.round.number, ""),
            ],
        }


class CallPage(ActionPage):
    """A bureau calls for applications."""

    form_class = CallForm
    title = gettext_lazy("Call a rating round")
    submit_label = gettext_lazy("Publish the call")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not (
            request.organisation and roundpolicies.may_call_round(request.user, request.organisation)
        ):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def perform(self, form: Form) -> RatingRound:
        return actions.call_round(self.request.organisation, by=self.request.user, **form.cleaned_data)

    def get_success_url(self) -> str:
        return self.object.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"back_url": reverse("evaluations:rounds")}


class RoundAction(ActionPage):
    """One step of a round by its bureau."""

    policy: Callable[..., bool] = roundpolicies.may_run_round

    @cached_property
    def round(self) -> RatingRound:
        return get_object_or_404(
            RatingRound.objects.select_related("bureau", "framework"), number=self.kwargs["number"]
        )

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not type(self).policy(request.user, self.round):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_success_url(self) -> str:
        return reverse("evaluations:round_desk", args=[self.round.number])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"round": self.round, "back_url": self.get_success_url()}


class RoundDesk(LoginRequiredMixin, DetailView):
    """The bureau's table of one round, and its next step."""

    template_name = "evaluations/round_desk.html"
    slug_field = slug_url_kwarg = "number"
    context_object_name = "round"

    def get_queryset(self) -> QuerySet[RatingRound]:
        return RatingRound.objects.select_related("bureau", "framework")

    def get_object(self, queryset: Any = None) -> RatingRound:
        round = super().get_object(queryset)
        if not roundpolicies.may_run_round(self.request.user, round):
            raise PermissionDenied
        return round

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        applications = list(roundqueries.worklist(self.object))
        return super().get_context_data(**kwargs) | {
            "applications": applications,
            "unchecked": sum(one.state == "submitted" for one in applications),
            "sheets": sum(one.sheet_count for one in applications),
            "sheets_in": sum(one.sheets_in for one in applications),
            "to_seal": roundqueries.certificates_to_seal(self.object).count(),
            "may_seal": roundpolicies.may_seal_certificates(self.request.user, self.object),
            "breadcrumbs": [
                (_("Ratings of social organisations"), reverse("evaluations:rounds")),
                (self.object.number, self.object.get_absolute_url()),
                (_("Desk"), ""),
            ],
        }


class CloseRoundPage(RoundAction):
    title = gettext_lazy("Close the applications")
    submit_label = gettext_lazy("Close")

    def perform(self, form: Form) -> RatingRound:
        return actions.close_round(self.round, by=self.request.user)


class AdmitAllPage(RoundAction):
    """The officer has looked at the list: all that wait are admitted, each in its own step."""

    title = gettext_lazy("Admit every application that waits")
    intro = gettext_lazy(
        "The system has checked the conditions when each was handed in. Refuse the others one by one first."
    )
    submit_label = gettext_lazy("Admit all of them")

    def perform(self, form: Form) -> RatingRound:
        for application in self.round.applications.filter(state="submitted"):
            actions.admit_application(application, by=self.request.user)
        return self.round


class DrawPage(RoundAction):
    title = gettext_lazy("Draw the scorers")
    intro = gettext_lazy(
        "At random, from everyone at the evaluators who has no tie to the organisation. The seed becomes public."
    )
    submit_label = gettext_lazy("Draw")

    def perform(self, form: Form) -> RatingRound:
        return actions.draw_scorers(self.round, by=self.request.user)


class RankPage(RoundAction):
    title = gettext_lazy("Add up the sheets")
    submit_label = gettext_lazy("Add up and rank")

    def perform(self, form: Form) -> RatingRound:
        return actions.rank_round(self.round, by=self.request.user)


class NoticePage(RoundAction):
    title = gettext_lazy("Publish the levels for objections")
    submit_label = pgettext_lazy("evaluation", "Publish")

    def perform(self, form: Form) -> RatingRound:
        return actions.publish_notice(self.round, by=self.request.user)


class ConcludeRoundPage(RoundAction):
    title = gettext_lazy("Give the levels")
    intro = gettext_lazy("The directory shows them from now on, with their day and until when they hold.")
    submit_label = gettext_lazy("Give the levels")

    def perform(self, form: Form) -> RatingRound:
        return actions.conclude_round(self.round, by=self.request.user)


class SealPage(RoundAction):
    """The signatory seals what waits, ten at a time: each is a paper of its own."""

    AT_ONCE = 10
    policy = roundpolicies.may_seal_certificates
    title = gettext_lazy("Seal the certificates")
    intro = gettext_lazy("You sign in your own name with the bureau's seal, ten certificates at a time.")
    submit_label = gettext_lazy("Sign and seal")

    def perform(self, form: Form) -> RatingRound:
        for certificate in roundqueries.certificates_to_seal(self.round)[: self.AT_ONCE]:
            actions.seal_certificate(certificate, by=self.request.user)
        return self.round


class CertificatePage(DetailView):
    """Anyone may see what level was given, until when, and whether it still holds."""

    template_name = "evaluations/certificate.html"
    slug_field = slug_url_kwarg = "number"
    context_object_name = "certificate"

    def get_queryset(self) -> QuerySet[Certificate]:
        return Certificate.objects.select_related(
            "organisation", "application__round__bureau", "application__round__framework", "paper"
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user, round = self.request.user, self.object.application.round
        return super().get_context_data(**kwargs) | {
            "round": round,
            "may_withdraw": self.object.holds and user.is_authenticated and roundpolicies.may_run_round(user, round),
        }


class CertificateFile(View):
    """The sealed certificate as PDF."""

    def get(self, request: HttpRequest, number: str) -> FileResponse:
        found = get_object_or_404(Certificate.objects.exclude(paper=None).select_related("paper"), number=number)
        return FileResponse(found.paper.file.open("rb"), filename=f"{number}.pdf", content_type="application/pdf")


class WithdrawCertificatePage(ActionPage):
    form_class = ReasonForm
    title = gettext_lazy("Withdraw the level")
    submit_label = gettext_lazy("Withdraw")
    danger = True

    @cached_property
    def certificate(self) -> Certificate:
        return get_object_or_404(
            Certificate.objects.select_related("application__round__bureau"), number=self.kwargs["number"]
        )

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not roundpolicies.may_run_round(
            request.user, self.certificate.application.round
        ):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def perform(self, form: Form) -> Certificate:
        return actions.withdraw_certificate(self.certificate, by=self.request.user, **form.cleaned_data)

    def get_success_url(self) -> str:
        return self.certificate.get_absolute_url()


class ConductList(LoginRequiredMixin, ListPage):
    """The bureau's register of conduct."""

    template_name = "evaluations/conduct.html"
    title = gettext_lazy("Register of conduct")
    intro = gettext_lazy(
        "Yearly inspections, penalties and investigations: what keeps an organisation out of a rating."
    )
    empty_title = gettext_lazy("Nothing is noted yet")
    columns = (
        Column(gettext_lazy("Organisation"), "organisation"),
        Column(gettext_lazy("What"), "get_kind_display"),
        Column(gettext_lazy("Year"), lambda entry: str(entry.year)),
        Column(pgettext_lazy("document", "Dated"), "began_on", "day"),
        Column(gettext_lazy("Ended on"), "ended_on", "day"),
        Column(gettext_lazy("Document"), "document"),
    )

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not has_role_anywhere(
            request.user, Role.OFFICER, Role.APPROVER, Role.AUDITOR
        ):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_rows(self) -> QuerySet[ConductEntry]:
        return ConductEntry.objects.filter(withdrawn_at=None).select_related("organisation")


class NoteConductPage(ActionPage):
    form_class = ConductForm
    title = gettext_lazy("Note an inspection, a penalty or an investigation")
    submit_label = pgettext_lazy("register", "Note it")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not roundpolicies.may_note_conduct(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def perform(self, form: Form) -> ConductEntry:
        return actions.note_conduct(by=self.request.user, **form.cleaned_data)

    def get_success_url(self) -> str:
        return reverse("evaluations:conduct")
