"""The bureau's programmes: figures, months, the start by a second officer."""

import datetime
from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from marketplace.pages import clock
from marketplace.pages.exports import Column
from marketplace.pages.forms import ShortReasonForm
from marketplace.pages.lists import ListPage
from marketplace.pages.views import ActionPage
from marketplace.parties.models import Organisation
from marketplace.residents.models import Benefit
from marketplace.vouchers import actions, policies, queries
from marketplace.vouchers.forms import ProgrammeForm
from marketplace.vouchers.models import Programme
from marketplace.vouchers.models.programmes import first_of_month
from marketplace.vouchers.queries.programmes import entitled_now


class Programmes(LoginRequiredMixin, ListPage):
    title = _("Voucher programmes")
    intro = _("Who gets how much a month, for what, out of which budget line.")
    template_name = "vouchers/programmes.html"
    columns = (
        Column(_("Programme"), lambda row: str(row), link="get_absolute_url"),
        Column(_("Bureau"), "bureau"),
        Column(_("Age"), lambda row: f"{row.minimum_age}+"),
        Column(_("Amount a month"), "monthly_amount", "money"),
        Column(_("From"), "starts_on", "day"),
        Column(_("Until"), "ends_on", "day"),
        Column(_("State"), "get_state_display"),
    )
    empty_title = _("No programme yet")
    empty_text = _("A programme says who gets how much a month, for what. A second officer starts it.")

    def get_rows(self):
        if not policies.may_see_programme_desks(self.request.user):
            raise PermissionDenied
        return Programme.objects.visible_to(self.request.user).select_related("bureau")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        organisation = self.request.organisation
        may_draft = bool(organisation) and policies.may_draft_programme(self.request.user, organisation)
        return super().get_context_data(**kwargs) | {"may_draft": may_draft}


class OneProgramme:
    @property
    def programme(self) -> Programme:
        return get_object_or_404(
            Programme.objects.visible_to(self.request.user).select_related("bureau", "region", "budget_line__fund"),
            code=self.kwargs["code"],
        )

    def get_success_url(self) -> str:
        return reverse("vouchers:programme", args=[self.kwargs["code"]])


class ProgrammePage(LoginRequiredMixin, OneProgramme, TemplateView):
    """Issued, spent, expired, never used: by month, as a plot and a table."""

    template_name = "vouchers/programme.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        programme = self.programme
        user = self.request.user
        month = first_of_month(clock.today())
        is_issued = programme.issues.filter(month=month).exists()
        return super().get_context_data(**kwargs) | {
            "programme": programme,
            "categories": programme.categories.all(),
            "figures": queries.programme_figures(programme),
            "issues": programme.issues.all()[:6],
            "month": month,
            "is_issued": is_issued,
            "entitled": entitled_now(programme, month),
            "tiers": programme.tiers.all(),
            "excluded": [Benefit.Kind(code).label for code in programme.exclusions],
            "may_start": programme.state == Programme.State.DRAFT and policies.may_start_programme(user, programme),
            "may_issue": programme.state == Programme.State.RUNNING and policies.may_issue(user, programme),
        }


class AddProgramme(ActionPage):
    template_name = "vouchers/terms_form.html"
    form_class = ProgrammeForm
    title = _("Draft a programme")
    intro = _("Nothing is given until a second officer has looked at it and started it.")
    submit_label = _("Save the draft")
    done_message = _("Saved. A second officer starts it.")

    @property
    def bureau(self) -> Organisation:
        organisation = self.request.organisation
        if not organisation or not policies.may_draft_programme(self.request.user, organisation):
            raise PermissionDenied
        return Organisation.objects.select_related("region").get(pk=organisation.pk)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"bureau": self.bureau}

    def get_initial(self) -> dict[str, Any]:
        today = clock.today()
        return {
            "starts_on": first_of_month(today),
            "ends_on": datetime.date(today.year, 12, 31),
            "minimum_age": 80,
            "basis": Programme.Basis.FLAT,
            "region": self.bureau.region,
        }

    def perform(self, form: ProgrammeForm) -> Programme:
        cleaned = {name: value for name, value in form.cleaned_data.items() if not name.startswith("tier_")}
        return actions.draft_programme(self.bureau, by=self.request.user, tiers=form.cleaned_tiers(), **cleaned)

    def get_success_url(self) -> str:
        return self.object.get_absolute_url()


class StartProgramme(OneProgramme, ActionPage):
    title = _("Start the programme")
    intro = _("From now on its months can be issued, and its money committed.")
    submit_label = _("Start it")
    done_message = _("The programme is running.")

    def get_form(self, form_class=None):
        return Form(**self.get_form_kwargs())

    def perform(self, form: Form) -> Any:
        actions.start_programme(self.programme, by=self.request.user)


class IssueMonth(OneProgramme, ActionPage):
    title = _("Issue this month's vouchers")
    submit_label = _("Issue them")
    done_message = _("Every entitled resident has this month's voucher.")
    intro = _("Each entitled resident who has none gets one; the money is committed in one transfer. Safe to repeat.")

    def get_form(self, form_class=None):
        return Form(**self.get_form_kwargs())

    def perform(self, form: Form) -> Any:
        return actions.issue_month(self.programme, clock.today(), by=self.request.user)


class CloseProgramme(OneProgramme, ActionPage):
    form_class = ShortReasonForm
    title = _("Close the programme")
    intro = _("No month is issued any more. What is issued can be spent to the end of its month.")
    submit_label = _("Close it")
    danger = True
    done_message = _("The programme is closed.")

    def perform(self, form: ShortReasonForm) -> Any:
        actions.close_programme(self.programme, reason=form.cleaned_data["reason"], by=self.request.user)
