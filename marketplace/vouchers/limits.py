"""A programme's limits on one redemption: its share of the price, a day's money, a month's times of a kind of service.

On PostgreSQL `vouchers_limit` (migration 0002) says the same inside the one statement that spends: change both.
"""

import datetime

from django.db.models import Exists, OuterRef, QuerySet, Sum
from django.utils.translation import gettext as _

from marketplace.directory.models import Service
from marketplace.pages import clock

from .models import Programme, Redemption, Reversal, Voucher


def broken_limit(
    wallet: Voucher, service: Service, *, day: datetime.date, units: int, amount: int, price: int
) -> str | None:
    """`above_share`, `daily_limit` or `service_limit`; None when `amount` fen of `price` may be paid from the wallet.

    The caller holds the wallet's row, so that two redemptions at once can't both be the last.
    """
    programme: Programme = wallet.programme
    share = programme.rate_for(service.category_id)
    if share is not None and amount * 100 > price * share:
        return "above_share"
    if programme.daily_limit is not None:
        start = clock.at_hour(day, 0)
        today = _standing(wallet).filter(performed_at__gte=start, performed_at__lt=start + datetime.timedelta(days=1))
        if (today.aggregate(fen=Sum("amount"))["fen"] or 0) + amount > programme.daily_limit:
            return "daily_limit"
    most = programme.service_limits.get(service.category_id)
    if most is not None:
        alike = _standing(wallet).filter(service__category=service.category_id)
        if (alike.aggregate(n=Sum("units"))["n"] or 0) + units > most:
            return "service_limit"
    return None


def words_of_limits() -> dict[str, str]:
    """Each limit in plain words."""
    return {
        "above_share": _("The programme pays only a share of this price. The resident pays the rest."),
        "daily_limit": _("The programme pays no more than a certain amount a day, and this would be above it."),
        "service_limit": _("The programme pays for this kind of service no more often in a month."),
    }


def _standing(wallet: Voucher) -> QuerySet[Redemption]:
    taken_back = Reversal.objects.filter(
        resident=OuterRef("resident_id"), month=OuterRef("month"), redemption_id=OuterRef("id")
    )
    return Redemption.objects.filter(
        ~Exists(taken_back), resident=wallet.resident_id, month=wallet.month, programme=wallet.programme_id
    ).order_by()
