"""A grievance at the office that deals with it, and the one page that the provider sees."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.generic import TemplateView

from evaluations import actions, voicepolicies
from evaluations.models import Grievance, Hearing
from evaluations.voiceforms import (
    AcknowledgeForm,
    AnswerForm,
    AskForm,
    AssignForm,
    DeskGrievanceForm,
    GrievanceFilter,
    MergeForm,
    StateForm,
)
from evaluations.voices.cases import alike
from evaluations.voices.hotline import listed
from marketplace.pages.exports import Column
from marketplace.pages.lists import ListPage
from marketplace.pages.views import ActionPage
from marketplace.parties.models import User
from marketplace.residents.models import Resident
from marketplace.residents.views.base import AtDesk, OneResident

from .hotline import TOLD, ContentStep, ReopenStep, WithdrawStep


class GrievanceDesk(LoginRequiredMixin, AtDesk, ListPage):
    """Every case of the bureau's region, what is due first on top."""

    template_name = "evaluations/grievance_desk.html"
    title = gettext_lazy("Grievances")
    intro = gettext_lazy("What residents are not content with, what is due first on top. No name stands here.")
    filter_form = GrievanceFilter
    export_columns = (
        Column(gettext_lazy("Case number"), "number"),
        Column(gettext_lazy("What it is about"), "get_category_display"),
        Column(gettext_lazy("Kind"), "get_urgency_display"),
        Column(gettext_lazy("Place"), "region"),
        Column(gettext_lazy("Dealt with by"), "handler.name"),
        Column(gettext_lazy("Received"), "lodged_at", kind="moment"),
        Column(gettext_lazy("To be answered by"), "due_at", kind="moment"),
        Column(gettext_lazy("State"), "get_state_display"),
        Column(gettext_lazy("Outcome"), "get_outcome_display"),
    )
    empty_title = gettext_lazy("Nobody has complained")
    empty_text = gettext_lazy("When a resident is not content, write it down here in the resident's own words.")

    def get_rows(self) -> QuerySet[Grievance]:
        self.bureau  # noqa: B018 - only at a bureau's desk
        return listed(self.request.user)

    def filter(self, rows: QuerySet[Grievance], cleaned: dict[str, Any]) -> QuerySet[Grievance]:
        state, category, mine = (cleaned.get(name) for name in ("state", "category", "mine"))
        if state == "open":
            rows = rows.filter(state__in=Grievance.OPEN)
        elif state:
            rows = rows.filter(state=state)
        if category:
            rows = rows.filter(category=category)
        if mine == "us":
            rows = rows.filter(handler=self.bureau)
        elif mine == "me":
            rows = rows.filter(assignee=self.request.user)
        return rows

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"lodge_url": reverse("evaluations:lodge_at_desk")}


class OneGrievance:
    """A case that this reader may see; another's is 404."""

    request: HttpRequest
    kwargs: dict[str, Any]

    @cached_property
    def grievance(self) -> Grievance:
        rows = Grievance.objects.visible_to(self.request.user)
        return get_object_or_404(
            rows.select_related(
                "handler__region", "provider", "region", "assignee", "resident", "merged_into", "lodged_by"
            ),
            pk=self.kwargs["pk"],
        )

    @property
    def home(self) -> str:
        return reverse("evaluations:grievance", args=[self.kwargs["pk"]])


class GrievancePage(LoginRequiredMixin, OneGrievance, TemplateView):
    """The whole case, for the office."""

    template_name = "evaluations/grievance.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found, user = self.grievance, self.request.user
        state = Grievance.State
        may_answer = voicepolicies.may_answer(user, found)
        may_speak = voicepolicies.may_speak_in(user, found)
        in_hand = may_answer and found.state == state.ACKNOWLEDGED
        return super().get_context_data(**kwargs) | {
            "grievance": found,
            "steps": found.steps.select_related("organisation", "by"),
            "hearings": found.hearings.select_related("bureau", "asked_by"),
            "merged": found.merged.count(),
            "may_acknowledge": may_answer and found.state == state.LODGED,
            "may_ask": in_hand and found.provider_id and not found.hearings.waiting().exists(),
            "may_answer": in_hand,
            "may_merge": may_answer and found.state in (state.LODGED, state.ACKNOWLEDGED) and alike(found).exists(),
            "may_say": may_speak and found.state == state.ANSWERED,
            "may_withdraw": may_speak and found.is_open,
            "may_reopen": may_speak and found.state == state.CLOSED and found.reopened_at is None,
            "breadcrumbs": [(_("Grievances"), reverse("evaluations:grievances")), (found.number, "")],
        }


class GrievanceAction(OneGrievance, ActionPage):
    """One verb of the office."""

    policy: Callable[..., bool] = voicepolicies.may_answer

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not type(self).policy(request.user, self.grievance):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        self.intro = self.intro or f"{self.grievance.number} · {self.grievance.get_category_display()}"
        return super().get_context_data(**kwargs) | {"back_url": self.home, "grievance": self.grievance}

    def get_success_url(self) -> str:
        return self.home


