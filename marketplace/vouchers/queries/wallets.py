"""What a resident has, and what it was spent on."""

import datetime
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from marketplace.pages import clock
from marketplace.residents.models import Resident
from marketplace.vouchers.models import Redemption, Reversal, Voucher
from marketplace.vouchers.models.programmes import first_of_month


def wallets_now(resident: Resident) -> QuerySet[Voucher]:
    """The wallets of the running month: a few rows, whatever the years of use."""
    return (
        Voucher.objects.filter(resident=resident, month=first_of_month(clock.today()))
        .select_related("programme")
        .order_by("-programme__minimum_age", "programme__code")
    )


@dataclass(frozen=True)
class Balance:
    """All wallets of the month together, in fen."""

    balance: int
    held: int
    granted: int
    expires_on: datetime.date | None


def balance_of(resident: Resident) -> Balance:
    wallets = list(wallets_now(resident))
    return Balance(
        balance=sum(wallet.balance for wallet in wallets),
        held=sum(wallet.held for wallet in wallets),
        granted=sum(wallet.granted for wallet in wallets),
        expires_on=wallets[0].last_day if wallets else None,
    )


def with_reversal(redemptions: QuerySet[Redemption]) -> QuerySet[Redemption]:
    """Each with `is_reversed`."""
    taken_back = Reversal.objects.filter(
        resident=OuterRef("resident_id"), month=OuterRef("month"), redemption_id=OuterRef("id")
    )
    return redemptions.annotate(is_reversed=Exists(taken_back))


def history_of(resident: Resident) -> QuerySet[Redemption]:
    """What the vouchers paid for, newest first."""
    return (
        with_reversal(Redemption.objects.filter(resident=resident))
        .select_related("service", "provider", "programme")
        .order_by("-month", "-redeemed_at")
    )
