"""A month begins for everyone at once, and ends for everyone at once."""

import datetime
import logging

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import F, Sum
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.ledger.actions import commit_budget, post_vouchers_expired, post_vouchers_issued
from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.parties.models import User
from marketplace.vouchers import policies
from marketplace.vouchers.entitlement import Terms, as_insert, terms_of
from marketplace.vouchers.models import Issue, Programme, Voucher
from marketplace.vouchers.models.programmes import first_of_month, last_of_month

from .changes import enforce_due_change
from .programmes import locked_programme

log = logging.getLogger("minfu.vouchers")

MANY = 1_000  # new wallets after which the planner must know of them; a few of them may be read whole


@transaction.atomic
def issue_month(programme: Programme, month: datetime.date, *, by: User) -> Issue | None:
    """Give every entitled resident the month's voucher, once; None when all have theirs.

    The budget is committed for just the rows that were made, in one transfer, or nothing is issued.
    Raises ValidationError: `state` (not running), `month` (outside the programme's dates, over, or too early),
    `budget_short`.
    """
    month = first_of_month(month)
    programme = locked_programme(programme)
    authorise(policies.may_issue, by, programme)
    if programme.state != Programme.State.RUNNING:
        raise ValidationError(_("This programme is not running."), code="state")
    if not first_of_month(programme.starts_on) <= month <= programme.ends_on:
        raise ValidationError(_("The programme gives nothing in this month: look at its dates."), code="month")
    today = clock.today()
    if month > today or last_of_month(month) < today:
        raise ValidationError(_("Only the running month can be issued."), code="month")

    enforce_due_change(programme, month, by=by)
    terms = terms_of(programme)
    if terms.carries_over:
        _close_last_month(programme, month, by)
    vouchers, amount = _insert(terms, month)
    if not vouchers:
        return None
    issue = Issue.objects.create(
        programme=programme,
        month=month,
        vouchers=vouchers,
        amount=amount,
        issued_at=clock.now(),
        by=by,
    )
    reference = f"vouchers/{programme.code}/{month:%Y-%m}"
    commit_budget(programme.budget_line, issue.amount, key=f"commit/{issue.pk}", reference=reference, by=by)
    post_vouchers_issued(programme.budget_line, issue.amount, key=f"issue/{issue.pk}", reference=reference, by=by)

    record(
        "vouchers.issued",
        issue,
        by=by,
        organisation=programme.bureau,
        programme=programme.code,
        month=f"{month:%Y-%m}",
        vouchers=vouchers,
        amount=issue.amount,
    )
    return issue


def _insert(terms: Terms, month: datetime.date) -> tuple[int, int]:
    """Make the rows by one statement whatever the size (performance.md: 2.5 s for a million): how many, how many fen.

    Run again it finds everyone served.
    """
    sql, params = as_insert(terms, month)
    wallets = Voucher.objects.filter(programme=terms.programme, month=month)
    is_flat = not terms.steps and not terms.carries_over
    before = 0 if is_flat else wallets.aggregate(fen=Sum("granted"))["fen"] or 0
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        vouchers = cursor.rowcount
    if vouchers >= MANY and connection.vendor == "postgresql":
        transaction.on_commit(_count_wallets)
    if is_flat or not vouchers:
        return vouchers, vouchers * terms.monthly_amount
    return vouchers, wallets.aggregate(fen=Sum("granted"))["fen"] - before


def _count_wallets() -> None:
    """So that every server looks for one wallet by its key from now on, and not as it did when there were few."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE vouchers_voucher")


def _close_last_month(programme: Programme, month: datetime.date, by: User) -> None:
    """What is carried over is what the last month left: it expires there first, and is granted anew here."""
    last = first_of_month(month - datetime.timedelta(days=1))
    if last >= first_of_month(programme.starts_on) and last_of_month(last) < clock.today():
        expire_month(programme, last, by=by)


@transaction.atomic
def expire_month(programme: Programme, month: datetime.date, *, by: User) -> int:
    """What is left of a month that is over goes back to the budget line. Fen that expired now.

    Run again it takes only what came back since by reversals. Raises ValidationError(code="month") before the
    month's end.
    """
    month = first_of_month(month)
    programme = locked_programme(programme)
    authorise(policies.may_issue, by, programme)
    if last_of_month(month) >= clock.today():
        raise ValidationError(_("This month is not over yet."), code="month")
    wallets = Voucher.objects.filter(programme=programme, month=month)
    before = wallets.aggregate(total=Sum("expired"))["total"] or 0
    wallets.filter(granted__gt=F("spent") + F("held") + F("expired")).update(
        expired=F("granted") - F("spent") - F("held")
    )
    # Only this verb writes `expired`, and it holds the programme: the difference is what this run expired.
    after = wallets.aggregate(total=Sum("expired"))["total"] or 0
    if after == before:
        return 0
    post_vouchers_expired(
        programme.budget_line,
        after - before,
        key=f"expire/{programme.pk}/{month:%Y-%m}/{after}",
        reference=f"vouchers/{programme.code}/{month:%Y-%m}",
        by=by,
    )
    record(
        "vouchers.expired",
        programme,
        by=by,
        organisation=programme.bureau,
        month=f"{month:%Y-%m}",
        amount=after - before,
    )
    return after - before


def run_due_months() -> int:
    """What the calendar asks for: the running month is issued, whoever came late included, and the one before expires.

    Each programme and month in a transaction of its own; how many of them changed something. A programme without
    money is logged and tried again: its officers see the shortage on their page.
    """
    by, this = service_user("vouchers.clock"), first_of_month(clock.today())
    last = first_of_month(this - datetime.timedelta(days=1))
    changed = 0
    for month, act in ((last, expire_month), (this, issue_month)):
        for programme in Programme.objects.running_in(month):
            try:
                changed += bool(act(programme, month, by=by))
            except ValidationError as refusal:
                log.warning("%s of %s for %s: %s", act.__name__, programme.code, month, "; ".join(refusal.messages))
    return changed
