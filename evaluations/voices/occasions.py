"""What a resident can still say something about."""

import datetime
from dataclasses import dataclass
from typing import Any

from evaluations.models import Feedback
from marketplace.pages import clock
from marketplace.residents.models import Resident
from marketplace.rules.calendar import add_days
from marketplace.rules.queries import resolve
from marketplace.vouchers.models import Redemption
from marketplace.vouchers.models.programmes import first_of_month
from marketplace.vouchers.queries.wallets import history_of

MOST = 30


@dataclass(frozen=True)
class Occasion:
    """A redemption, with what was said of it. `may_speak`: something can be said or changed today."""

    redemption: Redemption
    feedback: Feedback | None
    may_speak: bool

    @property
    def performed_on(self) -> datetime.date:
        return self.redemption.performed_at.astimezone(clock.SHANGHAI).date()


def to_speak_about(resident: Resident, *, most: int = MOST) -> list[Occasion]:
    """The last redemptions that stand, newest first. Four statements."""
    today = clock.today()
    since = add_days(today, -int(resolve("feedback.link_days").number))
    changing = int(resolve("feedback.change_days").number)
    rows = list(
        history_of(resident)
        .filter(month__gte=first_of_month(since), is_reversed=False)
        .order_by("-performed_at")[:most]
    )
    said = {one.redemption_id: one for one in Feedback.objects.filter(redemption_id__in=[row.id for row in rows])}
    return [Occasion(row, said.get(row.id), _is_open(row, said.get(row.id), today, since, changing)) for row in rows]


def _is_open(
    row: Redemption, feedback: Feedback | None, today: datetime.date, since: datetime.date, changing: int
) -> bool:
    if feedback is None:
        return row.performed_at.astimezone(clock.SHANGHAI).date() >= since
    if feedback.state == Feedback.State.ASKED:
        return feedback.expires_on >= today
    return is_changeable(feedback, today, changing)


def is_changeable(feedback: Feedback, today: datetime.date, days: int) -> bool:
    """The days of the rule `feedback.change_days` are not over."""
    return feedback.given_at is not None and today <= add_days(
        feedback.given_at.astimezone(clock.SHANGHAI).date(), days
    )


def open_months(resident: Resident) -> Any:
    """Months of care that the resident was asked about."""
    return (
        Feedback.objects.filter(resident=resident, redemption_id=None, expires_on__gte=clock.today())
        .select_related("provider")
        .order_by("-month")[:6]
    )
