"""Queries and challenges: what is public, and the steps of each side. Complaints stand in `complaints`."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from marketplace.pages import clock
from marketplace.pages.dates import written_moment
from marketplace.pages.views import ActionPage
from marketplace.parties.models import Organisation

from .. import actions, policies
from ..actions.complaints import complaint_ends
from ..actions.effects import possible_effects
from ..events import get_events
from ..forms.challenges import (
    AnswerChallengeForm,
    ChallengeForm,
    JudgeEffectForm,
    QueryForm,
    ReplyForm,
)
from ..models import BidBan, Challenge, Complaint, Query
from ..queries.challenges import steps_now, timeline_of
from ..queries.evaluation import case_files
from ..queries.public import public_tender


def crumbs(tender: Any, *more: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    return [
        (_("Tenders"), reverse("tenders:list")),
        (tender.number, tender.get_absolute_url()),
        (_("Queries and challenges"), reverse("tenders:challenges", args=[tender.number])),
        *more,
    ]


class Challenges(TemplateView):
    """What is asked and challenged about one tender: the decided for everyone, one's own for each side."""

    template_name = "tenders/challenges.html"

    def get_context_data(self, number: str, **kwargs: Any) -> dict[str, Any]:
        user, tender = self.request.user, public_tender(number)
        supplier = self.request.organisation or None
        speaks = bool(user.is_authenticated and supplier and policies.may_answer_for(user, supplier))
        is_buyer = user.is_authenticated and policies.may_manage(user, tender)
        rows = Challenge.objects.filter(tender=tender).select_related("supplier", "lot", "complaint")
        visible = set(rows.visible_to(user).values_list("pk", flat=True))
        shown = [
            one for one in rows if one.pk in visible or one.state in (Challenge.State.UPHELD, Challenge.State.REJECTED)
        ]
        queries = Query.objects.filter(tender=tender).select_related("supplier")
        if not is_buyer:
            queries = queries.filter(supplier=supplier) if speaks else queries.none()
        steps = steps_now(tender)
        return super().get_context_data(**kwargs) | {
            "tender": tender,
            "challenges": shown,
            "queries": list(queries),
            "steps": steps,
            "may_ask": speaks,
            "may_challenge": speaks and any(step.is_open for step in steps),
            "is_buyer": is_buyer,
            "breadcrumbs": crumbs(tender)[:2] + [(_("Queries and challenges"), None)],
        }