class Acknowledge(GrievanceAction):
    form_class = AcknowledgeForm
    title = gettext_lazy("Take it in hand")
    submit_label = gettext_lazy("Take it in hand")

    def get_initial(self) -> dict[str, Any]:
        return {"urgency": self.grievance.urgency}

    def perform(self, form: Form) -> Grievance:
        return actions.acknowledge_grievance(self.grievance, by=self.request.user, **form.cleaned_data)


class Assign(GrievanceAction):
    form_class = AssignForm
    title = gettext_lazy("Give it to a colleague")
    submit_label = pgettext_lazy("grievance", "Give it")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"bureau": self.grievance.handler}

    def perform(self, form: Form) -> Grievance:
        return actions.assign_grievance(self.grievance, by=self.request.user, **form.cleaned_data)


class Ask(GrievanceAction):
    form_class = AskForm
    template_name = "evaluations/grievance_ask.html"
    title = gettext_lazy("Hear the provider")
    submit_label = gettext_lazy("Send the question")

    def perform(self, form: Form) -> Hearing:
        return actions.ask_provider(self.grievance, by=self.request.user, **form.cleaned_data)


class Answer(GrievanceAction):
    form_class = AnswerForm
    template_name = "evaluations/grievance_ask.html"
    title = gettext_lazy("Answer the resident")
    submit_label = gettext_lazy("Send the answer")

    def perform(self, form: Form) -> Grievance:
        return actions.answer_grievance(self.grievance, by=self.request.user, **form.cleaned_data)


class Merge(GrievanceAction):
    form_class = MergeForm
    title = gettext_lazy("Answer it together with another case")
    submit_label = gettext_lazy("Put them together")

    def get_form_kwargs(self) -> dict[str, Any]:
        found = self.grievance
        candidates = Grievance.objects.visible_to(self.request.user).filter(
            Q(handler=found.handler_id, provider=found.provider_id),
            state__in=[Grievance.State.LODGED, Grievance.State.ACKNOWLEDGED],
        )
        return super().get_form_kwargs() | {"candidates": candidates.exclude(pk=found.pk)}

    def perform(self, form: Form) -> Grievance:
        return actions.merge_grievance(self.grievance, by=self.request.user, **form.cleaned_data)


class ForResident(LoginRequiredMixin, OneGrievance):
    """The desk writes down what the resident's side says on the telephone or face to face."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not voicepolicies.may_speak_in(request.user, self.grievance):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @property
    def side(self) -> dict[str, Any]:
        return {"by": self.request.user}


class DeskContent(ForResident, ContentStep):
    pass


class DeskWithdraw(ForResident, WithdrawStep):
    intro = gettext_lazy("On the resident's own word. Nobody will deal with it any more.")


class DeskReopen(ForResident, ReopenStep):
    pass


class LodgeAtDesk(AtDesk, ActionPage):
    """For whoever sits there, has rung or written, in the register or not."""

    form_class = DeskGrievanceForm
    title = gettext_lazy("Write down a grievance")
    submit_label = gettext_lazy("Take it")

    def get_form_kwargs(self) -> dict[str, Any]:
        kwargs = super().get_form_kwargs()
        return kwargs | {"initial": kwargs["initial"] | {"place": self.bureau.region_id}}

    def perform(self, form: Form) -> Grievance:
        grievance, code = actions.lodge_grievance(by=self.request.user, **form.cleaned_data)
        self.request.session[TOLD] = [grievance.number, code]
        return grievance

    def get_success_url(self) -> str:
        return reverse("evaluations:told")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"back_url": reverse("evaluations:grievances")}


class LodgeFor(OneResident, LodgeAtDesk):
    """For a resident of the register: who and where is known."""

    def allows(self, user: User, resident: Resident) -> bool:
        return voicepolicies.may_print_codes(user, resident)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"with_place": False}

    def perform(self, form: Form) -> Grievance:
        grievance, code = actions.lodge_grievance(
            by=self.request.user, resident=self.resident, place=self.resident.region, **form.cleaned_data
        )
        self.request.session[TOLD] = [grievance.number, code]
        return grievance

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        self.intro = self.resident.masked_name
        return super().get_context_data(**kwargs) | {"back_url": reverse("vouchers:window_of", args=[self.resident.pk])}

    def get_success_url(self) -> str:
        return reverse("evaluations:told")


class HearingPage(ActionPage):
    """All that the provider sees: a question, and until when."""

    form_class = StateForm
    template_name = "evaluations/hearing.html"
    title = gettext_lazy("The bureau asks for your side")
    submit_label = gettext_lazy("Send your side")
    done_message = gettext_lazy("Your side is with the bureau.")

    @cached_property
    def hearing(self) -> Hearing:
        rows = Hearing.objects.visible_to(self.request.user).select_related("bureau", "provider")
        return get_object_or_404(rows.defer("grievance"), pk=self.kwargs["pk"])

    def perform(self, form: Form) -> Hearing:
        return actions.state_side(self.hearing, by=self.request.user, **form.cleaned_data)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "hearing": self.hearing,
            "may_state": self.hearing.state != Hearing.State.STATED,
            "back_url": reverse("evaluations:voices_inbox"),
        }

    def get_success_url(self) -> str:
        return reverse("evaluations:voices_inbox")
