"""What residents say, read in numbers: the public page, the bureau's desk, the provider's inbox; and the desk where a
voice is written down."""

import datetime
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView, View

from evaluations import actions, voicepapers, voicepolicies
from evaluations.models import Feedback, Hearing
from evaluations.voiceforms import FaceForm, WriteDownForm
from evaluations.voices import hotline
from evaluations.voices.occasions import open_months, to_speak_about
from evaluations.voices.plots import trend_plot
from evaluations.voices.sentences import parcels
from evaluations.voices.shares import least_people, months_back, share_since, trend
from evaluations.voices.standing import providers_by_share
from marketplace.pages import clock
from marketplace.pages.views import ActionPage
from marketplace.parties.models import User
from marketplace.residents.models import Resident
from marketplace.residents.views.base import AtDesk, OneResident
from marketplace.vouchers.models import CallBack, Redemption
from marketplace.vouchers.policies import may_call_back
from marketplace.vouchers.queries.cases import redemption_of


class PublicVoices(TemplateView):
    """For everybody: how many are satisfied, with whom, and what was complained about."""

    template_name = "evaluations/voices.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        months = trend()
        return super().get_context_data(**kwargs) | {
            "share": share_since(),
            "months": months,
            "plot": trend_plot(months),
            "providers": providers_by_share(),
            "least": least_people(),
            "figures": hotline.figures(by_provider=False),
        }


class VoicesDesk(LoginRequiredMixin, AtDesk, TemplateView):
    """For a bureau: its region, with what is rising and who writes what."""

    template_name = "evaluations/voices_desk.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        region = self.bureau.region
        months = trend(region=region)
        return super().get_context_data(**kwargs) | {
            "bureau": self.bureau,
            "share": share_since(region=region),
            "months": months,
            "plot": trend_plot(months),
            "providers": providers_by_share(region=region),
            "parcels": parcels(region=region)[:6],
            "least": least_people(),
            "figures": hotline.figures(region=region),
            "rising": hotline.rising(region=region),
            "calls": calls_without_voice(self.request.user)[:25],
        }


class VoicesInbox(LoginRequiredMixin, TemplateView):
    """For a provider's owner: share and trend, sentences without who, questions that wait."""

    template_name = "evaluations/voices_inbox.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        provider = self.request.organisation
        if not voicepolicies.may_read_sentences(self.request.user, provider):
            raise PermissionDenied
        months = trend(provider=provider)
        hearings = Hearing.objects.visible_to(self.request.user).filter(provider=provider)
        return super().get_context_data(**kwargs) | {
            "provider": provider,
            "share": share_since(provider=provider),
            "months": months,
            "plot": trend_plot(months),
            "parcels": parcels(provider=provider),
            "least": least_people(),
            "hearings": hearings.select_related("bureau").defer("statement")[:25],
        }


def calls_without_voice(user: Any) -> Any:
    """Call-backs that were confirmed, whose resident was not asked how it was."""
    said = Feedback.objects.given().filter(redemption_id__isnull=False).values("redemption_id")
    return (
        CallBack.objects.filter(
            state=CallBack.State.CONFIRMED, resident__in=Resident.objects.visible_to(user).values("pk")
        )
        .exclude(redemption_id__in=said)
        .filter(called_at__gte=clock.now() - datetime.timedelta(days=30))
        .select_related("resident", "provider", "draw")
        .order_by("-called_at")
    )


def occasion_or_404(redemption: Redemption) -> Feedback:
    """What was taken back has no page."""
    try:
        return actions.occasion_of(redemption)
    except ValidationError:
        raise Http404 from None


class VoiceCall(ActionPage):
    """While the resident is on the telephone."""

    form_class = FaceForm
    template_name = "evaluations/voice_write.html"
    title = gettext_lazy("And how was it?")
    submit_label = gettext_lazy("Write it down")
    done_message = gettext_lazy("Written down.")

    @cached_property
    def call(self) -> CallBack:
        rows = CallBack.objects.filter(resident__in=Resident.objects.visible_to(self.request.user).values("pk"))
        call = get_object_or_404(rows.select_related("draw__programme__bureau"), pk=self.kwargs["pk"])
        if not may_call_back(self.request.user, call.draw.programme):
            raise PermissionDenied
        return call

    @cached_property
    def feedback(self) -> Feedback:
        return occasion_or_404(redemption_of(self.call))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "feedback": self.feedback,
            "back_url": reverse("vouchers:call_backs"),
        }

    def perform(self, form: Form) -> Feedback:
        return actions.write_down(
            self.feedback, channel=Feedback.Channel.CALL, by=self.request.user, **form.cleaned_data
        )

    def get_success_url(self) -> str:
        return reverse("vouchers:call_backs")


class AtResident(OneResident):
    """A resident whom this desk serves; another bureau's is 404."""

    home = "evaluations:voices_of"

    def allows(self, user: User, resident: Resident) -> bool:
        return voicepolicies.may_print_codes(user, resident)


class VoicesOf(AtResident, TemplateView):
    """What a resident had lately: choose what she speaks about, or print codes for at home."""

    template_name = "evaluations/voices_of.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "resident": self.resident,
            "rows": to_speak_about(self.resident),
            "months": open_months(self.resident),
            "print_months": months_back(2)[::-1],
        }


class WriteDown(AtResident, ActionPage):
    """In the resident's own words."""

    form_class = WriteDownForm
    template_name = "evaluations/voice_write.html"
    title = gettext_lazy("How was it?")
    submit_label = gettext_lazy("Write it down")
    done_message = gettext_lazy("Written down.")

    @cached_property
    def feedback(self) -> Feedback:
        if self.kwargs.get("month"):
            return get_object_or_404(Feedback, resident=self.resident, redemption_id=None, pk=self.kwargs["redemption"])
        rows = Redemption.objects.filter(resident=self.resident).select_related("service", "resident", "provider")
        return occasion_or_404(get_object_or_404(rows, id=self.kwargs["redemption"]))

    def allows(self, user: User, resident: Resident) -> bool:
        return voicepolicies.may_write_down(user, self.feedback)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"feedback": self.feedback, "back_url": self.get_success_url()}

    def perform(self, form: Form) -> Feedback:
        return actions.write_down(self.feedback, by=self.request.user, **form.cleaned_data)


class PrintCodes(AtResident, View):
    """The statement to the resident of a month, with a code for each service."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: Any) -> HttpResponse:
        try:
            month = datetime.datetime.strptime(request.POST.get("month", ""), "%Y-%m").date()
        except ValueError:
            month = clock.today()
        try:
            paper = voicepapers.print_voice_statement(self.resident, month, by=request.user)
        except ValidationError as refusal:
            messages.error(request, refusal.messages[0])
            return HttpResponseRedirect(reverse("evaluations:voices_of", args=[pk]))
        return HttpResponseRedirect(reverse("papers:paper_file", args=[paper.code]))
