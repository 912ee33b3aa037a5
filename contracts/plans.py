"""A plan of many instalments as a reader wants it: what is on now, and the years folded."""

import datetime
from typing import Any

from marketplace.pages import clock
from marketplace.rules.calendar import add_months

from .models import Contract, Deliverable

SHORT = 12  # so many instalments are shown whole
RECENT = 12  # of the events beside the page
VERBS = ("may_report", "may_record", "may_accept", "may_invoice", "may_order_again")
MONTHS = 3  # monthly reports that are not folded


def folded(contract: Contract, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """`now`: what waits for somebody, or comes next, with what can be done. `years`: all, by the contract's year.

    A plan of a year or less stands whole in `now`.
    """
    if len(rows) <= SHORT:
        return {"now": rows, "years": []}
    State = Deliverable.State
    waiting = [
        row for row in rows if row["deliverable"].state in (State.DELIVERED, State.REJECTED) or row["may_order_again"]
    ]
    planned = [row for row in rows if row["deliverable"].state == State.PLANNED and not row["waits"]]
    now = sorted([*waiting, *planned[:1]], key=lambda row: row["deliverable"].position) if not contract.ended_at else []
    shown = {row["deliverable"].pk for row in now}
    quiet = [row | dict.fromkeys(VERBS, False) if row["deliverable"].pk in shown else row for row in rows]
    return {"now": now, "years": _years(contract, quiet)}


def _years(contract: Contract, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    years, number, first = [], 1, contract.starts_on
    while first <= contract.ends_on:
        last = min(contract.ends_on, add_months(contract.starts_on, 12 * number) - datetime.timedelta(days=1))
        found = [row for row in rows if first <= row["deliverable"].due_on <= last]
        if found:
            years.append(
                {
                    "number": number,
                    "first": first,
                    "last": last,
                    "rows": found,
                    "amount": sum(row["deliverable"].amount for row in found),
                    "accepted": sum(row["deliverable"].state == Deliverable.State.ACCEPTED for row in found),
                    "is_open": contract.state == Contract.State.DRAFT,
                }
            )
        number, first = number + 1, last + datetime.timedelta(days=1)
    return years


def recent(events: list[dict[str, Any]]) -> dict[str, Any]:
    """The newest events, and those before them."""
    return {"events": events[-RECENT:], "earlier_events": events[:-RECENT]}


def months_of(contract: Contract) -> dict[str, Any]:
    """Monthly reports, the newest open; and whether last month's is missing."""
    reports = list(contract.monthly_reports.all())
    return {"newest": reports[:MONTHS], "earlier": reports[MONTHS:], "today": clock.today()}
