"""One contract's whole money as one line, from the budget to the bank."""

from dataclasses import dataclass

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from marketplace.payments.models import InterestClaim, PaymentOrder, Refund

from .models import Acceptance, Bond, Contract, Deliverable


@dataclass(frozen=True)
class Money:
    """In fen. `amount` is the contract's as it stands, with its supplements."""

    amount: int
    committed: int  # of it promised in the ledger: all, or the years that are assured
    accepted: int
    deducted: int
    released: int  # dropped with an early end, or never renewed
    paid: int  # and not given back
    taken_back: int = 0  # paid, given back, and not owed any more
    bond: int = 0  # held, less what was forfeited
    forfeited: int = 0
    interest: int = 0  # agreed for what was paid late, beside the contract's amount
    interest_paid: int = 0

    @property
    def left(self) -> int:
        """Neither accepted nor deducted nor released yet."""
        return self.amount - self.accepted - self.deducted - self.released

    @property
    def unassured(self) -> int:
        """Of later years, which wait for a renewal."""
        return max(0, self.amount - self.committed)

    @property
    def owed(self) -> int:
        """Accepted and not paid yet, or given back and owed again."""
        return self.accepted - self.taken_back - self.paid

    @property
    def interest_owed(self) -> int:
        """Agreed and not paid yet."""
        return self.interest - self.interest_paid


def money_of(contract: Contract) -> Money:
    """Eight statements."""
    sums = Acceptance.objects.filter(report__deliverable__contract=contract, is_accepted=True).aggregate(
        accepted=Coalesce(Sum("accepted_amount"), 0), deducted=Coalesce(Sum("deduction"), 0)
    )
    paid = PaymentOrder.objects.filter(
        reference__startswith=f"{contract.number}/", state=PaymentOrder.State.PAID
    ).aggregate(paid=Coalesce(Sum(F("amount") - F("refunded")), 0))["paid"]
    taken_back = taken_back_of(contract).aggregate(sum=Coalesce(Sum("amount"), 0))["sum"]
    plan = Deliverable.objects.filter(contract=contract).aggregate(
        committed=Coalesce(Sum("amount", filter=Q(is_committed=True)), 0),
        released=Coalesce(Sum("dropped_amount"), 0),
    )
    bonds = contract.bonds.aggregate(
        held=Coalesce(Sum(F("amount") - F("kept"), filter=Q(state=Bond.State.HELD)), 0),
        forfeited=Coalesce(Sum("kept"), 0),
    )
    interest, interest_paid = interest_on(contract)
    return Money(
        amount=contract.amount,
        committed=plan["committed"],
        accepted=sums["accepted"],
        deducted=sums["deducted"],
        released=plan["released"],
        paid=paid,
        taken_back=taken_back,
        bond=bonds["held"],
        forfeited=bonds["forfeited"],
        interest=interest,
        interest_paid=interest_paid,
    )


def on_payments_of(contract: Contract) -> dict[str, str]:
    """Narrows claims of interest to those on the contract's payments."""
    return {"order__reference__startswith": f"{contract.number}/"}


def interest_on(contract: Contract) -> tuple[int, int]:
    """Fen of late-payment interest agreed on the contract's payments, and of it paid. Three statements.

    What the supplier gave back of it and is not owed any more counts in neither.
    """
    claims = InterestClaim.objects.filter(state=InterestClaim.State.AGREED, **on_payments_of(contract))
    payments = PaymentOrder.objects.filter(claim__in=claims.values("pk"))
    back = Refund.objects.filter(order__in=payments.values("pk"), state=Refund.State.DONE, is_still_owed=False)
    agreed = claims.aggregate(sum=Coalesce(Sum("amount"), 0))["sum"]
    paid = payments.filter(state=PaymentOrder.State.PAID).aggregate(sum=Coalesce(Sum(F("amount") - F("refunded")), 0))[
        "sum"
    ]
    return agreed - back.aggregate(sum=Coalesce(Sum("amount"), 0))["sum"], paid


def left_to_order(deliverable: Deliverable, accepted: int) -> int:
    """Fen of an accepted instalment that no standing order is to pay and none has paid."""
    orders = PaymentOrder.objects.for_reference(deliverable.reference)
    sums = orders.aggregate(
        paid=Coalesce(Sum(F("amount") - F("refunded"), filter=Q(state=PaymentOrder.State.PAID)), 0),
        ordered=Coalesce(Sum("amount", filter=Q(pk__in=orders.unsettled().values("pk"))), 0),
    )
    back = Refund.objects.filter(order__in=orders, state=Refund.State.DONE, is_still_owed=False)
    return accepted - sums["paid"] - sums["ordered"] - back.aggregate(sum=Coalesce(Sum("amount"), 0))["sum"]


def taken_back_of(contract: Contract) -> QuerySet[Refund]:
    """What the supplier gave back and is not owed any more."""
    return Refund.objects.filter(
        order__reference__startswith=f"{contract.number}/", state=Refund.State.DONE, is_still_owed=False
    )


def shares_of(money: Money) -> dict[str, int]:
    """Widths out of 1000 and whole percents for the bar under the money line."""
    whole = max(money.amount, 1)
    return {
        "accepted": money.accepted * 1000 // whole,
        "paid": money.paid * 1000 // whole,
        "deducted": money.deducted * 1000 // whole,
        "released": money.released * 1000 // whole,
        "released_from": 1000 - money.released * 1000 // whole,
        "accepted_percent": money.accepted * 100 // whole,
        "paid_percent": money.paid * 100 // whole,
    }
