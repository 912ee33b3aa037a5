"""Visits that carers checked in and out of, as records of a contract's service: by day and service, naming nobody."""

import csv
import datetime
import io
from collections import defaultdict

from marketplace.pages import clock
from marketplace.vouchers.models import Visit

from .models import Deliverable


def period_of(deliverable: Deliverable) -> tuple[datetime.date, datetime.date]:
    """From the day after the delivery before it was due, to the day on which it is due, or today."""
    contract = deliverable.contract
    before = [
        other.due_on
        for other in contract.deliverables.filter(position__lt=deliverable.position)
        if other.is_delivery and other.due_on < deliverable.due_on
    ]
    first = max(before) + datetime.timedelta(days=1) if before else contract.starts_on
    return first, min(deliverable.due_on, clock.today())


def as_table(deliverable: Deliverable) -> bytes:
    """The supplier's finished visits of the period as the file that `recordfile` reads; empty without any.

    A visit that a voucher pays is no service under the contract: it is left away.
    """
    first, last = period_of(deliverable)
    visits = Visit.objects.filter(
        provider=deliverable.contract.supplier,
        state=Visit.State.DONE,
        redemption_id=None,
        came_at__gte=clock.at_hour(first, 0),
        came_at__lt=clock.at_hour(last + datetime.timedelta(days=1), 0),
    )
    days: dict[tuple[str, str], list[object]] = defaultdict(list)
    for came_at, service, resident in visits.values_list("came_at", "service__name", "resident"):
        days[came_at.astimezone(clock.SHANGHAI).date().isoformat(), service].append(resident)
    if not days:
        return b""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(["日期", "服务内容", "服务地点", "数量", "服务人数", "备注"])
    for (day, service), residents in sorted(days.items()):
        table.writerow([day, service, "上门", len(residents), len(set(residents)), "签到签退记录"])
    return text.getvalue().encode()
