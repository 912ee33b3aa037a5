"""The budget as officers, finance and auditors read it."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin, UserPassesTestMixin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django.views.generic import ListView, TemplateView, View

from marketplace.pages import clock
from marketplace.pages.exports import FORMATS, Column, export_rows
from marketplace.pages.views import ActionPage
from marketplace.parties.models import Organisation

from . import actions, policies, queries, references
from .actions.years import NewLine
from .forms import AppropriationForm, LineForm, OverviewFilter, YearForm
from .models import BudgetLine, Transfer


class SeesBudget(LoginRequiredMixin, UserPassesTestMixin):
    """Officers of bureaus and those who oversee money; others who are signed in get 403."""

    def test_func(self) -> bool:
        return policies.may_see_budget(self.request.user)


class BudgetPage(SeesBudget):
    """The year and bureau that the address names, within what the person may see."""

    @cached_property
    def lines(self):
        return BudgetLine.objects.visible_to(self.request.user)

    @cached_property
    def years(self) -> list[int]:
        return sorted(set(self.lines.order_by().values_list("year", flat=True)) | {clock.today().year}, reverse=True)

    @cached_property
    def filter(self) -> OverviewFilter:
        bureaus = Organisation.objects.filter(pk__in=self.lines.order_by().values("bureau")).order_by("name")
        data = self.request.GET.copy()
        data.setdefault("year", str(clock.today().year))
        return OverviewFilter(data, years=self.years, bureaus=bureaus)

    @cached_property
    def chosen(self) -> tuple[int, Organisation | None]:
        if not self.filter.is_valid():
            return clock.today().year, None
        return self.filter.cleaned_data["year"], self.filter.cleaned_data.get("bureau")

    def funds(self) -> list[queries.FundTotal]:
        year, bureau = self.chosen
        lines = self.lines.of_year(year)
        return queries.budget(lines.filter(bureau=bureau) if bureau else lines)


class Overview(BudgetPage, TemplateView):
    template_name = "ledger/overview.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        funds, (year, _bureau) = self.funds(), self.chosen
        organisation = self.request.organisation
        may_budget = (
            bool(organisation)
            and organisation.kind == Organisation.Kind.BUREAU
            and policies.may_budget(self.request.user, organisation)
        )
        return super().get_context_data(**kwargs) | {
            "funds": funds,
            "year": year,
            "filter": self.filter,
            "several_bureaus": len({line.bureau_id for fund in funds for line in fund.lines}) > 1,
            "total": {
                name: sum(getattr(fund, name) for fund in funds)
                for name in ("appropriated", "committed", "spent", "available")
            },
            "may_budget": may_budget,
            "next_year": max(self.years) + 1,
        }


class OverviewExport(BudgetPage, View):
    def get(self, request, format: str) -> HttpResponseBase:
        columns = [
            Column(_("Fund"), "fund.name"),
            Column(_("Bureau"), "bureau"),
            Column(_("Fiscal year"), "year", "number"),
            Column(_("Line code"), "code"),
            Column(_("Budget line"), "name"),
            Column(pgettext("budget", "Appropriated"), "appropriated", "money"),
            Column(pgettext("budget", "Committed"), "committed", "money"),
            Column(pgettext("budget", "Spent"), "spent", "money"),
            Column(pgettext("budget", "Available"), "available", "money"),
        ]
        lines = [line for fund in self.funds() for line in fund.lines]
        return _file(lines, columns, format, _("Budget %(year)s") % {"year": self.chosen[0]})


def _file(rows, columns: list[Column], format: str, filename: str) -> HttpResponseBase:
    if format not in FORMATS:
        raise Http404
    return export_rows(rows, columns, format=format, filename=filename)


class OneLine(SeesBudget):
    """The line in the address, if this person may see it."""

    @cached_property
    def line(self) -> BudgetLine:
        lines = BudgetLine.objects.visible_to(self.request.user).select_related("fund", "bureau", "carried_into")
        return get_object_or_404(lines, pk=self.kwargs["pk"])


class Statement(OneLine, ListView):
    template_name = "ledger/line.html"
    paginate_by = 25
    context_object_name = "transfers"

    def get_queryset(self):
        return queries.line_statement(self.line).order_by("-posted_at", "-id")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        may_budget = policies.may_budget(self.request.user, self.line.bureau)
        return super().get_context_data(**kwargs) | {
            "line": self.line,
            "may_budget": may_budget and not self.line.closed_at,
            "breadcrumbs": [(_("Budget"), reverse("ledger:overview")), (self.line.name, None)],
        }


class StatementExport(OneLine, View):
    def get(self, request, pk, format: str) -> HttpResponseBase:
        columns = [
            Column(_("Posted at"), "posted_at", "moment"),
            Column(_("Kind of transfer"), "get_code_display"),
            Column(_("Reference"), "reference"),
            Column(_("Taken from"), "debit.words"),
            Column(_("Moved to"), "credit.words"),
            Column(_("Amount"), "amount", "money"),
            Column(_("Available after it"), "left", "money"),
            Column(_("Posted by"), "by.name"),
        ]
        return _file(queries.line_statement(self.line), columns, format, str(self.line))


class LineAction(ActionPage):
    """A verb on one line, by who may budget it."""

    form_class = AppropriationForm

    @cached_property
    def line(self) -> BudgetLine:
        lines = BudgetLine.objects.visible_to(self.request.user).select_related("fund", "bureau")
        return get_object_or_404(lines, pk=self.kwargs["pk"])

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated and not policies.may_budget(request.user, self.line.bureau):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @property
    def key(self) -> str:
        """Sent with the form: a form sent twice, even past the page's own guard, posts once."""
        return f"page/{self.request.POST.get('submission_key', '')}/{self.line.pk}"

    def get_success_url(self) -> str:
        return self.line.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "intro": str(self.line),
            "back_url": self.line.get_absolute_url(),
            "breadcrumbs": [
                (_("Budget"), reverse("ledger:overview")),
                (self.line.name, self.line.get_absolute_url()),
                (self.get_title(), None),
            ],
        }


