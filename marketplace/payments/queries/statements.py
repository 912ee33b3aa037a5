"""What stands between the bank's statements and our payments."""

import datetime
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from marketplace.pages import clock
from marketplace.parties.models import Organisation
from marketplace.payments.models import BankStatement, Channel, PaymentAttempt, StatementLine

WHY = {
    "no_payment": _("No payment of yours has this end-to-end id or order number."),
    "twice": _("This payment has its line already: the bank may have paid twice. Ask it at once."),
    "amount": _("The amount differs from the payment's."),
    "failed_before": _("This payment failed by the bank's own answer: it can't have gone out. Ask the bank."),
    "no_debit": _("Money came back that, by our books, has not gone out yet."),
    "paid_back": _("Part of this payment was paid back before: all of it can't come back."),
}
State = StatementLine.State


@dataclass(frozen=True)
class Standing:
    """How a bureau stands with its bank: counts and fen."""

    waiting: int
    waiting_sum: int
    unseen: int
    unseen_sum: int
    matched: int
    newest_day: datetime.date | None


def standing(bureau: Organisation) -> Standing:
    """Three statements."""
    lines = StatementLine.objects.filter(bureau=bureau).aggregate(
        waiting=Count("pk", filter=Q(state=State.UNMATCHED)),
        waiting_sum=Sum("amount", filter=Q(state=State.UNMATCHED), default=0),
        matched=Count("pk", filter=Q(state=State.MATCHED)),
    )
    unseen = (
        payments_on_no_statement(bureau).order_by().aggregate(count=Count("pk"), sum=Sum("order__amount", default=0))
    )
    newest = BankStatement.objects.filter(bureau=bureau).order_by("-to_on").values_list("to_on", flat=True).first()
    return Standing(**lines, unseen=unseen["count"], unseen_sum=unseen["sum"], newest_day=newest)


def lines_waiting(bureau: Organisation) -> QuerySet[StatementLine]:
    """What a person must look at, the oldest first."""
    waiting = StatementLine.objects.filter(bureau=bureau, state=State.UNMATCHED)
    return waiting.select_related("statement").order_by("booked_on", "position")


def payments_on_no_statement(bureau: Organisation) -> QuerySet[PaymentAttempt]:
    """Payments by the bank that an answer called paid, or that are at the bank, and that no statement has shown."""
    return (
        PaymentAttempt.objects.filter(
            batch__bureau=bureau,
            batch__channel=Channel.BANK_FILE,
            state__in=[PaymentAttempt.State.SENT, PaymentAttempt.State.PAID],
        )
        .exclude(
            pk__in=StatementLine.objects.filter(
                bureau=bureau, direction=StatementLine.Direction.DEBIT, attempt__isnull=False
            ).values("attempt")
        )
        .select_related("order__payee", "batch")
        .order_by("batch__made_at", "order__number")
    )


def statements_of(bureau: Organisation) -> QuerySet[BankStatement]:
    """The newest first, each with how many of its lines are matched, explained and waiting."""
    return (
        BankStatement.objects.filter(bureau=bureau)
        .defer("content")
        .select_related("read_by")
        .annotate(
            matched=Count("lines", filter=Q(lines__state=State.MATCHED)),
            explained=Count("lines", filter=Q(lines__state=State.EXPLAINED)),
            waiting=Count("lines", filter=Q(lines__state=State.UNMATCHED)),
        )
    )


def statement_sums(statement: BankStatement) -> dict[str, int]:
    """Fen that went and came, and how many lines of each state. One statement."""
    Direction = StatementLine.Direction
    return statement.lines.aggregate(
        went=Sum("amount", filter=Q(direction=Direction.DEBIT), default=0),
        came=Sum("amount", filter=Q(direction=Direction.CREDIT), default=0),
        matched=Count("pk", filter=Q(state=State.MATCHED)),
        explained=Count("pk", filter=Q(state=State.EXPLAINED)),
        waiting=Count("pk", filter=Q(state=State.UNMATCHED)),
    )


def guesses(line: StatementLine) -> list[PaymentAttempt]:
    """Payments of the same amount, near the day, that this line could be."""
    if line.state != State.UNMATCHED:
        return []
    day = clock.at_hour(line.booked_on, 0)
    near = (day - datetime.timedelta(days=15), day + datetime.timedelta(days=15))
    tries = PaymentAttempt.objects.filter(
        batch__bureau=line.bureau_id, order__amount=line.amount, batch__made_at__range=near
    ).exclude(statement_lines__direction=line.direction)
    return list(tries.select_related("order__payee", "batch").order_by("batch__made_at")[:5])
