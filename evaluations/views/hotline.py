"""A grievance from the resident's side: told without an account, followed by number and code, or on the own page."""

from functools import cached_property
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from evaluations import actions, voicepolicies
from evaluations.models import Grievance
from evaluations.voicecodes import count_miss, refuse_guesser
from evaluations.voiceforms import ContentForm, GrievanceForm, OwnGrievanceForm, TrackForm, WhyForm
from evaluations.voices.cases import case_of
from marketplace.vouchers.views.my import MyPage

from .voicebase import OpenPage, place_of, signed_in

OPENED, TOLD = "grievance_opened", "grievance_told"


class Lodge(OpenPage):
    """Anybody, without an account and without a name."""

    form_class = GrievanceForm
    template_name = "evaluations/grievance_lodge.html"
    title = gettext_lazy("What are you not content with?")
    submit_label = gettext_lazy("Send it")

    def perform(self, form: Form) -> str:
        refuse_guesser("grievance", f"lodged.{place_of(self.request)}")
        grievance, code = actions.lodge_grievance(channel=Grievance.Channel.WEB, by=None, **form.cleaned_data)
        count_miss("grievance", f"lodged.{place_of(self.request)}")
        self.request.session[TOLD] = [grievance.number, code]
        self.request.session[OPENED] = str(grievance.pk), code
        return reverse("evaluations:told")


class Told(TemplateView):
    """Number and code, to be written down or printed: shown this once, while the session lasts."""

    template_name = "evaluations/grievance_told.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        if (told := self.request.session.get(TOLD)) is None:
            raise Http404
        number, code = told
        grievance = get_object_or_404(Grievance.objects.select_related("handler"), number=number)
        return super().get_context_data(**kwargs) | {"grievance": grievance, "code": code}


class Track(OpenPage):
    """Number and code open the case."""

    form_class = TrackForm
    template_name = "evaluations/grievance_track.html"
    title = gettext_lazy("How does my case stand?")
    submit_label = gettext_lazy("Show it")

    def perform(self, form: Form) -> str:
        place = place_of(self.request)
        refuse_guesser("grievance", place)
        number, code = form.cleaned_data["number"].strip().upper(), "".join(form.cleaned_data["code"].split())
        found = Grievance.objects.select_related("provider").filter(number=number).first()
        user = signed_in(self.request)
        if (
            found is None
            or not actions.holds_code(found, code)
            or (user and voicepolicies.belongs_to(user, found.provider))
        ):
            count_miss("grievance", place)
            raise ValidationError(_("Number and code don't fit together. Check both."), code="unknown_case")
        self.request.session[OPENED] = str(found.pk), code
        return reverse("evaluations:tracked")


class OneOpened:
    """The case that number and code have opened in this browser."""

    request: HttpRequest

    @cached_property
    def opened(self) -> tuple[Grievance, str]:
        kept = self.request.session.get(OPENED)
        if not kept:
            raise Http404
        grievance = get_object_or_404(
            Grievance.objects.select_related("handler", "provider", "merged_into"), pk=kept[0]
        )
        user = signed_in(self.request)
        if not actions.holds_code(grievance, kept[1]) or (user and voicepolicies.belongs_to(user, grievance.provider)):
            raise Http404
        return grievance, kept[1]

    @property
    def grievance(self) -> Grievance:
        return self.opened[0]

    @property
    def side(self) -> dict[str, Any]:
        """Who speaks, for the verbs."""
        return {"by": signed_in(self.request), "code": self.opened[1]}

    @property
    def home(self) -> str:
        return reverse("evaluations:tracked")

    def address_of(self, step: str) -> str:
        return reverse(f"evaluations:tracked_{step}")


class OneOfMine(MyPage):
    """A case of the resident whose page it is."""

    kwargs: dict[str, Any]

    @cached_property
    def grievance(self) -> Grievance:
        rows = Grievance.objects.visible_to(self.request.user).filter(resident=self.resident)
        return get_object_or_404(rows.select_related("handler", "provider", "merged_into"), pk=self.kwargs["pk"])

    @property
    def side(self) -> dict[str, Any]:
        return {"by": self.request.user}

    @property
    def home(self) -> str:
        return reverse("evaluations:my_grievance", args=[self.kwargs["pk"]])

    def address_of(self, step: str) -> str:
        return reverse(f"evaluations:my_grievance_{step}", args=[self.kwargs["pk"]])


