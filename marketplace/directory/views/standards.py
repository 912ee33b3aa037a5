"""Standards of service: the public's pages, and where a bureau writes them."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.generic import TemplateView, View

from marketplace.directory import actions, policies
from marketplace.directory.differences import compare
from marketplace.directory.documents import printed_standard
from marketplace.directory.forms import StandardForm, VersionForm
from marketplace.directory.models import Standard, StandardVersion
from marketplace.pages import clock
from marketplace.pages.exports import Column
from marketplace.pages.forms import ShortReasonForm
from marketplace.pages.language import in_english
from marketplace.pages.lists import ListPage
from marketplace.pages.views import ActionPage

TONES = {"draft": "quiet", "comment": "active", "adopted": "good", "superseded": "quiet", "dropped": "quiet"}
State = StandardVersion.State


def public_standards() -> QuerySet[Standard]:
    """Standards of which the public may read something, with those versions, newest first. Two statements."""
    versions = StandardVersion.objects.public().order_by("-version")
    shown = StandardVersion.objects.public().values("standard")
    return (
        Standard.objects.filter(pk__in=shown)
        .select_related("bureau", "category")
        .prefetch_related(Prefetch("versions", versions, to_attr="shown"))
    )


class Standards(ListPage):
    """Every standard, with what holds and what is up for comment."""

    template_name = "directory/standards.html"
    title = gettext_lazy("Standards of service")
    intro = gettext_lazy(
        "What good care is, put up for comment before it holds. Tenders and evaluations cite these by version."
    )
    empty_title = gettext_lazy("No standard has been published yet")
    export_columns = (
        Column(pgettext_lazy("standard", "Code"), "code"),
        Column(gettext_lazy("Name"), "name"),
        Column(gettext_lazy("Bureau"), "bureau"),
        Column(gettext_lazy("State"), lambda one: one.shown[0].get_state_display()),
        Column(gettext_lazy("Version"), lambda one: one.shown[0].version, "number"),
        Column(gettext_lazy("In force from"), lambda one: one.shown[0].in_force_from, "day"),
    )

    def get_rows(self) -> QuerySet[Standard]:
        return public_standards()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        rows = [
            {
                "standard": standard,
                "versions": [(one, TONES[one.state]) for one in standard.shown if one.state != State.SUPERSEDED],
            }
            for standard in context["object_list"]
        ]
        return context | {"standards": rows, "can_export": True}


class OneVersion(TemplateView):
    """A version of a standard; without a number the one in force, else the newest that is public."""

    template_name = "directory/standard.html"

    def get_context_data(self, code: str, version: int | None = None, **kwargs: Any) -> dict[str, Any]:
        standard = get_object_or_404(Standard.objects.select_related("bureau", "category"), code=code)
        versions = list(
            StandardVersion.objects.visible_to(self.request.user)
            .filter(standard=standard)
            .select_related("standard", "adopted_by")
            .order_by("-version")
        )
        chosen = self._chosen(versions, version)
        others = [one for one in versions if one.version != chosen.version]
        return super().get_context_data(**kwargs) | {
            "standard": standard,
            "version": chosen,
            "tone": TONES[chosen.state],
            "versions": [(one, TONES[one.state]) for one in versions],
            "earlier": next((one for one in others if one.version < chosen.version), None),
            "takes_comments": chosen.takes_comments_at(clock.now()),
            "is_public": chosen.state not in (State.DRAFT, State.DROPPED),
            "may_keep": policies.may_keep_standards(self.request.user, standard.bureau),
            "in_the_making": any(one.state in (State.DRAFT, State.COMMENT) for one in versions),
            "breadcrumbs": [(_("Standards of service"), reverse("directory:standards")), (standard.code, None)],
        }

    @staticmethod
    def _chosen(versions: list[StandardVersion], number: int | None) -> StandardVersion:
        if number is not None:
            wanted = [one for one in versions if one.version == number]
        else:
            wanted = [one for one in versions if one.state == State.ADOPTED] or versions
        if not wanted:
            raise Http404
        return wanted[0]


class Compare(TemplateView):
    """Two versions side by side: what came, what went, which words changed."""

    template_name = "directory/standard_compare.html"

    def get_context_data(self, code: str, first: int, second: int, **kwargs: Any) -> dict[str, Any]:
        rows = StandardVersion.objects.visible_to(self.request.user).select_related("standard")
        before = get_object_or_404(rows, standard__code=code, version=min(first, second))
        after = get_object_or_404(rows, standard__code=code, version=max(first, second))
        return super().get_context_data(**kwargs) | {
            "standard": after.standard,
            "before": before,
            "after": after,
            "changes": compare(before.clauses, after.clauses),
            "breadcrumbs": [
                (_("Standards of service"), reverse("directory:standards")),
                (code, after.standard.get_absolute_url()),
                (_("Differences"), None),
            ],
        }


class StandardFile(View):
    """A public version as PDF."""

    def get(self, request: HttpRequest, code: str, version: int) -> FileResponse:
        chosen = get_object_or_404(
            StandardVersion.objects.public().select_related("standard__bureau", "standard__category"),
            standard__code=code,
            version=version,
        )
        paper = printed_standard(chosen, language="en" if in_english() else "zh-hans")
        return FileResponse(paper.file.open("rb"), filename=f"{code}-{version}.pdf", content_type="application/pdf")


class OwnStandards(LoginRequiredMixin, ListPage):
    """A bureau's standards, drafts included."""

    template_name = "directory/own_standards.html"
    title = gettext_lazy("Our standards of service")
    intro = gettext_lazy("Draft, put up for comment through a consultation, adopt with a date.")
    columns = (
        Column(pgettext_lazy("standard", "Code"), "standard.code", link=lambda one: one.get_absolute_url()),
        Column(gettext_lazy("Name"), "standard.local_name"),
        Column(gettext_lazy("Version"), "version", "number"),
        Column(gettext_lazy("State"), "get_state_display"),
        Column(gettext_lazy("Comments until"), "comments_until", "moment"),
        Column(gettext_lazy("In force from"), "in_force_from", "day"),
    )
    empty_title = gettext_lazy("No standard yet")
    empty_text = gettext_lazy("Write down what good service is; then ask residents and providers about it.")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not policies.may_keep_standards(
            request.user, request.organisation or None
        ):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_rows(self) -> QuerySet[StandardVersion]:
        own = StandardVersion.objects.filter(standard__bureau=self.request.organisation)
        return own.select_related("standard").order_by("standard__code", "-version")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "empty_action_url": reverse("directory:new_standard"),
            "empty_action_label": _("Write a standard"),
            "breadcrumbs": [(_("Desk"), reverse("desk")), (str(self.title), None)],
        }


