"""The clocks of query, challenge and complaint: every day from the rule book, counted from the event that starts it."""

import datetime

from marketplace.rules.calendar import due_date

from .models import Admission, Award, Lot, Step, Tender
from .rulebook import day_of, day_of_publication, limit, rule_for


def window_starts(tender: Tender, step: str, lot: Lot | None) -> datetime.date | None:
    """From which day the seven working days run (REG 53); None while the step is not over and can't be doubted yet.

    The documents: the end of the notice. Submission and opening: the day of the opening. The evaluation and the
    result: the end of the result notice, since only then does a supplier know of it.
    """
    if step == Step.FILE:
        if tender.published_at is None:
            return None
        start = day_of_publication(tender)
        return due_date(start, rule_for(tender, "tender.notice_period", on=start))
    if step == Step.OPENING:
        opening = getattr(tender, "opening", None)
        return day_of(opening.opened_at) if opening else None
    told = {"lot__tender": tender} if lot is None else {"lot": lot}
    award = Award.objects.filter(**told).order_by("-awarded_at").first()
    admission = Admission.objects.filter(**told).order_by("-admitted_at").first()
    if award or admission:
        day = day_of(award.awarded_at if award else admission.admitted_at)
        return due_date(day, rule_for(tender, "tender.result_notice_period", on=day))
    if tender.finished_at and hasattr(tender, "opening"):
        return day_of(tender.finished_at)
    return None


def window_ends(tender: Tender, step: str, lot: Lot | None) -> datetime.datetime | None:
    """The last moment for a challenge of the step; None while it can't be doubted yet."""
    start = window_starts(tender, step, lot)
    return limit(tender, "challenge.window", start) if start else None
