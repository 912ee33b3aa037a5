"""What a settlement is made of, whether it was paid when promised, and whether the ledger says the same."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, Sum

from marketplace.directory.models import Service
from marketplace.ledger.models import Transfer
from marketplace.pages import clock
from marketplace.payments.models import PaymentOrder
from marketplace.vouchers.models import Redemption, Settlement

from .wallets import with_reversal


@dataclass(frozen=True)
class Promise:
    """Paid by the day that was promised, or how many days late it is (or was)."""

    is_met: bool
    is_late: bool
    days_late: int


@dataclass(frozen=True)
class Reconciled:
    """Fen of a settlement: what the ledger has as owed for it, and what its payment orders have paid."""

    amount: int
    posted: int
    paid: int
    is_ordered: bool

    @property
    def agrees(self) -> bool:
        return self.posted == (self.amount if self.is_ordered else 0) and self.paid <= self.posted


def orders_of(settlement: Settlement) -> list[PaymentOrder]:
    """One for each budget line that pays: the settlement's own number, or the number and a place."""
    own = Q(reference=settlement.number) | Q(reference__startswith=f"{settlement.number}-")
    return list(PaymentOrder.objects.filter(own).order_by("reference"))


def promise_of(settlement: Settlement, orders: list[PaymentOrder]) -> Promise:
    if settlement.due_on is None or settlement.state == Settlement.State.CANCELLED:
        return Promise(False, False, 0)
    is_paid = bool(orders) and all(order.state == PaymentOrder.State.PAID for order in orders)
    paid_at = max((order.paid_at for order in orders if order.paid_at), default=None)
    last = paid_at.astimezone(clock.SHANGHAI).date() if is_paid and paid_at else clock.today()
    days = (last - settlement.due_on).days
    return Promise(is_paid and days <= 0, days > 0, max(days, 0))


def reconcile(settlement: Settlement, orders: list[PaymentOrder]) -> Reconciled:
    """The transfers that bear the settlement's number against its amount and its orders."""
    references = [settlement.number, *(order.reference for order in orders)]
    keys = [f"settle/{reference}" for reference in references]
    posted = Transfer.objects.filter(key__in=keys).aggregate(fen=Sum("amount"))["fen"] or 0
    paid = sum(order.amount for order in orders if order.state == PaymentOrder.State.PAID)
    return Reconciled(settlement.amount, posted, paid, settlement.state == Settlement.State.ORDERED)


def services_of(settlement: Settlement) -> list[dict[str, Any]]:
    """The month's redemptions up to the freeze, service by service, less what was taken back since."""
    rows = (
        with_reversal(
            Redemption.objects.filter(
                provider=settlement.provider_id,
                month=settlement.month,
                redeemed_at__lte=settlement.frozen_at,
                programme__bureau=settlement.bureau_id,
            )
        )
        .order_by()
        .values(kind=F("service"))
        .annotate(
            count=Count("id"),
            back=Count("id", filter=Q(is_reversed=True)),
            amount=Sum("amount", filter=Q(is_reversed=False), default=0),
        )
    )
    names = Service.objects.in_bulk([row["kind"] for row in rows])
    return sorted(
        (row | {"service": str(names[row["kind"]])} for row in rows), key=lambda row: (-row["amount"], row["service"])
    )