class NewStandard(ActionPage):
    title = gettext_lazy("Write a standard")
    submit_label = gettext_lazy("Save the draft")
    done_message = gettext_lazy("The draft is saved. Put it up for comment through a consultation.")
    form_class = StandardForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not policies.may_keep_standards(
            request.user, request.organisation or None
        ):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def perform(self, form: StandardForm) -> StandardVersion:
        return actions.draft_standard(self.request.organisation, by=self.request.user, **form.cleaned_data)

    def get_success_url(self) -> str:
        return self.object.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"back_url": reverse("directory:own_standards")}


class OfStandard(ActionPage):
    """About a standard of the officer's own bureau; another's is not found."""

    form_class = VersionForm

    @property
    def standard(self) -> Standard:
        standard = get_object_or_404(Standard.objects.select_related("bureau"), code=self.kwargs["code"])
        if not policies.may_keep_standards(self.request.user, standard.bureau):
            raise Http404
        return standard

    @property
    def version(self) -> StandardVersion:
        return get_object_or_404(self.standard.versions.select_related("standard"), version=self.kwargs["version"])

    def get_success_url(self) -> str:
        return self.object.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"back_url": self.standard.get_absolute_url()}


class NextVersion(OfStandard):
    title = gettext_lazy("Write the next version")
    submit_label = gettext_lazy("Save the draft")
    done_message = gettext_lazy("The draft is saved. The version in force stays so until this one is adopted.")

    def get_initial(self) -> dict[str, Any]:
        newest = self.standard.versions.order_by("-version").first()
        return {"text": newest.text, "text_en": newest.text_en} if newest else {}

    def perform(self, form: VersionForm) -> StandardVersion:
        return actions.draft_next_version(self.standard, by=self.request.user, **form.cleaned_data)


class ChangeDraft(OfStandard):
    title = gettext_lazy("Change the draft")
    submit_label = gettext_lazy("Save the draft")

    def get_initial(self) -> dict[str, Any]:
        return {"text": self.version.text, "text_en": self.version.text_en}

    def perform(self, form: VersionForm) -> StandardVersion:
        return actions.change_standard_draft(self.version, by=self.request.user, **form.cleaned_data)


class DropVersion(OfStandard):
    title = gettext_lazy("Give this version up")
    submit_label = gettext_lazy("Give it up")
    danger = True
    form_class: Any = ShortReasonForm

    def perform(self, form: ShortReasonForm) -> StandardVersion:
        return actions.drop_standard_version(self.version, reason=form.cleaned_data["reason"], by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("directory:own_standards")