class Appropriate(LineAction):
    title = gettext_lazy("Add an appropriation")
    submit_label = gettext_lazy("Appropriate")
    done_message = gettext_lazy("The line has been appropriated.")

    def perform(self, form) -> Transfer:
        return actions.appropriate(self.line, key=self.key, by=self.request.user, **form.cleaned_data)


class Withdraw(LineAction):
    title = gettext_lazy("Withdraw an appropriation")
    submit_label = pgettext_lazy("budget", "Withdraw")
    danger = True
    done_message = gettext_lazy("The appropriation has been withdrawn.")

    def perform(self, form) -> Transfer:
        return actions.withdraw_appropriation(self.line, key=self.key, by=self.request.user, **form.cleaned_data)


class BureauAction(ActionPage):
    """A verb on the budget of the bureau for which the person acts."""

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated and not (
            request.organisation and policies.may_budget(request.user, request.organisation)
        ):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "back_url": reverse("ledger:overview"),
            "breadcrumbs": [(_("Budget"), reverse("ledger:overview")), (self.get_title(), None)],
        }


class OpenLine(BureauAction):
    title = gettext_lazy("Open a budget line")
    submit_label = gettext_lazy("Open the line")
    form_class = LineForm

    def get_initial(self) -> dict[str, Any]:
        return {"year": clock.today().year}

    def perform(self, form) -> BudgetLine:
        return actions.open_budget_line(bureau=self.request.organisation, by=self.request.user, **form.cleaned_data)

    def get_success_url(self) -> str:
        return self.object.get_absolute_url()


class OpenYear(BureauAction):
    template_name = "ledger/open_year.html"
    submit_label = gettext_lazy("Open the year")
    done_message = gettext_lazy("The year is open; last year's commitments have been carried over.")
    form_class = YearForm

    @cached_property
    def old_lines(self) -> list[BudgetLine]:
        year = self.kwargs["year"]
        earlier = BudgetLine.objects.filter(bureau=self.request.organisation, year__lt=year, closed_at=None)
        return list(earlier.select_related("fund").order_by("fund__code", "code"))

    def dispatch(self, request, *args, **kwargs):
        if not 2000 <= kwargs["year"] <= 2100:
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def get_title(self) -> str:
        return _("Open the budget of %(year)s") % {"year": self.kwargs["year"]}

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"lines": self.old_lines}

    def perform(self, form) -> Any:
        actions.open_year(
            self.request.organisation,
            self.kwargs["year"],
            [NewLine(line.fund, line.code, line.name, amount, line.name_en) for line, amount in form.amounts().items()],
            reference=form.cleaned_data["reference"],
            by=self.request.user,
        )
        return None

    def get_success_url(self) -> str:
        return f"{reverse('ledger:overview')}?year={self.kwargs['year']}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "old_lines": self.old_lines,
            "year": self.kwargs["year"],
            "committed": sum(line.committed for line in self.old_lines),
            "lapsing": sum(line.available for line in self.old_lines),
        }


class Trail(LoginRequiredMixin, ListView):
    """One thing's money as one line, from budget to bank: every transfer under a reference."""

    template_name = "ledger/trail.html"
    paginate_by = 25
    context_object_name = "transfers"

    def get_queryset(self):
        self.reference = self.request.GET.get("reference", "")[:120].replace("\x00", "")
        mine = Transfer.objects.visible_to(self.request.user).values("pk")
        transfers = queries.trail(self.reference).filter(pk__in=mine)
        if not transfers.exists():
            raise Http404
        return transfers

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        crumbs = [(_("Budget"), reverse("ledger:overview"))] if policies.may_see_budget(self.request.user) else []
        return super().get_context_data(**kwargs) | {
            "reference": self.reference,
            "source_url": references.url_of(self.reference),
            "breadcrumbs": [*crumbs, (self.reference, None)],
        }