class SupplierPage(ActionPage):
    """A page on which a supplier speaks about a published tender."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            self.tender = public_tender(kwargs["number"])
            self.supplier: Organisation = request.organisation
            if not self.supplier or not policies.may_answer_for(request.user, self.supplier):
                raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "tender": self.tender,
            "steps": steps_now(self.tender),
            "back_url": reverse("tenders:challenges", args=[self.tender.number]),
            "breadcrumbs": crumbs(self.tender, (str(self.get_title()), None)),
        }


class NewQuery(SupplierPage):
    title = gettext_lazy("Ask the buyer a question")
    intro = gettext_lazy("The buyer answers within three working days, without giving away secrets of others (REG 52).")
    form_class = QueryForm
    submit_label = gettext_lazy("Send the question")
    done_message = gettext_lazy("Sent.")

    def perform(self, form: forms.Form) -> Query:
        return actions.ask_query(self.tender, self.supplier, **form.cleaned_data, by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("tenders:challenges", args=[self.tender.number])


class NewChallenge(SupplierPage):
    title = gettext_lazy("Challenge")
    template_name = "tenders/new_challenge.html"
    form_class = ChallengeForm
    submit_label = gettext_lazy("Lodge the challenge")
    done_message = gettext_lazy("Lodged. The buyer replies within seven working days.")

    def get_form_kwargs(self) -> dict[str, Any]:
        offered = [
            (one.step, _("%(step)s, until %(end)s") % {"step": one.label, "end": written_moment(one.ends)})
            for one in steps_now(self.tender)
            if one.is_open and one.ends
        ]
        return super().get_form_kwargs() | {"tender": self.tender, "offered": offered}

    def perform(self, form: ChallengeForm) -> Challenge:
        return actions.lodge_challenge(self.tender, self.supplier, **form.given(), by=self.request.user)

    def get_success_url(self) -> str:
        return self.object.get_absolute_url()


class AnswerQuery(ActionPage):
    title = gettext_lazy("Answer a query")
    template_name = "tenders/answer_query.html"
    form_class = ReplyForm
    submit_label = gettext_lazy("Send the answer")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            self.query = get_object_or_404(Query.objects.select_related("tender__bureau", "supplier"), pk=kwargs["pk"])
            if not policies.may_manage(request.user, self.query.tender):
                raise Http404
        return super().dispatch(request, *args, **kwargs)

    def perform(self, form: forms.Form) -> Query:
        return actions.answer_query(self.query, reply=form.cleaned_data["reply"], by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("tenders:challenges", args=[self.query.tender.number])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"query": self.query, "back_url": self.get_success_url()}


def _challenges() -> QuerySet[Challenge]:
    return Challenge.objects.select_related("tender__bureau__region", "supplier", "lot", "complaint__reviewer")


class ChallengePage(TemplateView):
    """One challenge with its complaint: matters, replies, decisions, the clock; and what each side can do now."""

    template_name = "tenders/challenge.html"

    def get_context_data(self, pk: str, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        challenge = get_object_or_404(_challenges(), pk=pk)
        if not policies.may_read_challenge(user, challenge):
            raise Http404
        complaint = getattr(challenge, "complaint", None)
        return super().get_context_data(**kwargs) | {
            "challenge": challenge,
            "complaint": complaint,
            "tender": challenge.tender,
            "matters": list(challenge.matters.all()),
            "complained": set(complaint.matters.values_list("pk", flat=True)) if complaint else set(),
            "files": case_files(challenge.files.all()) if user.is_authenticated else [],
            "complaint_files": case_files(complaint.files.all()) if complaint and user.is_authenticated else [],
            "timeline": timeline_of(challenge),
            "events": get_events(challenge),
            "steps": _what_next(user, challenge, complaint),
            "ban": BidBan.objects.filter(complaint=complaint).first() if complaint else None,
            "breadcrumbs": crumbs(challenge.tender, (challenge.number, None)),
        }


def _what_next(user: Any, challenge: Challenge, complaint: Complaint | None) -> list[tuple[str, str, bool]]:
    """Label, address and whether it is the main one, of every step this person can take now."""
    if not user.is_authenticated:
        return []
    speaks = policies.may_answer_for(user, challenge.supplier)
    is_buyer = policies.may_decide_challenge(user, challenge)
    found: list[tuple[str, str, bool]] = []

    def step(allowed: bool, label: str, name: str, main: bool = True) -> None:
        if allowed:
            found.append((label, reverse(f"tenders:{name}", args=[challenge.pk]), main))

    waits = challenge.state == Challenge.State.LODGED
    step(waits and is_buyer, _("Reply to the challenge"), "answer_challenge")
    step(waits and is_buyer, _("Can it affect the result?"), "judge_effect", False)
    step(waits and speaks, _("Take the challenge back"), "withdraw_challenge", False)
    now = clock.now()
    may_complain = (
        challenge.state != Challenge.State.WITHDRAWN and complaint is None and now <= complaint_ends(challenge)
    )
    step(speaks and may_complain and (not waits or now > challenge.reply_due_at), _("Complain"), "complain")
    if complaint is None:
        return found
    reviews = policies.may_review_complaint(user, complaint)
    state = complaint.state
    step(reviews and state == "filed", _("Accept the complaint"), "accept_complaint")
    step(reviews and state == "filed", _("Ask for a correction"), "ask_correction", False)
    step(reviews and state in ("filed", "correcting"), _("Don't accept it"), "refuse_complaint", False)
    step(speaks and state == "correcting", _("Correct the complaint"), "correct_complaint")
    step(is_buyer and state == "accepted" and not complaint.answered_at, _("Answer the complaint"), "answer_complaint")
    paused = complaint.pauses.filter(ended_at=None).exists()
    step(reviews and state == "accepted" and not paused, _("Decide"), "decide_complaint")
    step(reviews and state == "accepted" and not paused, _("Let experts examine"), "pause_complaint", False)
    step(reviews and state == "accepted" and paused, _("The experts are done"), "resume_complaint")
    step(
        speaks and state in ("filed", "correcting", "accepted"),
        _("Take the complaint back"),
        "withdraw_complaint",
        False,
    )
    return found


class CasePage(ActionPage):
    """One step on a challenge. `allowed` is the policy that guards its verb; strangers find nothing."""

    form_class: Any = forms.Form
    allowed: Callable[..., bool] = staticmethod(lambda user, challenge: policies.may_decide_challenge(user, challenge))
    template_name = "tenders/case_step.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            self.challenge = get_object_or_404(
                _challenges().filter(pk__in=Challenge.objects.visible_to(request.user).values("pk")), pk=kwargs["pk"]
            )
            self.complaint = getattr(self.challenge, "complaint", None)
            if not self.allowed(request.user, self.challenge):
                raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_success_url(self) -> str:
        return self.challenge.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "challenge": self.challenge,
            "complaint": self.complaint,
            "tender": self.challenge.tender,
            "matters": list(self.challenge.matters.all()),
            "back_url": self.challenge.get_absolute_url(),
            "breadcrumbs": crumbs(
                self.challenge.tender,
                (self.challenge.number, self.challenge.get_absolute_url()),
                (str(self.get_title()), None),
            ),
        }


def speaks_for(user: Any, challenge: Challenge) -> bool:
    return policies.may_answer_for(user, challenge.supplier)


class AnswerChallenge(CasePage):
    title = gettext_lazy("Reply to the challenge")
    form_class = AnswerChallengeForm
    submit_label = gettext_lazy("Send the reply")
    done_message = gettext_lazy("Sent to the challenger and to every supplier concerned.")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"effects": possible_effects(self.challenge)}

    def perform(self, form: forms.Form) -> Challenge:
        return actions.answer_challenge(
            self.challenge,
            is_upheld=form.cleaned_data["verdict"] == "upheld",
            effect=form.cleaned_data["effect"],
            reply=form.cleaned_data["reply"],
            by=self.request.user,
        )


class JudgeEffect(CasePage):
    title = gettext_lazy("Can it affect the result?")
    intro = gettext_lazy("What may affect the result suspends signing and performance (REG 54).")
    form_class = JudgeEffectForm

    def perform(self, form: forms.Form) -> Challenge:
        return actions.judge_effect(
            self.challenge,
            affects_result=form.cleaned_data["affects"] == "yes",
            reason=form.cleaned_data["reason"],
            by=self.request.user,
        )


class WithdrawChallenge(CasePage):
    title = gettext_lazy("Take the challenge back")
    intro = gettext_lazy("It ends. What was taken back can't be complained of.")
    allowed = staticmethod(speaks_for)
    submit_label = gettext_lazy("Take the challenge back")
    danger = True

    def perform(self, form: forms.Form) -> Challenge:
        return actions.withdraw_challenge(self.challenge, by=self.request.user)
