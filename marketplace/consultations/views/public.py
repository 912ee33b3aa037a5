"""What anyone sees: what is asked now, the page to answer, the page a paper sheet leads to, the results."""

import datetime
from typing import Any

from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.generic import FormView, TemplateView, View

from marketplace.pages import clock
from marketplace.pages.exports import Column, export_rows
from marketplace.pages.lists import ListPage
from marketplace.pages.views import refuse

from ..actions import answer_by_sheet, answer_openly, answer_signed_in, find_sheet
from ..forms import AnswerForm, SheetNumberForm
from ..models import Consultation, Sheet
from ..queries import published_consultations, table_rows, who_may_be_spoken_for
from ..results import results_of

SALT = "consultations.page"
LONGEST_VISIT = datetime.timedelta(days=2)


def new_token() -> str:
    """Which page this is and when it was opened, by the database's clock, signed."""
    return signing.dumps([get_random_string(24), clock.now().isoformat()], salt=SALT)


def read_token(token: str) -> tuple[str, datetime.datetime]:
    """(page, moment). Raises ValidationError `token` when it is not ours or older than two days."""
    try:
        page, opened = signing.loads(token, salt=SALT)
        opened_at = datetime.datetime.fromisoformat(opened)
    except (signing.BadSignature, ValueError, TypeError):
        opened_at = None
    if opened_at is None or clock.now() - opened_at > LONGEST_VISIT:
        raise ValidationError(_("This page is too old. Please open it again."), code="token")
    return page, opened_at


class ConsultationList(ListPage):
    """Where residents are asked now, and what came of it before."""

    title = gettext_lazy("Have your say")
    intro = gettext_lazy(
        "Before they decide, the bureaus ask the people it is for. Read what was said and what was done."
    )
    template_name = "consultations/list.html"
    empty_title = gettext_lazy("Nothing is being asked at present")
    empty_text = gettext_lazy("When a bureau asks, it stands here.")

    def get_rows(self) -> QuerySet[Consultation]:
        return published_consultations()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"now": clock.now()}


class Answering(FormView):
    """A page with the questions: no cookie, no account needed; the page itself carries a signed time."""

    template_name = "consultations/page.html"
    form_class = AnswerForm
    consultation: Consultation
    sheet: Sheet | None = None

    def get_initial(self) -> dict[str, Any]:
        return {"token": new_token()}

    def get_form_kwargs(self) -> dict[str, Any]:
        user = self.request.user
        residents = who_may_be_spoken_for(user) if self.sheet is None else []
        for resident in residents:
            resident.is_own = resident.user_id == user.pk
        return super().get_form_kwargs() | {
            "consultation": self.consultation,
            "residents": residents,
            "asks_place": self.sheet is None and not residents,
        }

    def form_valid(self, form: AnswerForm) -> HttpResponse:
        thanks = HttpResponseRedirect(reverse("consultations:thanks", args=[self.consultation.number]))
        if form.is_machine():
            return thanks  # it learns nothing from us
        try:
            token, opened_at = read_token(form.cleaned_data["token"])
            self.answer(form, token, opened_at)
        except ValidationError as refusal:
            refuse(form, refusal)
            return self.form_invalid(form)
        return thanks

    def answer(self, form: AnswerForm, token: str, opened_at: datetime.datetime) -> None:
        raise NotImplementedError

    def form_invalid(self, form: AnswerForm) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        consultation, now = self.consultation, clock.now()
        context = super().get_context_data(**kwargs) | {
            "consultation": consultation,
            "takes_answers": consultation.takes_answers_at(now),
            "not_begun": consultation.state == Consultation.State.OPEN and now < consultation.starts_at,
            "sheet": self.sheet,
            "breadcrumbs": [(_("Have your say"), reverse("consultations:list")), (consultation.local_title, None)],
        }
        if consultation.has_results:
            context |= {
                "results": results_of(consultation, for_public=True),
                "outcomes": consultation.outcomes.all(),
            }
        return context


