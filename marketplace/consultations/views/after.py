"""After the last day: remarks are read, the figures published, the bureau says what it does."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.directory.models import StandardVersion

from ..actions import adopt_after_consultation, conclude_consultation, hold_back_remark, report_results, show_remark
from ..actions.concluding import looks_personal
from ..forms import AdoptForm, OutcomeForm, RemarkForm, ReportForm
from ..models import Consultation, Outcome, Remark
from ..queries import unread_remarks
from .asking import OfConsultation


class Remarks(OfConsultation):
    """Every remark, unread ones first; each is opened to decide on it."""

    title = gettext_lazy("Read the remarks")
    template_name = "consultations/remarks.html"
    http_method_names = ["get"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        remarks = list(unread_remarks(self.consultation))
        rows = [{"remark": one, "looks_personal": looks_personal(one.text)} for one in remarks]
        return super().get_context_data(**kwargs) | {
            "waiting": [row for row in rows if row["remark"].state == Remark.State.WAITING],
            "read": [row for row in rows if row["remark"].state != Remark.State.WAITING],
        }


class OfRemark(OfConsultation):
    """A decision on one remark."""

    remark: Remark

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            self.remark = get_object_or_404(
                Remark.objects.select_related("question"), pk=kwargs["remark"], question__consultation=kwargs["pk"]
            )
        return super().dispatch(request, *args, **kwargs)

    def get_success_url(self) -> str:
        return reverse("consultations:remarks", args=[self.consultation.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "remark": self.remark,
            "looks_personal": looks_personal(self.remark.text),
            "back_url": self.get_success_url(),
        }


class ShowRemark(OfRemark):
    title = gettext_lazy("Publish a remark")
    template_name = "consultations/remark.html"
    intro = gettext_lazy("Take out names, telephone numbers and addresses: of the writer and of anybody else.")
    submit_label = gettext_lazy("Publish it like this")
    form_class = RemarkForm

    def get_initial(self) -> dict[str, Any]:
        return {"words": self.remark.shown or self.remark.text}

    def perform(self, form: RemarkForm) -> Remark:
        return show_remark(self.remark, form.cleaned_data["words"], by=self.request.user)


class HoldBack(OfRemark):
    title = gettext_lazy("Hold the remark back?")
    intro = gettext_lazy("It stays with the bureau and is not published.")
    submit_label = gettext_lazy("Hold it back")

    def perform(self, form: forms.Form) -> Remark:
        return hold_back_remark(self.remark, by=self.request.user)


class Report(OfConsultation):
    title = gettext_lazy("Publish the results")
    intro = gettext_lazy("The figures go out with it. After this no answer is taken and no sheet typed in.")
    submit_label = gettext_lazy("Publish the results")
    done_message = gettext_lazy("Published. A tender may cite it now. Next: say what you do with it.")
    form_class = ReportForm

    def perform(self, form: ReportForm) -> Consultation:
        return report_results(self.consultation, form.cleaned_data["summary"], by=self.request.user)


class Conclude(OfConsultation):
    title = gettext_lazy("What was done with the answers?")
    submit_label = gettext_lazy("Publish it")
    done_message = gettext_lazy("Published.")
    form_class = OutcomeForm

    def perform(self, form: OutcomeForm) -> Outcome:
        cleaned = form.cleaned_data
        return conclude_consultation(
            self.consultation, cleaned["text"], text_en=cleaned["text_en"], by=self.request.user
        )


class Adopt(OfConsultation):
    title = gettext_lazy("Adopt the standard")
    submit_label = gettext_lazy("Adopt it")
    done_message = gettext_lazy("Adopted. Tenders and evaluations may cite it.")
    form_class = AdoptForm

    def get_title(self) -> Any:
        return _("Adopt the standard %(name)s") % {"name": self.consultation.standard or ""}

    def perform(self, form: AdoptForm) -> StandardVersion:
        return adopt_after_consultation(
            self.consultation, in_force_from=form.cleaned_data["in_force_from"], by=self.request.user
        )
