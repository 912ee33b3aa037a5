"""The human numbers of a bureau: its letters, the year, and a count without gaps."""

import re

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.actions import next_number
from marketplace.parties.models import Organisation, User
from marketplace.parties.policies import is_operator

from ..models import NumberPrefix, Tender


def prefix_of(bureau: Organisation) -> str:
    """The bureau's letters; when none were set, its region's digits, made unique."""
    if known := NumberPrefix.objects.filter(bureau=bureau).first():
        return known.prefix
    wanted = bureau.region.prefix
    while _is_anothers(wanted, bureau):
        head, _dot, last = wanted.partition(".")
        wanted = f"{head}.{int(last or 1) + 1}"
    return NumberPrefix.objects.create(bureau=bureau, prefix=wanted).prefix


def _is_anothers(prefix: str, bureau: Organisation) -> bool:
    """Another bureau has it now, or had it when it numbered a tender: numbers already given keep theirs."""
    return (
        NumberPrefix.objects.filter(prefix=prefix).exclude(bureau=bureau).exists()
        or Tender.objects.filter(number__startswith=f"{prefix}-").exclude(bureau=bureau).exists()
    )


def number_of(bureau: Organisation, series: str, letter: str) -> str:
    """The next number of a series that is not the tenders' own: TC-2026-Y0003 for the third intention of the year."""
    year = clock.today().year
    return f"{prefix_of(bureau)}-{year}-{letter}{next_number(bureau, series, year):04d}"


@transaction.atomic
def set_number_prefix(bureau: Organisation, prefix: str, *, by: User) -> NumberPrefix:
    """The letters that begin this bureau's tender numbers. Numbers already given keep theirs."""
    authorise(is_operator, by)
    if not re.fullmatch(r"[A-Z0-9]{2,12}", prefix):
        raise ValidationError({"prefix": ValidationError(_("Two to twelve capital letters or digits."), code="prefix")})
    if _is_anothers(prefix, bureau):
        raise ValidationError({"prefix": ValidationError(_("Another bureau has this prefix."), code="prefix_taken")})
    known, _created = NumberPrefix.objects.update_or_create(bureau=bureau, defaults={"prefix": prefix})
    record("bureau.tender_prefix_set", known, by=by, organisation=bureau, prefix=prefix)
    return known
