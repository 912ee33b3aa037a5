"""The sponsor's dashboard, the issue of a month with its progress, and the list of those who never spent."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, OuterRef, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.generic import TemplateView

from marketplace.pages import clock
from marketplace.pages.exports import Column
from marketplace.pages.lists import ListPage
from marketplace.pages.views import ActionPage
from marketplace.parties.models import Organisation
from marketplace.residents.actions import view_many
from marketplace.residents.models import Resident
from marketplace.vouchers import policies, tasks
from marketplace.vouchers.forms import FiguresFilter, OutreachForm
from marketplace.vouchers.models import Programme
from marketplace.vouchers.models.programmes import first_of_month
from marketplace.vouchers.queries.figures import figures, never_spent, years_of
from marketplace.vouchers.queries.issues import issue_states

from .programmes import OneProgramme

MOST_ADDRESSES = 200


def programmes_of(request: HttpRequest):
    """Those whose figures the reader may see: the bureau's own, or all for an auditor."""
    if not policies.may_see_programme_desks(request.user):
        raise PermissionDenied
    return Programme.objects.visible_to(request.user).exclude(state=Programme.State.DRAFT)


class Figures(LoginRequiredMixin, TemplateView):
    template_name = "vouchers/figures.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        programmes = programmes_of(self.request)
        form = FiguresFilter(self.request.GET, programmes=programmes, years=years_of(programmes))
        form.is_valid()
        cleaned = form.cleaned_data
        chosen = programmes.filter(pk=cleaned["programme"].pk) if cleaned.get("programme") else programmes
        return super().get_context_data(**kwargs) | {
            "filter_form": form,
            "filtered": bool(cleaned.get("programme") or cleaned.get("year")),
            "figures": figures(chosen, cleaned.get("year")),
        }


class Issuing(LoginRequiredMixin, TemplateView):
    """This month, programme by programme: how many have theirs, what it costs, whether the budget is enough.

    Each programme is one transaction of its own: what was interrupted is taken up where it stopped.
    """

    template_name = "vouchers/issuing.html"

    @property
    def bureau(self) -> Organisation:
        organisation = self.request.organisation
        if organisation is None or not policies.may_issue(self.request.user, Programme(bureau=organisation)):
            raise PermissionDenied
        return organisation

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        month = first_of_month(clock.today())
        states = issue_states(self.bureau, month)
        return super().get_context_data(**kwargs) | {
            "month": month,
            "states": states,
            "served": sum(state.served for state in states),
            "entitled": sum(state.served + state.waiting for state in states),
            "is_moving": "running" in self.request.GET and any(state.may_run for state in states),
            "may_run": any(state.may_run for state in states),
        }

    def post(self, request: HttpRequest) -> HttpResponse:
        for state in issue_states(self.bureau, first_of_month(clock.today())):
            if state.may_run:
                tasks.issue_programme.enqueue(state.programme.code, str(request.user.pk))
        return redirect(f"{reverse('vouchers:issuing')}?running=")


class NeverSpent(LoginRequiredMixin, OneProgramme, ListPage):
    """Whom to visit: masked on the page and in the file. Addresses for a round of visits need a stated purpose."""

    template_name = "vouchers/never_spent.html"
    title = _("Entitled and never spent")
    intro = _("They were given vouchers and have used none: find out whether they know, and what is in the way.")
    empty_title = _("Everybody has used a voucher")
    columns = (
        Column(
            _("Resident"), "masked_name", link=lambda row: row.is_kept and reverse("vouchers:window_of", args=[row.pk])
        ),
        Column(_("Age"), lambda row: row.age_on(clock.today()), "number"),
        Column(_("Place"), lambda row: f"{row.region} {row.community}"),
        Column(_("Living situation"), "get_household_display"),
        Column(_("Preferred way to be reached"), "get_preferred_way_display"),
        Column(pgettext_lazy("count", "Months"), lambda row: row.months, "number"),
        Column(_("Expired"), lambda row: row.lost, "money"),
    )

    def get_rows(self):
        kept = Resident.objects.kept_by(self.request.user).filter(pk=OuterRef("pk"))
        return outreach(self.programme).annotate(is_kept=Exists(kept))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"programme": self.programme}


def outreach(programme: Programme):
    """Residents who never spent, those with most lost first."""
    return (
        Resident.objects.active()
        .filter(pk__in=never_spent(programme).values("resident"), vouchers__programme=programme)
        .annotate(months=Count("vouchers__month"), lost=Sum("vouchers__expired"))
        .select_related("region")
        .defer("phone", "address")
        .order_by("-lost", "pk")
    )


class OutreachAddresses(OneProgramme, ActionPage):
    """The list with names, telephones and addresses, to print: for a purpose, each resident's record says so."""

    form_class = OutreachForm
    title = _("Print the list with addresses")
    submit_label = _("Open the list")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "intro": _("At most %(most)s at a time, those with most lost first.") % {"most": MOST_ADDRESSES},
            "back_url": reverse("vouchers:never_spent", args=[self.kwargs["code"]]),
        }

    def form_valid(self, form: OutreachForm) -> HttpResponse:
        visible = Resident.objects.visible_to(self.request.user).values("pk")
        rows = list(outreach(self.programme).filter(pk__in=visible).defer(None)[:MOST_ADDRESSES])
        if not rows:
            raise Http404
        view_many(rows, form.cleaned_data["purpose"], by=self.request.user, organisation=self.request.organisation)
        context = {"programme": self.programme, "rows": rows, "purpose": form.cleaned_data["purpose"]}
        response = render(self.request, "vouchers/outreach_print.html", context)
        response["Cache-Control"] = "no-store"
        return response
