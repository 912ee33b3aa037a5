"""The plan of a bureau, and the intentions that everyone reads."""

from typing import Any

from django import forms
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.generic import TemplateView

from marketplace.pages import clock
from marketplace.pages.exports import Column
from marketplace.pages.lists import ListPage
from marketplace.pages.views import ActionPage

from .. import policies
from ..actions import add_plan_line, change_plan_line, publish_intention
from ..forms.planning import PlanLineForm
from ..models import Intention, PlanLine, Tender
from ..queries.planning import earliest_tender, left_of, planned, published_intentions, social_share, tenders_of
from .base import desk_crumbs


class WordsFilter(forms.Form):
    q = forms.CharField(label=gettext_lazy("Words in the title"), required=False, max_length=80)


class IntentionList(ListPage):
    """What the bureaus mean to buy: suppliers prepare, residents see it coming."""

    title = gettext_lazy("Procurement intentions")
    intro = gettext_lazy(
        "What the bureaus mean to buy in the coming months. An intention is no tender yet: nothing can be handed in."
    )
    template_name = "tenders/intentions.html"
    filter_form = WordsFilter
    export_columns = (
        Column(gettext_lazy("Number"), "number"),
        Column(gettext_lazy("Title"), "title"),
        Column(gettext_lazy("Buyer"), "bureau"),
        Column(gettext_lazy("Kind of service"), lambda i: str(i.plan_line.category)),
        Column(gettext_lazy("Planned amount"), "amount", kind="money"),
        Column(gettext_lazy("Planned start"), lambda i: f"{i.planned_for:%Y-%m}"),
        Column(pgettext_lazy("notice", "Published"), "published_at", kind="day"),
    )
    empty_title = gettext_lazy("No intention has been published yet")
    empty_text = gettext_lazy("A bureau publishes what it means to buy at least thirty days before the tender.")

    def get_rows(self) -> QuerySet[Intention]:
        return published_intentions()

    def filter(self, rows: QuerySet[Intention], cleaned: dict[str, Any]) -> QuerySet[Intention]:
        return rows.filter(title__icontains=cleaned["q"]) if cleaned.get("q") else rows


class IntentionPage(TemplateView):
    template_name = "tenders/intention.html"

    def get_context_data(self, number: str, **kwargs: Any) -> dict[str, Any]:
        rows = published_intentions().select_related("plan_line__budget_line__fund")
        intention = get_object_or_404(rows, number=number)
        return super().get_context_data(**kwargs) | {
            "intention": intention,
            "earliest": earliest_tender(intention),
            "why_url": reverse("rules:why", args=["tender.intention_period"]),
            "tenders": [tender for tender in tenders_of(intention.plan_line) if tender.is_public],
            "breadcrumbs": [(_("Procurement intentions"), reverse("tenders:intentions")), (intention.number, None)],
        }


class PlanList(LoginRequiredMixin, ListPage):
    """Every line of the bureau's plan."""

    title = gettext_lazy("Procurement plan")
    intro = gettext_lazy("Plan within the budget first; publish the intention; thirty days later the tender may begin.")
    template_name = "tenders/plan.html"
    columns = (
        Column(gettext_lazy("Title"), "title", link=lambda line: line.get_absolute_url()),
        Column(gettext_lazy("Budget line"), lambda line: f"{line.budget_line.year} {line.budget_line.name}"),
        Column(gettext_lazy("Kind of service"), lambda line: str(line.category)),
        Column(gettext_lazy("Planned amount"), "amount", kind="money"),
        Column(gettext_lazy("Planned start"), lambda line: f"{line.planned_for:%Y-%m}"),
        Column(gettext_lazy("Intention"), lambda line: line.intention.number if hasattr(line, "intention") else ""),
        Column(gettext_lazy("Tenders"), "tender_count", kind="number"),
    )
    empty_title = gettext_lazy("Nothing planned yet")
    empty_text = gettext_lazy("Begin with the purchase that comes first: its intention must stand for thirty days.")

    def get_rows(self) -> QuerySet[PlanLine]:
        return planned(PlanLine.objects.visible_to(self.request.user))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        bureau = self.request.organisation or None
        may_plan = policies.may_draft(self.request.user, bureau)
        context = super().get_context_data(**kwargs)
        if may_plan:
            context |= {
                "empty_action_url": reverse("tenders:new_plan_line"),
                "empty_action_label": _("Plan a purchase"),
                "share": social_share(bureau, clock.today().year),
            }
        return context | {"may_plan": may_plan, "breadcrumbs": desk_crumbs(None, (str(self.title), None))}


