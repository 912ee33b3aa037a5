"""When a payment is due, and what is owed for each day after that.

Sources (all rows of `rules`): 保障中小企业款项支付条例 (2025) art. 9 (30 days from delivery and acceptance),
art. 10 (60 at most where agreed), art. 17 (0.05% a day where the contract agrees on no rate); 财库〔2019〕38号 (30 days
from the invoice). Social organisations are not enterprises: what the ordinance gives those, the contract gives them.
"""

import datetime
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

from marketplace.pages import clock
from marketplace.rules.calendar import add_days, due_date
from marketplace.rules.models import Rule
from marketplace.rules.queries import resolve

from .models import InterestClaim, PaymentOrder, Refund

PAYMENT_PERIOD = "contract.payment_period"
LONGEST_PERIOD = "contract.payment_period_max"
INVOICE_PERIOD = "contract.invoice_period"
LATE_INTEREST = "contract.late_interest"


def due_on(
    accepted_on: datetime.date, *, invoiced_on: datetime.date | None = None, agreed_days: int | None = None
) -> datetime.date:
    """The last day to pay what was accepted that day.

    `agreed_days`: what the contract says, calendar days from acceptance. An invoice that came after the acceptance
    starts its own period. Neither ever goes beyond the longest period that the ordinance allows.
    """
    longest = due_date(accepted_on, resolve(LONGEST_PERIOD, on=accepted_on))
    if agreed_days is not None:
        return min(add_days(accepted_on, agreed_days), longest)
    if invoiced_on is not None and invoiced_on > accepted_on:
        return min(due_date(invoiced_on, resolve(INVOICE_PERIOD, on=invoiced_on)), longest)
    return due_date(accepted_on, resolve(PAYMENT_PERIOD, on=accepted_on))


@dataclass(frozen=True)
class Interest:
    """For being late: whole days after the due day, percent a day, fen."""

    days: int
    rate: Decimal
    amount: int
    rule: Rule | None = None
    paid_on: datetime.date | None = None

    def __bool__(self) -> bool:
        return self.days > 0


def late_interest(
    amount: int,
    due: datetime.date | None,
    paid_on: datetime.date | None = None,
    *,
    agreed_rate: Decimal | None = None,
    rule: Rule | None = None,
) -> Interest:
    """Simple interest on `amount` fen from the day after `due` up to and with `paid_on` (default: today).

    `agreed_rate`: percent a day by the contract, instead of the ordinance's. `rule` saves its look-up in lists.
    """
    end = paid_on or clock.today()
    days = max((end - due).days, 0) if due else 0
    if agreed_rate is None:
        rule = rule or resolve(LATE_INTEREST, on=end)
        rate = Decimal(rule.value)
    else:
        rule, rate = None, agreed_rate
    fen = (Decimal(amount) * rate / 100 * days).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return Interest(days, rate.normalize(), int(fen), rule, paid_on)


def interest_of(
    order: PaymentOrder,
    *,
    agreed_rate: Decimal | None = None,
    rule: Rule | None = None,
    today: datetime.date | None = None,
) -> Interest:
    """Of one order: up to the day on which it was paid, or today. A cancelled order is never late; a grant and
    interest itself bear none.

    In lists hand over `rule` and `today`: each would be looked up for every order.
    """
    if order.state == PaymentOrder.State.CANCELLED or not order.bears_interest:
        return Interest(0, Decimal(0), 0)
    paid_on = order.paid_at.astimezone(clock.SHANGHAI).date() if order.paid_at else today
    return late_interest(order.amount, order.due_on, paid_on, agreed_rate=agreed_rate, rule=rule)


def interest_due(order: PaymentOrder) -> Interest:
    """What the payee may claim: of a payment that arrived late, on what it has kept of it. Else nothing."""
    if order.state != PaymentOrder.State.PAID or order.paid_at is None or not order.bears_interest:
        return Interest(0, Decimal(0), 0)
    return late_interest(order.net, order.due_on, order.paid_at.astimezone(clock.SHANGHAI).date())


def left_to_order(claim: InterestClaim) -> int:
    """Fen of agreed interest that no standing order is to pay and none has paid."""
    if claim.state != InterestClaim.State.AGREED:
        return 0
    unsettled = PaymentOrder.objects.unsettled().filter(claim=claim).values("pk")
    sums = claim.payments.aggregate(
        paid=Coalesce(Sum(F("amount") - F("refunded"), filter=Q(state=PaymentOrder.State.PAID)), 0),
        ordered=Coalesce(Sum("amount", filter=Q(pk__in=unsettled)), 0),
    )
    back = Refund.objects.filter(order__claim=claim, state=Refund.State.DONE, is_still_owed=False)
    return claim.amount - sums["paid"] - sums["ordered"] - back.aggregate(sum=Coalesce(Sum("amount"), 0))["sum"]
