"""Frameworks as anyone reads them, the table in which a bureau writes one, and why a computed leaf is what it is."""

from functools import cached_property
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import DetailView

from evaluations import actions, policies, queries, treerows
from evaluations.frameworkforms import DraftForm, typed_rows
from evaluations.models import Engagement, Framework, FrameworkDraft, Measurement
from evaluations.scoring import result_lines
from marketplace.pages.lists import ListPage
from marketplace.pages.views import ActionPage

BLANK_ROWS = 3


class FrameworkList(ListPage):
    """Every framework, with the drafts of one's bureau above."""

    template_name = "evaluations/frameworks.html"
    title = gettext_lazy("Frameworks of indicators")
    intro = gettext_lazy(
        "By what services and organisations are judged. What was used is never changed: a change is a new version."
    )

    def get_rows(self) -> QuerySet[Framework]:
        return Framework.objects.order_by("kind", "code", "-version")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user, organisation = self.request.user, getattr(self.request, "organisation", None)
        may_write = user.is_authenticated and bool(organisation) and policies.may_write_framework(user, organisation)
        return super().get_context_data(**kwargs) | {
            "may_write": may_write,
            "drafts": FrameworkDraft.objects.visible_to(user).filter(adopted=None) if may_write else [],
        }


class FrameworkPage(DetailView):
    """One version: the tree with weights, scales and evidence."""

    template_name = "evaluations/framework.html"
    context_object_name = "framework"

    def get_object(self, queryset: Any = None) -> Framework:
        return get_object_or_404(Framework, code=self.kwargs["code"], version=self.kwargs["version"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user, organisation = self.request.user, getattr(self.request, "organisation", None)
        lines, _total = result_lines(list(self.object.indicators.all()), {})
        return super().get_context_data(**kwargs) | {
            "lines": lines,
            "may_write": user.is_authenticated
            and bool(organisation)
            and policies.may_write_framework(user, organisation),
        }


class StartDraftPage(ActionPage):
    title = gettext_lazy("Write a framework")
    intro = gettext_lazy("A table opens that you can leave and come back to. It is adopted when its leaves weigh 100.")
    submit_label = gettext_lazy("Open the table")

    @cached_property
    def base(self) -> Framework | None:
        code, version = self.request.GET.get("code"), self.request.GET.get("version", "")
        return get_object_or_404(Framework, code=code, version=version) if code and version.isdigit() else None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        organisation = getattr(request, "organisation", None)
        if request.user.is_authenticated and not (
            organisation and policies.may_write_framework(request.user, organisation)
        ):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def perform(self, form: Form) -> FrameworkDraft:
        return actions.start_draft(self.request.organisation, base=self.base, by=self.request.user)

    def get_success_url(self) -> str:
        return self.object.get_absolute_url()


class DraftPage(ActionPage):
    """The table. "Keep" keeps whatever is typed; "Adopt" makes a version, or says what is wrong and loses nothing."""

    template_name = "evaluations/framework_draft.html"
    form_class = DraftForm
    title = gettext_lazy("Write a framework")

    @cached_property
    def draft(self) -> FrameworkDraft:
        return get_object_or_404(
            FrameworkDraft.objects.visible_to(self.request.user).select_related("bureau", "adopted"),
            pk=self.kwargs["pk"],
        )

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not policies.may_write_framework(request.user, self.draft.bureau):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.draft.adopted:
            return HttpResponseRedirect(self.draft.adopted.get_absolute_url())
        return super().get(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"draft": self.draft}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = typed_rows(self.request.POST) if self.request.method == "POST" else self.draft.rows
        blank = dict.fromkeys(treerows.CELLS, "") | {"level": "2"}
        return super().get_context_data(**kwargs) | {
            "draft": self.draft,
            "rows": [*rows, *(dict(blank) for _number in range(BLANK_ROWS))],
            "total": treerows.total_of(rows),
            "choices": DraftForm.row_choices(),
        }

    def perform(self, form: Form) -> FrameworkDraft | Framework:
        rows = typed_rows(self.request.POST)
        draft = actions.save_draft(self.draft, facts=form.cleaned_data, rows=rows, by=self.request.user)
        if "adopt" in self.request.POST:
            self.done_message = _("Adopted.")
            return actions.adopt_draft(draft, by=self.request.user)
        self.done_message = _("Kept.")
        return draft

    def get_success_url(self) -> str:
        return self.object.get_absolute_url()


class ComputedPage(DetailView):
    """Why a leaf that the system counts is what it is: the value, from when to when, from what, and how it becomes
    points. For the parties once the sheets are locked; for anyone once it is published."""

    template_name = "evaluations/computed.html"
    context_object_name = "measurement"

    def get_object(self, queryset: Any = None) -> Measurement:
        engagements = Engagement.objects.visible_to(self.request.user).filter(state__in=Engagement.LOCKED_STATES)
        engagement = get_object_or_404(engagements.select_related(*queries.SIDES), pk=self.kwargs["pk"])
        return get_object_or_404(
            engagement.measurements.select_related("indicator", "engagement__contract"),
            indicator__code=self.kwargs["code"],
        )
