"""The clause library in the administration: versions, articles, what may stand in braces."""

from functools import cached_property
from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin, UserPassesTestMixin
from django.forms import Form
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import DetailView, ListView

from contracts import actions, policies, wording
from contracts.figures import article_number
from contracts.forms import TemplateClauseForm, VersionForm
from contracts.models import Template, TemplateClause
from marketplace.pages.views import ActionPage


class KeeperOnly(LoginRequiredMixin, UserPassesTestMixin):
    """The operator. Others get 403."""

    raise_exception = False

    def test_func(self) -> bool:
        return policies.may_keep_library(self.request.user)

    def handle_no_permission(self) -> Any:
        self.raise_exception = self.request.user.is_authenticated
        return super().handle_no_permission()


class LibraryPage(KeeperOnly, ListView):
    template_name = "contracts/library.html"
    queryset = Template.objects.select_related("written_by").order_by("kind", "-version")
    context_object_name = "templates"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "breadcrumbs": [(_("Contracts"), reverse("contracts:desk")), (_("Clause library"), "")]
        }


class TemplatePage(KeeperOnly, DetailView):
    template_name = "contracts/template.html"
    model = Template
    context_object_name = "template"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        clauses = [(article_number(clause.position), clause) for clause in self.object.clauses.all()]
        return super().get_context_data(**kwargs) | {
            "clauses": clauses,
            "fields": wording.FIELDS.items(),
            "may_edit": self.object.state == Template.State.DRAFT,
            "breadcrumbs": [
                (_("Contracts"), reverse("contracts:desk")),
                (_("Clause library"), reverse("contracts:library")),
                (str(self.object), ""),
            ],
        }


class TemplateAction(KeeperOnly, ActionPage):
    @cached_property
    def template(self) -> Template:
        return get_object_or_404(Template, pk=self.kwargs["pk"])

    def get_success_url(self) -> str:
        return (self.object if isinstance(self.object, Template) else self.template).get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "back_url": self.template.get_absolute_url(),
            "breadcrumbs": [
                (_("Clause library"), reverse("contracts:library")),
                (str(self.template), self.template.get_absolute_url()),
                (self.get_title(), ""),
            ],
        }


class NewVersionPage(TemplateAction):
    form_class = VersionForm
    title = gettext_lazy("Write a new version")
    submit_label = gettext_lazy("Begin the version")

    def perform(self, form: Form) -> Template:
        return actions.write_template_version(self.template, note=form.cleaned_data["note"], by=self.request.user)


class PutInUsePage(TemplateAction):
    title = gettext_lazy("Put the version in use")
    intro = gettext_lazy("New drafts are filled from it. Drafts and contracts that stand keep their words.")
    submit_label = gettext_lazy("Put in use")

    def perform(self, form: Form) -> Template:
        return actions.put_template_in_use(self.template, by=self.request.user)


class TemplateClausePage(TemplateAction):
    form_class = TemplateClauseForm
    template_name = "contracts/template_clause.html"
    submit_label = gettext_lazy("Save")

    @cached_property
    def clause(self) -> TemplateClause:
        return get_object_or_404(
            self.template.clauses, position=self.kwargs["position"], template__state=Template.State.DRAFT
        )

    def get_title(self) -> str:
        return f"{article_number(self.clause.position)} {self.clause.heading}"

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"instance": self.clause}

    def perform(self, form: Form) -> TemplateClause:
        return actions.change_template_clause(self.clause, by=self.request.user, **form.cleaned_data)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"fields": wording.FIELDS.items()}
