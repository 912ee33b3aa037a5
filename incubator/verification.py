"""Subsidies held against the ledger: what each has promised, owed and been paid is what its transfers come to."""

from collections import defaultdict
from collections.abc import Iterator

from django.db.models import F, Sum

from marketplace.ledger.models import Transfer
from marketplace.pages.money import format_yuan
from marketplace.payments.models import PaymentOrder, Refund

from .models import Subsidy

Code = Transfer.Code
PROMISED = {Code.COMMITTED: 1, Code.RELEASED: -1, Code.ACCRUED: -1, Code.ACCRUAL_REVERSED: 1}
OWED = {Code.ACCRUED: 1, Code.ACCRUAL_REVERSED: -1, Code.PAID: -1, Code.RETURNED: 1}


def faults() -> Iterator[str]:
    """One sentence for each subsidy whose money is not what the ledger says. Four statements."""
    booked: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    transfers = Transfer.objects.filter(reference__startswith="FB", code__in={*PROMISED, *OWED}).order_by()
    for reference, code, fen in transfers.values_list("reference", "code").annotate(Sum("amount")):
        booked[reference][0] += PROMISED.get(code, 0) * fen
        booked[reference][1] += OWED.get(code, 0) * fen
    orders = PaymentOrder.objects.filter(reference__startswith="FB", state=PaymentOrder.State.PAID).order_by()
    paid = dict(orders.values_list("reference").annotate(fen=Sum(F("amount") - F("refunded"))))
    refunds = Refund.objects.filter(
        order__reference__startswith="FB", state=Refund.State.DONE, is_still_owed=False
    ).order_by()
    back = dict(refunds.values_list("order__reference").annotate(Sum("amount")))
    State = Subsidy.State
    for subsidy in Subsidy.objects.order_by("number"):
        said = [
            subsidy.amount if subsidy.state in (State.GRANTED, State.CLAIMED) else 0,
            subsidy.due - paid.get(subsidy.number, 0) - back.get(subsidy.number, 0),
        ]
        if said != booked[subsidy.number]:
            yield (
                f"incubator: {subsidy.number} says {format_yuan(said[0])} promised and {format_yuan(said[1])} owed, "
                f"its transfers come to {format_yuan(booked[subsidy.number][0])} and "
                f"{format_yuan(booked[subsidy.number][1])}"
            )
