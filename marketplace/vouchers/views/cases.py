"""The bureau's queue: what does not fit, whom to ring, whom to remind."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.forms import Form
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import ListView, TemplateView

from marketplace.messages.policies import may_post_letters
from marketplace.pages.doors import doors_of
from marketplace.pages.views import ActionPage
from marketplace.parties.models import Organisation
from marketplace.vouchers import actions, documents, policies, queries
from marketplace.vouchers.counterforms import CallBackForm, CaseForm, HospitalStayForm
from marketplace.vouchers.models import CallBack, FraudCase, Programme

from .desk import CardDesk


class Cases(LoginRequiredMixin, ListView):
    template_name = "vouchers/cases.html"
    paginate_by = 25
    context_object_name = "cases"

    def get_queryset(self):
        if not policies.may_see_programme_desks(self.request.user):
            raise PermissionDenied
        return queries.cases_for(
            self.request.user, state=self.request.GET.get("state", "open"), kind=self.request.GET.get("kind", "")
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "state": self.request.GET.get("state", "open"),
            "kind": self.request.GET.get("kind", ""),
            "states": FraudCase.State.choices,
            "kinds": FraudCase.Kind.choices,
        }


class Case(ActionPage):
    """The evidence; below it the finding."""

    template_name = "vouchers/case.html"
    form_class = CaseForm
    submit_label = gettext_lazy("Decide")
    done_message = gettext_lazy("Decided.")

    @property
    def case(self) -> FraudCase:
        rows = FraudCase.objects.visible_to(self.request.user).select_related("provider", "bureau", "decided_by")
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def get_title(self) -> str:
        return str(self.case)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        case = self.case
        return (
            super().get_context_data(**kwargs)
            | queries.case_facts(case)
            | {
                "case": case,
                "may_decide": case.state == FraudCase.State.OPEN and policies.may_decide_case(self.request.user, case),
                "back_url": reverse("vouchers:cases"),
            }
        )

    def perform(self, form: CaseForm) -> Any:
        return actions.decide_case(
            self.case, proven=form.cleaned_data["proven"], note=form.cleaned_data["note"], by=self.request.user
        )

    def get_success_url(self) -> str:
        return reverse("vouchers:case", args=[self.kwargs["pk"]])


class CallBacks(LoginRequiredMixin, TemplateView):
    template_name = "vouchers/call_backs.html"

    def may_ring(self) -> bool:
        """A bureau's people see an empty list before its first programme begins."""
        bureau = self.request.organisation
        if bureau is None or bureau.kind != Organisation.Kind.BUREAU:
            return False
        return policies.may_call_back(self.request.user, Programme(bureau=bureau))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        draws = queries.draws_for(user)
        programmes = [one for one in Programme.objects.select_related("bureau") if policies.may_call_back(user, one)]
        if not programmes and not draws.exists() and not self.may_ring():
            raise PermissionDenied
        return super().get_context_data(**kwargs) | {
            "draws": draws[:24],
            "calls": queries.calls_for(user)[:50],
            "programmes": programmes,
        }


class Draw(ActionPage):
    """Last month's sample."""

    title = gettext_lazy("Draw the sample of last month")
    intro = gettext_lazy("The share is a rule. The seed is kept: anyone can draw again and finds the same payments.")
    submit_label = gettext_lazy("Draw")
    done_message = gettext_lazy("Drawn.")

    def get_form(self, form_class=None):
        return Form(**self.get_form_kwargs())

    @property
    def programme(self) -> Programme:
        programme = get_object_or_404(Programme.objects.select_related("bureau"), code=self.kwargs["code"])
        if not policies.may_call_back(self.request.user, programme):
            raise Http404
        return programme

    def perform(self, form: Form) -> Any:
        return actions.draw_call_backs(self.programme, queries.last_month(), by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("vouchers:call_backs")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = {"programme": self.programme, "back_url": self.get_success_url()}
        return super().get_context_data(**kwargs) | context


class AnswerCall(ActionPage):
    template_name = "vouchers/answer_call_back.html"
    form_class = CallBackForm
    submit_label = gettext_lazy("Save")

    @property
    def call(self) -> CallBack:
        call = get_object_or_404(queries.calls_for(self.request.user), pk=self.kwargs["pk"])
        if not policies.may_call_back(self.request.user, call.draw.programme):
            raise PermissionDenied
        return call

    def get_title(self) -> str:
        return _("Ring %(resident)s") % {"resident": self.call.resident}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        call = self.call
        return super().get_context_data(**kwargs) | {
            "call": call,
            "redemption": queries.redemption_of(call),
            "back_url": reverse("vouchers:call_backs"),
        }

    def perform(self, form: CallBackForm) -> Any:
        return actions.answer_call_back(
            self.call, form.cleaned_data["answer"], note=form.cleaned_data["note"], by=self.request.user
        )

    def get_success_url(self) -> str:
        """While the resident is on the telephone, another room may have something to ask."""
        if self.object is not None and self.object.state == CallBack.State.CONFIRMED:
            for door in doors_of("call_back", self.request.user, self.object):
                return door.url
        return reverse("vouchers:call_backs")


class Hospital(CardDesk, ActionPage):
    form_class = HospitalStayForm
    title = gettext_lazy("A hospital stay")
    intro = gettext_lazy("Payments for care at home on these days are looked into.")
    submit_label = gettext_lazy("Save")
    done_message = gettext_lazy("Saved.")

    def perform(self, form: HospitalStayForm) -> Any:
        return actions.record_hospital_stay(self.resident, **form.cleaned_data, by=self.request.user)


class OfDesk(LoginRequiredMixin):
    @property
    def bureau(self) -> Organisation:
        organisation = self.request.organisation
        if organisation is None or organisation.kind != Organisation.Kind.BUREAU:
            raise PermissionDenied
        bureau = Organisation.objects.select_related("region").get(pk=organisation.pk)
        if not may_post_letters(self.request.user, bureau.region):
            raise PermissionDenied
        return bureau


class Reminders(OfDesk, TemplateView):
    """Whom no message reaches: letters to print and post, people to ring."""

    template_name = "vouchers/reminders.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = Paginator(queries.people_to_remind(self.bureau), 25).get_page(self.request.GET.get("page"))
        return super().get_context_data(**kwargs) | {
            "letters": queries.letters_to_print(self.bureau),
            "page_obj": page,
            "people": page.object_list,
            "count": page.paginator.count,
        }


class PrintLetters(OfDesk, ActionPage):
    """All letters in one file; printing them is posting them."""

    title = gettext_lazy("Print the letters")
    intro = gettext_lazy("One page each, with the address for a window envelope. They count as posted then.")
    submit_label = gettext_lazy("Print and post")

    def get_form(self, form_class=None):
        return Form(**self.get_form_kwargs())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"back_url": reverse("vouchers:reminders")}

    def perform(self, form: Form) -> Any:
        return documents.print_letters(self.bureau, by=self.request.user)

    def get_success_url(self) -> str:
        return self.object.get_absolute_url()
