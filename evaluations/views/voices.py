"""How was it? The resident's pages: paper code, text message, the counter's screen turned round, the own page."""

from functools import cached_property
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from evaluations import actions, voicepolicies
from evaluations.models import Feedback
from evaluations.voicecodes import address, spaced, square_code
from evaluations.voiceforms import CodeForm, FaceForm
from evaluations.voices.occasions import open_months, to_speak_about
from marketplace.pages.views import refuse
from marketplace.vouchers import queries as vouchers
from marketplace.vouchers.models import Redemption
from marketplace.vouchers.views.devices import CounterOnly
from marketplace.vouchers.views.my import MyPage

from .voicebase import OpenPage, place_of, provider_of_device, signed_in

CODE = "voice_code"  # the code that was typed, kept in the session and not in an address


class TypeCode(OpenPage):
    """Step 1 for who holds a paper: the twelve digits."""

    form_class = CodeForm
    template_name = "evaluations/voice_code.html"
    title = gettext_lazy("Say how it was")
    submit_label = gettext_lazy("Continue")

    def perform(self, form: Form) -> str:
        code = form.cleaned_data["code"]
        feedback = actions.find_by_code(code, place=place_of(self.request))
        actions.refuse_providers(feedback, provider_of_device(self.request), signed_in(self.request))
        self.request.session[CODE] = code
        return reverse("evaluations:voice_say")


class ScanCode(TemplateView):
    """The square code on the paper: the digits go from the address into the session."""

    def get(self, request: HttpRequest, code: str, **kwargs: Any) -> HttpResponse:
        request.session[CODE] = code
        return HttpResponseRedirect(reverse("evaluations:voice_say"))


class FacePage(OpenPage):
    """Three faces, one sentence, one button."""

    form_class = FaceForm
    template_name = "evaluations/voice_say.html"
    title = gettext_lazy("How was it?")
    submit_label = gettext_lazy("That is how it was")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            self.feedback  # noqa: B018 - what can't be spoken about has no form
        except ValidationError as refusal:
            return render(request, "evaluations/voice_refused.html", {"words": refusal.messages[0]}, status=422)
        return super().dispatch(request, *args, **kwargs)

    @property
    def feedback(self) -> Feedback:
        raise NotImplementedError

    @property
    def needs_pin(self) -> bool:
        return False

    def get_initial(self) -> dict[str, Any]:
        """What was said before stands there to be changed, where it is the same person who looks."""
        feedback = self.feedback
        return {"face": feedback.face, "sentence": feedback.sentence} if self.shows_earlier else {}

    shows_earlier = True

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"with_pin": self.needs_pin}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"feedback": self.feedback, "back_url": ""}


class SayByCode(FacePage):
    """Step 2: the faces. What was said before is not shown: a paper may lie about."""

    shows_earlier = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            feedback = self.feedback
            actions.refuse_providers(feedback, provider_of_device(request), signed_in(request))
        except ValidationError as refusal:
            form = CodeForm({"code": request.session.get(CODE, "")} if request.session.get(CODE) else None)
            page = TypeCode()
            page.setup(request)
            if form.is_bound:
                form.is_valid()
                refuse(form, refusal)
            return page.form_invalid(form)
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def feedback(self) -> Feedback:
        return actions.find_by_code(self.request.session.get(CODE, ""), place=place_of(self.request))

    @property
    def needs_pin(self) -> bool:
        return self.feedback.needs_proof

    def perform(self, form: Form) -> str:
        actions.give_by_code(
            self.request.session.get(CODE, ""),
            face=form.cleaned_data["face"],
            sentence=form.cleaned_data["sentence"],
            pin=form.cleaned_data.get("pin", ""),
            place=place_of(self.request),
            device_of=provider_of_device(self.request),
            by=signed_in(self.request),
        )
        self.request.session.pop(CODE, None)
        return reverse("evaluations:voice_thanks")


