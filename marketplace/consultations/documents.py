"""The paper sheet: large type, a number, a QR code, room to tick and to write."""

from collections.abc import Sequence

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from marketplace.papers.actions import print_paper
from marketplace.papers.documents import qr_svg
from marketplace.papers.models import Paper
from marketplace.parties.models import User

from .models import Sheet, SheetRun

KIND = "consultation-sheets"


def sheet_url(sheet: Sheet) -> str:
    """Where the QR code leads: short, and without a language, it must outlive every redesign."""
    return f"{settings.BASE_URL}/c/{sheet.number}"


def print_run(run: SheetRun, sheets: Sequence[Sheet], *, language: str, by: User) -> Paper:
    """All sheets of a run as one PDF, each beginning on a page of its own."""
    consultation = run.consultation
    with translation.override(language):
        questions = [
            {
                "number": question.position,
                "text": question.local_text,
                "kind": question.kind,
                "kind_label": question.get_kind_display(),
                "options": question.local_options,
            }
            for question in consultation.questions.all()
        ]
        title = _("Consultation %(number)s: sheets %(first)s to %(last)s") % {
            "number": consultation.number,
            "first": sheets[0].serial,
            "last": sheets[-1].serial,
        }
        context = {
            "title": consultation.local_title,
            "about": consultation.local_about,
            "consultation": consultation,
            "questions": questions,
            "place": str(run.region),
            "steps": [5, 4, 3, 2, 1],
            "sheets": [{"number": one.spelled, "serial": one.serial, "qr": qr_svg(sheet_url(one))} for one in sheets],
        }
    return print_paper(
        KIND, "consultations/sheet.html", context, title=title, about=run, language=language,
        organisation=consultation.bureau, by=by,
    )  # fmt: skip