class NewPlanLine(ActionPage):
    title = gettext_lazy("Plan a purchase")
    form_class = PlanLineForm
    submit_label = pgettext_lazy("plan", "Save")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not policies.may_draft(request.user, request.organisation or None):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"bureau": self.request.organisation}

    def perform(self, form: forms.Form) -> PlanLine:
        return add_plan_line(self.request.organisation, by=self.request.user, **form.cleaned_data)

    def get_success_url(self) -> str:
        return self.object.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "back_url": reverse("tenders:plan"),
            "breadcrumbs": desk_crumbs(None, (_("Procurement plan"), reverse("tenders:plan")), (str(self.title), None)),
        }


class PlanLinePage(LoginRequiredMixin, TemplateView):
    template_name = "tenders/plan_line.html"

    def get_context_data(self, pk: str, **kwargs: Any) -> dict[str, Any]:
        line = get_object_or_404(planned(PlanLine.objects.visible_to(self.request.user)), pk=pk)
        tenders = tenders_of(line)
        return super().get_context_data(**kwargs) | {
            "line": line,
            "tenders": tenders,
            "left": left_of(line, tenders),
            "draft": next((tender for tender in tenders if tender.state == Tender.State.DRAFT), None),
            "may_change": policies.may_draft(self.request.user, line.bureau),
            "earliest": earliest_tender(line.intention) if hasattr(line, "intention") else None,
            "breadcrumbs": desk_crumbs(None, (_("Procurement plan"), reverse("tenders:plan")), (line.title, None)),
        }


class PlanLineVerb(ActionPage):
    """A page that does something to one line of the bureau's own plan."""

    line: PlanLine

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            self.line = get_object_or_404(
                PlanLine.objects.visible_to(request.user).select_related("bureau", "budget_line"), pk=kwargs["pk"]
            )
            if not policies.may_draft(request.user, self.line.bureau):
                raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_success_url(self) -> str:
        return self.line.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        url = self.line.get_absolute_url()
        return super().get_context_data(**kwargs) | {
            "line": self.line,
            "back_url": url,
            "breadcrumbs": desk_crumbs(None, (self.line.title, url), (str(self.title), None)),
        }


class ChangePlanLine(PlanLineVerb):
    title = gettext_lazy("Change the plan")
    form_class = PlanLineForm
    submit_label = pgettext_lazy("plan", "Save")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"bureau": self.line.bureau, "instance": self.line}

    def get_initial(self) -> dict[str, Any]:
        return {"planned_for": self.line.planned_for.isoformat()}

    def perform(self, form: forms.Form) -> PlanLine:
        return change_plan_line(self.line, by=self.request.user, **form.cleaned_data)


class PublishIntention(PlanLineVerb):
    title = gettext_lazy("Publish the intention")
    intro = gettext_lazy("Everyone will read it as it stands here. It can't be taken back, but the tender may differ.")
    template_name = "tenders/publish_intention.html"
    submit_label = gettext_lazy("Publish the intention")
    done_message = gettext_lazy("Published. The tender may begin when it has stood for its days.")

    def perform(self, form: forms.Form) -> Intention:
        return publish_intention(self.line, by=self.request.user)
