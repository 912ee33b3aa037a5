"""Sheets are printed, typed in by their number; answers of residents are written down at the desk."""

from typing import Any

from django import forms
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View

from marketplace.residents.models import Resident
from marketplace.residents.queries import find

from .. import policies
from ..actions import enter_at_desk, print_sheets, type_in_sheet
from ..forms import EnterForm, PrintForm, TypeInForm
from ..models import Answer, Consultation, SheetRun
from .asking import OfConsultation

MOST_FOUND = 10


class Print(OfConsultation):
    title = gettext_lazy("Print paper sheets")
    intro = gettext_lazy(
        "Each sheet has a number of its own and counts once, on paper or by its QR code. Don't copy sheets."
    )
    submit_label = gettext_lazy("Print")
    done_message = gettext_lazy("The sheets are being prepared: the file is in the list below in a moment.")
    form_class = PrintForm
    policy = staticmethod(policies.may_print)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"consultation": self.consultation}

    def perform(self, form: PrintForm) -> SheetRun:
        cleaned = form.cleaned_data
        return print_sheets(
            self.consultation, cleaned["region"], cleaned["count"], language=cleaned["language"], by=self.request.user
        )


class SheetsFile(LoginRequiredMixin, View):
    """The sheets of a run, to print."""

    def get(self, request: HttpRequest, pk: str, run: str) -> FileResponse:
        consultation = get_object_or_404(Consultation.objects.visible_to(request.user), pk=pk)
        if not policies.may_print(request.user, consultation):
            raise PermissionDenied
        printed = get_object_or_404(consultation.sheet_runs.exclude(paper=None).select_related("paper"), pk=run)
        return FileResponse(
            printed.paper.file.open("rb"), filename=printed.paper.file_name, content_type="application/pdf"
        )


class Asking(OfConsultation):
    """A desk's page with the questions on it."""

    template_name = "consultations/enter.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"consultation": self.consultation}


class TypeIn(Asking):
    """A sheet that came back. The next sheet's page follows at once."""

    title = gettext_lazy("Type in a paper sheet")
    submit_label = gettext_lazy("Count it, next sheet")
    done_message = gettext_lazy("Counted. The next sheet, please.")
    form_class = TypeInForm

    @staticmethod
    def policy(user: Any, consultation: Consultation) -> bool:
        return policies.may_run(user, consultation) or policies.may_enter(user, consultation)

    def perform(self, form: TypeInForm) -> Answer:
        return type_in_sheet(self.consultation, form.cleaned_data["number"], form.replies(), by=self.request.user)

    def get_success_url(self) -> str:
        return self.request.path

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"first": ["number"]}


class Enter(Asking):
    """What a resident says, written down by a community worker."""

    title = gettext_lazy("Write down a resident's answers")
    intro = gettext_lazy(
        "At the desk, on a visit, on the telephone. A resident counts once, whichever way they answered."
    )
    submit_label = gettext_lazy("Count it")
    done_message = gettext_lazy("Counted. What was said can't be looked up by name any more.")
    form_class = EnterForm
    policy = staticmethod(policies.may_enter)

    def get_form(self, form_class: Any = None) -> forms.Form:
        form = super().get_form(form_class)
        if self.request.method == "POST" and self.request.POST.get("who"):
            self.found = list(
                find(Resident.objects.visible_to(self.request.user), self.request.POST["who"]).select_related("region")[
                    : MOST_FOUND + 1
                ]
            )
            if 1 < len(self.found) <= MOST_FOUND:
                form.offer(self.found)
        return form

    def perform(self, form: EnterForm) -> Answer:
        return enter_at_desk(
            self.consultation,
            self._resident(form),
            form.replies(),
            consent=form.cleaned_data["consent"],
            by=self.request.user,
        )

    def _resident(self, form: EnterForm) -> Resident:
        if not self.found:
            refusal = _("Nobody in the register of your region fits this.")
        elif len(self.found) > MOST_FOUND:
            refusal = _("Too many residents fit this: type the ID number or the whole name.")
        elif len(self.found) == 1:
            return self.found[0]
        else:
            chosen = form.cleaned_data.get("resident")
            return next(one for one in self.found if str(one.pk) == chosen)
        raise ValidationError({"who": ValidationError(refusal, code="who")})

    def get_success_url(self) -> str:
        return self.request.path

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = kwargs.get("form")
        first = ["who", "resident", "consent"] if form is not None and "resident" in form.fields else ["who", "consent"]
        return super().get_context_data(**kwargs) | {"first": first}
