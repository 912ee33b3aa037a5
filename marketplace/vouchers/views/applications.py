"""Applications: the bureau's list, the decision with its reasons, the appeal, and the resident's own pages."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.db.models import Case, Q, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.generic import TemplateView

from marketplace.pages.exports import Column
from marketplace.pages.lists import ListPage
from marketplace.pages.views import ActionPage
from marketplace.parties.models import Organisation
from marketplace.residents import policies as register
from marketplace.vouchers import actions, policies
from marketplace.vouchers.actions.applications import reasons_against
from marketplace.vouchers.forms import AppealForm, ApplicationFilter, ApplyForm, DecisionForm, ReviewForm
from marketplace.vouchers.models import Appeal, Application, Programme
from marketplace.vouchers.queries.window import offers_for
from marketplace.vouchers.reasons import of_codes

from .my import MyPage

TONES = {"submitted": "active", "approved": "good", "refused": "bad", "withdrawn": "quiet"}


# What waits for an answer: asked for, or appealed against.
WAITS = Q(state=Application.State.SUBMITTED) | Q(appeal__state=Appeal.State.OPEN)


class Applications(LoginRequiredMixin, ListPage):
    """Of the bureau's programmes, the oldest that waits first. The file holds masked names."""

    title = _("Applications")
    intro = _("Each is answered within the days of the rule, with the reasons.")
    filter_form = ApplicationFilter
    columns = (
        Column(_("Submitted"), "submitted_at", "moment", link="get_absolute_url"),
        Column(_("Programme"), "programme"),
        Column(_("Resident"), "resident.masked_name"),
        Column(_("Place"), "resident.region"),
        Column(_("How it came in"), "get_channel_display"),
        Column(_("To be answered by"), "answer_by", "day"),
        Column(_("State"), "get_state_display"),
        Column(
            pgettext_lazy("voucher", "Appeal"),
            lambda row: row.appeal.get_state_display() if hasattr(row, "appeal") else "",
        ),
    )
    empty_title = _("Nobody has applied yet")
    empty_text = _("Applications come from residents online, from the desk, and from paper forms typed in there.")

    def get_rows(self):
        organisation = self.request.organisation
        if organisation is None or organisation.kind != Organisation.Kind.BUREAU:
            raise PermissionDenied
        if not policies.may_decide_applications(self.request.user, Programme(bureau=organisation)):
            raise PermissionDenied
        return (
            Application.objects.filter(programme__bureau=organisation)
            .select_related("programme", "resident__region", "appeal")
            .annotate(is_done=Case(When(WAITS, then=0), default=1))
            .order_by("is_done", Case(When(is_done=0, then="answer_by")), "-submitted_at")
        )

    def filter(self, rows, cleaned):
        if state := cleaned.get("state"):
            rows = rows.filter(appeal__state="open") if state == "appealed" else rows.filter(state=state)
        return rows


class OneApplication:
    @property
    def application(self) -> Application:
        return get_object_or_404(
            Application.objects.visible_to(self.request.user).select_related(
                "programme__bureau__region", "programme__region", "resident__region", "decided_by", "submitted_by"
            ),
            pk=self.kwargs["pk"],
        )

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.application  # noqa: B018 - a stranger gets 404 before the question
        return super().get(request, *args, **kwargs)

    def get_success_url(self) -> str:
        return reverse("vouchers:application", args=[self.kwargs["pk"]])


