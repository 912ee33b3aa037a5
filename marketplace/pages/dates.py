"""Dates as a notice writes them: 2026年11月23日, 23 November 2026. Dense tables keep 2026-11-23."""

import datetime

from django.utils import dateformat, timezone
from django.utils.translation import get_language

WRITTEN = {True: ("Y年n月j日", "Y年n月"), False: ("j F Y", "F Y")}


def written_day(value: datetime.date | datetime.datetime) -> str:
    """In Asia/Shanghai, in the reader's language."""
    if isinstance(value, datetime.datetime):
        value = timezone.localtime(value)
    return dateformat.format(value, WRITTEN[get_language() == "zh-hans"][0])


def written_moment(value: datetime.datetime) -> str:
    """With hours and minutes."""
    return f"{written_day(value)} {timezone.localtime(value):%H:%M}"


def written_month(value: datetime.date) -> str:
    """2026年11月, November 2026."""
    return dateformat.format(value, WRITTEN[get_language() == "zh-hans"][1])
