"""A file on its way into the register: sent, read while one does something else, looked at, decided on."""

from typing import Any

from django.forms import Form
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.pages.exports import Column
from marketplace.pages.lists import ListPage
from marketplace.pages.views import ActionPage
from marketplace.residents import actions, queries
from marketplace.residents.forms import ImportForm, MatchForm
from marketplace.residents.models import RegisterImport

from .base import AtDesk, LoginRequiredMixin

MOVING = (RegisterImport.State.READING, RegisterImport.State.APPLYING)
TONES = {"reading": "active", "previewed": "warn", "applying": "active", "applied": "good", "failed": "bad"}


class Imports(LoginRequiredMixin, AtDesk, ListPage):
    template_name = "residents/imports.html"
    title = _("Files of the register")
    intro = _("Each file is read in the background: leave the page and come back when you like.")
    columns = (
        Column(_("Sent"), "created_at", "moment"),
        Column(_("File"), "file_name", link=lambda row: reverse("residents:import", args=[row.pk])),
        Column(_("Kind of file"), "get_kind_display"),
        Column(_("By"), "by.name"),
        Column(_("State"), "get_state_display"),
    )
    empty_title = _("No file has been brought in yet")
    empty_text = _("Bring in the civil-affairs register, or the monthly match for deaths and moves.")

    def get_rows(self):
        return RegisterImport.objects.filter(bureau=self.bureau).select_related("by")


class SendFile(AtDesk, ActionPage):
    form_class: type[Form] = ImportForm
    title = _("Bring in the register by file")
    intro = _("XLSX or CSV; the first line names the columns: 姓名, 身份证号, 居住地 and more. You see it all first.")
    submit_label = _("Look at what it would do")
    kind = RegisterImport.Kind.REGISTER

    def perform(self, form: ImportForm) -> RegisterImport:
        file = form.cleaned_data["file"]
        return actions.receive_import(
            self.bureau,
            file.read(),
            file.name,
            is_complete=form.cleaned_data.get("is_complete", False),
            kind=self.kind,
            by=self.request.user,
        )

    def get_success_url(self) -> str:
        return reverse("residents:import", args=[self.object.pk])


class SendMatch(SendFile):
    """Deaths and moves of the month: whoever is named is suspended at once."""

    form_class = MatchForm
    title = _("Monthly match for deaths and moves")
    intro = _(
        "XLSX or CSV with the columns 身份证号 and 状态 (死亡 or 迁出). Whoever is named is suspended at once: their "
        "vouchers stop. You then confirm each one, or reinstate who was named wrongly."
    )
    submit_label = _("Send it and suspend")
    kind = RegisterImport.Kind.MATCH


class Import(AtDesk, ActionPage):
    """How far it is, what the file would do, and the decision."""

    template_name = "residents/import.html"

    @property
    def register_import(self) -> RegisterImport:
        return get_object_or_404(
            RegisterImport.objects.filter(bureau=self.bureau).select_related("by", "decided_by"), pk=self.kwargs["pk"]
        )

    def get_title(self) -> Any:
        one = self.register_import
        return {
            RegisterImport.State.APPLIED: _("What the file did"),
            RegisterImport.State.READING: _("The file is being read"),
            RegisterImport.State.APPLYING: _("The file is being brought in"),
        }.get(one.state, _("What the file would do"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        one = self.register_import
        counts = one.report.get("counts", {})
        is_open = one.state == RegisterImport.State.PREVIEWED
        return super().get_context_data(**kwargs) | {
            "import": one,
            "tone": TONES.get(one.state, "quiet"),
            "is_moving": one.state in MOVING,
            "is_reading": one.state == RegisterImport.State.READING,
            "percent": min(one.done * 100 // one.total, 100) if one.total else 0,
            "counts": counts,
            "sections": queries.previewed(one) if counts else [],
            "rejected": queries.rejected_in_words(one),
            "may_apply": is_open and not counts.get("rejected"),
            "is_open": is_open,
            "is_register": one.kind == RegisterImport.Kind.REGISTER,
        }

    def perform(self, form: Form) -> RegisterImport:
        for name, verb in (("apply", actions.begin_import), ("reread", actions.reread_import)):
            if name in self.request.POST:
                return verb(self.register_import, by=self.request.user)
        return actions.discard_import(self.register_import, by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("residents:import", args=[self.kwargs["pk"]])