class CasePage(TemplateView):
    """How it stands: in words, with what can be done now."""

    template_name = "evaluations/grievance_case.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        case = case_of(self.grievance)
        doors = {step: self.address_of(step) for step in ("content", "withdraw", "reopen")}
        return super().get_context_data(**kwargs) | {"case": case, "grievance": self.grievance, "doors": doors}


class Tracked(OneOpened, CasePage):
    pass


class MyGrievance(OneOfMine, CasePage):
    template_name = "evaluations/my_grievance.html"


class CaseStep(OpenPage):
    """One thing that the resident's side does."""

    template_name = "evaluations/grievance_step.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"grievance": self.grievance, "back_url": self.home}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.grievance  # noqa: B018 - 404 before the form is shown
        return super().get(request, *args, **kwargs)


class ContentStep(CaseStep):
    form_class = ContentForm
    template_name = "evaluations/grievance_content.html"
    title = gettext_lazy("Are you content with the answer?")
    submit_label = gettext_lazy("That is what I think")

    def perform(self, form: Form) -> str:
        actions.say_content(self.grievance, **self.side, **form.cleaned_data)
        return self.home


class WithdrawStep(CaseStep):
    form_class = WhyForm
    title = gettext_lazy("Withdraw the case")
    intro = gettext_lazy("Nobody will deal with it any more. You need give no reason.")
    submit_label = gettext_lazy("Withdraw it")
    danger = True

    def perform(self, form: Form) -> str:
        actions.withdraw_grievance(self.grievance, **self.side, **form.cleaned_data)
        return self.home


class ReopenStep(CaseStep):
    form_class = WhyForm
    title = gettext_lazy("It is still not right")
    intro = gettext_lazy("Say what is wrong: the case is opened again, once.")
    submit_label = gettext_lazy("Open it again")

    def perform(self, form: Form) -> str:
        actions.reopen_grievance(self.grievance, **self.side, **form.cleaned_data)
        return self.home


class TrackedContent(OneOpened, ContentStep):
    pass


class TrackedWithdraw(OneOpened, WithdrawStep):
    pass


class TrackedReopen(OneOpened, ReopenStep):
    pass


class MyContent(OneOfMine, ContentStep):
    pass


class MyWithdraw(OneOfMine, WithdrawStep):
    pass


class MyReopen(OneOfMine, ReopenStep):
    pass


class MyGrievances(MyPage, TemplateView):
    template_name = "evaluations/my_grievances.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = Grievance.objects.visible_to(self.request.user).filter(resident=self.resident)
        return super().get_context_data(**kwargs) | {
            "rows": rows.select_related("handler").order_by("-lodged_at")[:30],
            "may_lodge": voicepolicies.may_act_for(self.request.user, self.resident),
        }


class MyLodge(MyPage, OpenPage):
    """By the resident or who acts for them."""

    form_class = OwnGrievanceForm
    template_name = "evaluations/my_lodge.html"
    title = gettext_lazy("What are you not content with?")
    submit_label = gettext_lazy("Send it")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        if not voicepolicies.may_act_for(self.request.user, self.resident):
            raise PermissionDenied
        return super().get_context_data(**kwargs) | {"back_url": reverse("evaluations:my_grievances")}

    def perform(self, form: Form) -> str:
        resident = self.resident
        own = resident.user_id == self.request.user.pk
        grievance, code = actions.lodge_grievance(
            channel=Grievance.Channel.WEB,
            place=resident.region,
            resident=resident,
            relation=Grievance.Relation.SELF if own else Grievance.Relation.RELATIVE,
            by=self.request.user,
            **form.cleaned_data,
        )
        self.request.session[TOLD] = [grievance.number, code]
        return reverse("evaluations:told")


def close_case(request: HttpRequest) -> HttpResponse:
    """Forget number and code: the next person at this screen must not read them."""
    if request.method == "POST":
        request.session.pop(TOLD, None)
        request.session.pop(OPENED, None)
    return HttpResponseRedirect(reverse("evaluations:track"))