class ConsultationPage(Answering):
    """Answering, and once it is closed, what was said and what was done."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        rows = Consultation.objects.public().select_related("bureau", "standard__standard")
        self.consultation = get_object_or_404(rows, number=kwargs["number"])
        return super().dispatch(request, *args, **kwargs)

    def answer(self, form: AnswerForm, token: str, opened_at: datetime.datetime) -> None:
        user, replies = self.request.user, form.replies()
        region = form.cleaned_data.get("region")
        if user.is_authenticated:
            answer_signed_in(self.consultation, replies, by=user, resident=form.resident(), region=region, token=token)
            return
        meta = self.request.META
        origin = f"{meta.get('REMOTE_ADDR', '')} {meta.get('HTTP_USER_AGENT', '')}"
        answer_openly(self.consultation, replies, region=region, origin=origin, token=token, opened_at=opened_at)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        registered_only = self.consultation.audience == Consultation.Audience.REGISTERED
        return super().get_context_data(**kwargs) | {
            "needs_sign_in": registered_only and not self.request.user.is_authenticated,
        }


class SheetPage(Answering):
    """Where the QR code of a sheet leads: the same questions, and the sheet counts once."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            self.sheet = find_sheet(kwargs["sheet"])
        except ValidationError as refusal:
            form = SheetNumberForm({"number": kwargs["sheet"][:30]})
            form.is_valid()
            refuse(form, refusal)
            return HaveSheet.page(request, form, status=404)
        self.consultation = self.sheet.consultation
        return super().dispatch(request, *args, **kwargs)

    def answer(self, form: AnswerForm, token: str, opened_at: datetime.datetime) -> None:
        user = self.request.user
        answer_by_sheet(self.sheet, form.replies(), by=user if user.is_authenticated else None, token=token)


class HaveSheet(FormView):
    """Type the number of a sheet to answer on the screen instead of on paper."""

    template_name = "consultations/have_sheet.html"
    form_class = SheetNumberForm

    def form_valid(self, form: SheetNumberForm) -> HttpResponse:
        try:
            sheet = find_sheet(form.cleaned_data["number"])
        except ValidationError as refusal:
            refuse(form, refusal)
            return self.form_invalid(form)
        return HttpResponseRedirect(reverse("consultations:sheet", args=[sheet.number]))

    def form_invalid(self, form: SheetNumberForm) -> HttpResponse:
        return self.page(self.request, form, status=422)

    @classmethod
    def page(cls, request: HttpRequest, form: SheetNumberForm, *, status: int) -> HttpResponse:
        view = cls()
        view.setup(request)
        return view.render_to_response(view.get_context_data(form=form), status=status)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "breadcrumbs": [(_("Have your say"), reverse("consultations:list")), (_("A paper sheet"), None)],
            "action": reverse("consultations:have_sheet"),
        }


class Thanks(TemplateView):
    template_name = "consultations/thanks.html"

    def get_context_data(self, number: str, **kwargs: Any) -> dict[str, Any]:
        consultation = get_object_or_404(Consultation.objects.public(), number=number)
        return super().get_context_data(**kwargs) | {"consultation": consultation}


class ResultsFile(View):
    """The published figures as a file; small ones are hidden in it as on the page."""

    def get(self, request: HttpRequest, number: str) -> HttpResponseBase:
        consultation = get_object_or_404(Consultation.objects.with_results(), number=number)
        rows = table_rows(consultation, results_of(consultation, for_public=True))
        columns = [
            Column(_("Question"), lambda row: row[0]),
            Column(pgettext("results", "Answer"), lambda row: row[1]),
            Column(pgettext("results", "Number"), lambda row: row[2]),
        ]
        file_format = "xlsx" if request.GET.get("format") == "xlsx" else "csv"
        return export_rows(rows, columns, format=file_format, filename=consultation.number or "")