class ApplicationPage(LoginRequiredMixin, OneApplication, TemplateView):
    """What was asked, what was answered and why, and what can be done about it."""

    template_name = "vouchers/application.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        application, user = self.application, self.request.user
        appeal = Appeal.objects.filter(application=application).select_related("made_by", "reviewed_by").first()
        State = Application.State
        is_waiting = application.state == State.SUBMITTED
        may_decide = policies.may_decide_applications(user, application.programme)
        mine = policies.may_apply_for(user, application.resident)
        return super().get_context_data(**kwargs) | {
            "application": application,
            "tone": TONES[application.state],
            "reasons": of_codes(application.reasons),
            "against": reasons_against(application.programme, application.resident)
            if may_decide and is_waiting
            else [],
            "appeal": appeal,
            "is_own": application.resident.user_id == user.pk,
            "is_desk": register.may_keep_register(user, application.resident.region_id),
            "may_decide": is_waiting and policies.may_decide_application(user, application),
            "is_mine_to_leave": is_waiting and may_decide and user.pk == application.submitted_by_id,
            "may_withdraw": mine and application.state in (State.SUBMITTED, State.APPROVED),
            "may_appeal": mine and application.state == State.REFUSED and appeal is None,
            "may_review": appeal is not None
            and appeal.state == Appeal.State.OPEN
            and policies.may_review_appeal(user, appeal),
        }


class Decide(OneApplication, ActionPage):
    form_class = DecisionForm
    title = _("Decide on the application")
    submit_label = _("Send the decision")
    done_message = _("Decided. The resident is told.")
    template_name = "vouchers/decide.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        application = self.application
        return super().get_context_data(**kwargs) | {
            "application": application,
            "against": reasons_against(application.programme, application.resident),
            "back_url": self.get_success_url(),
        }

    def perform(self, form: DecisionForm) -> Any:
        cleaned = form.cleaned_data
        return actions.decide_application(
            self.application, approve=cleaned["decision"] == "grant", words=cleaned["words"], by=self.request.user
        )


class AppealRefusal(OneApplication, ActionPage):
    form_class = AppealForm
    title = _("Have the refusal looked at again")
    intro = _("Another officer than the one who refused looks at it and answers within the days of the rule.")
    submit_label = _("Send the appeal")
    done_message = _("The appeal is in.")

    def perform(self, form: AppealForm) -> Any:
        actions.appeal_refusal(self.application, form.cleaned_data["grounds"], by=self.request.user)


class ReviewAppeal(OneApplication, ActionPage):
    form_class = ReviewForm
    title = _("Decide on the appeal")
    submit_label = _("Send the decision")
    done_message = _("Decided. The resident is told.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        appeal = get_object_or_404(Appeal, application=self.application)
        return super().get_context_data(**kwargs) | {"intro": appeal.grounds, "back_url": self.get_success_url()}

    def perform(self, form: ReviewForm) -> Any:
        appeal = get_object_or_404(Appeal, application=self.application)
        cleaned = form.cleaned_data
        actions.review_appeal(
            appeal, grant=cleaned["decision"] == "grant", words=cleaned["words"], by=self.request.user
        )


class Withdraw(OneApplication, ActionPage):
    title = _("Withdraw the application")
    submit_label = _("Withdraw it")
    danger = True
    done_message = _("Withdrawn.")

    def perform(self, form: Any) -> Any:
        actions.withdraw_application(self.application, by=self.request.user)


class MyProgrammes(MyPage, TemplateView):
    """What I am entitled to, what I may ask for, and why not, in large print."""

    template_name = "vouchers/my_programmes.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "offers": offers_for(self.resident),
            "may_apply": policies.may_apply_for(self.request.user, self.resident),
        }


class MyApply(MyPage, ActionPage):
    form_class = ApplyForm
    template_name = "vouchers/my_apply.html"
    submit_label = _("Send the application")
    done_message = _("Your application is in. You are told the answer.")

    @property
    def programme(self) -> Programme:
        return get_object_or_404(Programme.objects.running().select_related("bureau"), code=self.kwargs["code"])

    def get_title(self) -> Any:
        return _("Apply for “%(name)s”") % {"name": self.programme}

    def perform(self, form: ApplyForm) -> Application:
        return actions.apply_for(
            self.programme,
            self.resident,
            channel=Application.Channel.ONLINE,
            need=form.cleaned_data["need"],
            by=self.request.user,
        )

    def get_success_url(self) -> str:
        return self.object.get_absolute_url()
