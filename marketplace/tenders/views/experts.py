"""The library of experts: who may be drawn for what, and the history of every entry."""

from typing import Any

from django import forms
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from marketplace.pages.exports import Column
from marketplace.pages.lists import ListPage
from marketplace.pages.views import ActionPage
from marketplace.parties.models import Membership, Role, User
from marketplace.parties.policies import is_auditor

from .. import policies
from ..actions.experts import describe_expert
from ..forms.experts import ExpertFilter, ExpertForm
from ..models import Expert, ExpertChange

KEPT = Membership.objects.filter(role=Role.EXPERT, ended_at=None).select_related("organisation")


def library() -> QuerySet[User]:
    """Every expert with the entry and whose library holds it. A fixed number of statements."""
    return (
        User.objects.filter(is_active=True, memberships__role=Role.EXPERT, memberships__ended_at=None)
        .select_related("expertise__region")
        .prefetch_related("expertise__specialities", Prefetch("memberships", queryset=KEPT, to_attr="libraries"))
        .distinct()
        .order_by("name", "pk")
    )


def kinds_of(user: User) -> str:
    """Specialities in words; without any, every kind."""
    kinds = [str(kind) for kind in user.expertise.specialities.all()] if hasattr(user, "expertise") else []
    return "、".join(kinds) or pgettext("expert", "every kind of service")


def place_of(user: User) -> str:
    region = user.expertise.region if hasattr(user, "expertise") else None
    return str(region or pgettext("expert", "everywhere"))


class ExpertList(LoginRequiredMixin, ListPage):
    title = gettext_lazy("Library of experts")
    intro = gettext_lazy("Panels are drawn from here at random; a draw may ask for a speciality and for the region.")
    filter_form = ExpertFilter
    columns = (
        Column(gettext_lazy("Name"), "name", link=lambda user: reverse("tenders:expert", args=[user.pk])),
        Column(gettext_lazy("Specialities"), kinds_of),
        Column(gettext_lazy("Works in"), place_of),
        Column(gettext_lazy("Whose library"), lambda user: "、".join(str(one.organisation) for one in user.libraries)),
    )
    empty_title = gettext_lazy("No expert in the library")
    empty_text = gettext_lazy("A finance department gives people the role of procurement expert: then they stand here.")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = request.user
        if user.is_authenticated and not (is_auditor(user) or policies.may_see_experts(user)):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_rows(self) -> QuerySet[User]:
        return library()

    def filter(self, rows: QuerySet[User], cleaned: dict[str, Any]) -> QuerySet[User]:
        if words := cleaned.get("q"):
            rows = rows.filter(name__icontains=words)
        if kind := cleaned.get("speciality"):
            rows = rows.filter(Q(expertise=None) | Q(expertise__specialities=None) | Q(expertise__specialities=kind))
        return rows


class ExpertPage(ActionPage):
    """One entry: read by who draws panels, written by who keeps the library."""

    template_name = "tenders/expert.html"
    form_class = ExpertForm
    submit_label = gettext_lazy("Save the entry")
    done_message = gettext_lazy("Saved. The entry before stays in the history.")
    expert: User

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            if not (is_auditor(request.user) or policies.may_see_experts(request.user)):
                raise PermissionDenied
            self.expert = get_object_or_404(library(), pk=kwargs["pk"])
            if request.method == "POST" and not policies.may_keep_expert(request.user, self.expert):
                raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_title(self) -> str:
        return self.expert.name

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"expert": self.expert}

    def get_initial(self) -> dict[str, Any]:
        entry = Expert.objects.filter(user=self.expert).first()
        if entry is None:
            return {}
        return {"specialities": list(entry.specialities.all()), "region": entry.region_id}

    def perform(self, form: forms.Form) -> Expert:
        return describe_expert(self.expert, by=self.request.user, **form.cleaned_data)

    def get_success_url(self) -> str:
        return reverse("tenders:expert", args=[self.expert.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        changes = ExpertChange.objects.filter(expert__user=self.expert).select_related("changed_by")
        return super().get_context_data(**kwargs) | {
            "expert": self.expert,
            "kinds": kinds_of(self.expert),
            "place": place_of(self.expert),
            "may_keep": policies.may_keep_expert(self.request.user, self.expert),
            "changes": list(changes),
            "back_url": reverse("tenders:experts"),
            "breadcrumbs": [(_("Library of experts"), reverse("tenders:experts")), (self.expert.name, None)],
        }
