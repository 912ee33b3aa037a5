"""Paper sheets: each has a number of its own, leads to the page by its QR code, and counts once."""

import re
import secrets

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from stdnum import luhn

from marketplace.pages.models import Row
from marketplace.papers.models import Paper
from marketplace.parties.models import Region

from .consultation import Consultation

DIGITS = 11  # and one to check; far too many to hit one by trying


def new_sheet_number() -> str:
    """Twelve digits, the last a check digit (Luhn): digits are what a desk types from paper and a telephone has."""
    body = "".join(secrets.choice("0123456789") for _place in range(DIGITS))
    return body + luhn.calc_check_digit(body)


def tidy_sheet_number(text: str) -> str:
    """What was typed, as the digits it means: spaces, strokes and full-width figures are forgiven."""
    return re.sub(r"\D", "", text.translate(str.maketrans("０１２３４５６７８９", "0123456789")))


class SheetRun(Row):
    """Sheets printed together, for one place."""

    consultation = models.ForeignKey(Consultation, on_delete=models.PROTECT, related_name="sheet_runs")
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+", verbose_name=_("place"))
    count = models.PositiveSmallIntegerField(_("sheets"))
    paper = models.ForeignKey(Paper, null=True, on_delete=models.PROTECT, related_name="+")
    printed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    printed_at = models.DateTimeField(_("printed"))

    class Meta:
        ordering = ["-printed_at"]


class Sheet(Row):
    """One sheet. It names nobody: who holds it may answer once, by the page or on paper."""

    consultation = models.ForeignKey(Consultation, on_delete=models.PROTECT, related_name="sheets")
    run = models.ForeignKey(SheetRun, on_delete=models.PROTECT, related_name="sheets")
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+")
    serial = models.PositiveIntegerField(_("sheet"))  # 1, 2, 3 … of its consultation
    number = models.CharField(_("sheet number"), max_length=12, unique=True, default=new_sheet_number)
    used_at = models.DateTimeField(_("used"), null=True)

    class Meta:
        ordering = ["serial"]
        constraints = [models.UniqueConstraint(fields=["consultation", "serial"], name="one_sheet_a_serial")]

    def __str__(self) -> str:
        return self.spelled

    @property
    def spelled(self) -> str:
        """4821 0937 5516: how it stands on the paper."""
        return " ".join(self.number[place : place + 4] for place in (0, 4, 8))
