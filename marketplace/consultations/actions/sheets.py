"""Printing sheets and finding one again by its number."""

from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from stdnum import luhn

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import Region, User
from marketplace.rules.queries import resolve

from .. import policies, tasks
from ..documents import print_run
from ..models import Consultation, Sheet, SheetRun, tidy_sheet_number
from .locking import locked


@transaction.atomic
def print_sheets(
    consultation: Consultation, region: Region, count: int, *, by: User, language: str = "zh-hans"
) -> SheetRun:
    """Print sheets for one place, each with a number and a QR code of its own. The numbers are there at once, the PDF
    is made while nobody waits.

    Raises ValidationError `not_published`, `closed`, `region`, `count`.
    """
    consultation = locked(consultation)
    authorise(policies.may_print, by, consultation)
    if consultation.state == Consultation.State.DRAFT:
        raise ValidationError(
            _("Publish it first: the questions on paper must stay as they are."), code="not_published"
        )
    if consultation.has_results or clock.now() >= consultation.closes_at:
        raise ValidationError(_("This consultation is closed: a new sheet would never count."), code="closed")
    if not any(region.code.startswith(asked.prefix) for asked in consultation.regions.all()):
        raise ValidationError({"region": ValidationError(_("Choose one of the places that are asked."), code="region")})
    most = int(resolve("consultation.sheets_a_run").value)
    if not 1 <= count <= most:
        raise ValidationError(
            {
                "count": ValidationError(
                    _("One to %(most)s sheets at a time; print again for more."), code="count", params={"most": most}
                )
            }
        )
    run = SheetRun.objects.create(
        consultation=consultation, region=region, count=count, printed_by=by, printed_at=clock.now()
    )
    last = consultation.sheets.aggregate(last=Max("serial"))["last"] or 0
    Sheet.objects.bulk_create(
        Sheet(consultation=consultation, run=run, region=region, serial=serial)
        for serial in range(last + 1, last + 1 + count)
    )
    record(
        "consultation.sheets_printed", consultation, by=by, organisation=consultation.bureau,
        first=last + 1, last=last + count, place=region.code,
    )  # fmt: skip
    transaction.on_commit(partial(tasks.print_run_file.enqueue, str(run.pk), language))
    return run


@transaction.atomic
def make_run_file(run: SheetRun, *, language: str) -> SheetRun:
    """The PDF of a run, once, however often it is asked for."""
    run = SheetRun.objects.select_for_update(of=("self",)).select_related("printed_by").get(pk=run.pk)
    if run.paper_id is None:
        run.paper = print_run(run, list(run.sheets.all()), language=language, by=run.printed_by)
        run.save(update_fields=["paper"])
    return run


def find_sheet(number: str) -> Sheet:
    """The sheet of a typed number. Raises ValidationError on `number`: `sheet_number`, `unknown_sheet`."""
    digits = tidy_sheet_number(number)
    if len(digits) != 12 or not luhn.is_valid(digits):
        raise ValidationError(
            {
                "number": ValidationError(
                    _("This is not a sheet's number: twelve digits, top right on the sheet. Compare them once more."),
                    code="sheet_number",
                )
            }
        )
    sheet = Sheet.objects.select_related("consultation__bureau", "region").filter(number=digits).first()
    if sheet is None:
        raise ValidationError(
            {
                "number": ValidationError(
                    _("No sheet with this number was ever printed. Compare the digits with the paper."),
                    code="unknown_sheet",
                )
            }
        )
    return sheet