class SayByLink(FacePage):
    """The link of a text message."""

    shows_earlier = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            actions.refuse_providers(self.feedback, provider_of_device(request), signed_in(request))
        except ValidationError as refusal:
            form = CodeForm(data={"code": ""})
            form.full_clean()
            form.errors.clear()
            form.add_error(None, refusal)
            page = TypeCode()
            page.setup(request)
            return page.form_invalid(form)
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def feedback(self) -> Feedback:
        return actions.find_by_link(self.kwargs["token"])

    def perform(self, form: Form) -> str:
        actions.give_by_link(
            self.kwargs["token"],
            device_of=provider_of_device(self.request),
            by=signed_in(self.request),
            face=form.cleaned_data["face"],
            sentence=form.cleaned_data["sentence"],
        )
        return reverse("evaluations:voice_thanks")


class Thanks(TemplateView):
    template_name = "evaluations/voice_thanks.html"


class AtCounter(CounterOnly, FacePage):
    """The counter's screen turned to the resident: no name on it, and the resident's own PIN or code."""

    template_name = "evaluations/voice_counter.html"
    shows_earlier = False

    @cached_property
    def redemption(self) -> Redemption:
        found = vouchers.find_redemption(self.request.user, self.kwargs["pk"])
        if found.provider_id != self.provider.pk:
            raise PermissionDenied
        return found

    @cached_property
    def feedback(self) -> Feedback:
        return actions.occasion_of(self.redemption)

    @property
    def needs_pin(self) -> bool:
        return True

    def perform(self, form: Form) -> str:
        actions.give_at_counter(
            self.redemption,
            face=form.cleaned_data["face"],
            sentence=form.cleaned_data["sentence"],
            pin=form.cleaned_data["pin"],
            by=self.request.user,
        )
        return reverse("evaluations:voice_thanks_counter")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "back_url": reverse("vouchers:receipt", args=[self.redemption.id]),
            "redemption": self.redemption,
        }


class ThanksAtCounter(CounterOnly, TemplateView):
    template_name = "evaluations/voice_thanks_counter.html"


class Slip(CounterOnly, TemplateView):
    """The slip for at home: twelve digits and a square code, no name. At home the PIN is asked for."""

    template_name = "evaluations/voice_slip.html"

    def get_context_data(self, pk: Any, **kwargs: Any) -> dict[str, Any]:
        redemption = vouchers.find_redemption(self.request.user, pk)
        if redemption.is_reversed:
            raise Http404
        feedback, code = actions.print_receipt_code(redemption, by=self.request.user)
        return super().get_context_data(**kwargs) | {
            "redemption": redemption,
            "feedback": feedback,
            "code": spaced(code),
            "qr": square_code(address(reverse("evaluations:voice_scan", args=[code]))) if code else "",
            "page": address(reverse("evaluations:voice_code")),
        }


class MyVoices(MyPage, TemplateView):
    """What I had lately, and what I have said of it."""

    template_name = "evaluations/my_voices.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "rows": to_speak_about(self.resident),
            "months": open_months(self.resident),
        }


class MyVoice(MyPage, FacePage):
    """One of them."""

    template_name = "evaluations/my_voice.html"

    @cached_property
    def feedback(self) -> Feedback:
        if not self.kwargs.get("month"):
            mine = Redemption.objects.filter(resident=self.resident).select_related("service", "resident", "provider")
            found = get_object_or_404(mine, id=self.kwargs["pk"])
            feedback = actions.occasion_of(found)
        else:
            feedback = get_object_or_404(Feedback, resident=self.resident, redemption_id=None, pk=self.kwargs["pk"])
        if not voicepolicies.may_speak_for(self.request.user, feedback):
            raise PermissionDenied(_("You belong to this provider: the resident speaks, not you."))
        return feedback

    def perform(self, form: Form) -> str:
        actions.give_own(
            self.feedback,
            face=form.cleaned_data["face"],
            sentence=form.cleaned_data["sentence"],
            by=self.request.user,
        )
        return reverse("evaluations:my_voices")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"back_url": reverse("evaluations:my_voices")}
