"""What a provider took in vouchers: by month, by service, and what is not settled yet."""

from typing import Any

from django.db.models import Count, Sum

from marketplace.pages import clock
from marketplace.parties.models import Organisation
from marketplace.vouchers.models import Redemption, Reversal, SettlementLine
from marketplace.vouchers.models.programmes import first_of_month

from .counter import totals
from .wallets import with_reversal

MONTHS = 12


def takings(provider: Organisation) -> dict[str, Any]:
    """Six queries, over the provider's own index."""
    month = first_of_month(clock.today())
    standing = with_reversal(Redemption.objects.filter(provider=provider)).filter(is_reversed=False).order_by()
    this = standing.filter(month=month)
    sums = {"count": Count("id"), "vouchers": Sum("amount"), "own": Sum("own_part")}
    months = standing.values("month").annotate(people=Count("resident", distinct=True), **sums).order_by("-month")
    services = list(
        this.values("service__name").annotate(count=Count("id"), vouchers=Sum("amount")).order_by("-vouchers")[:20]
    )
    taken = Redemption.objects.filter(provider=provider).aggregate(sum=Sum("amount"))["sum"] or 0
    back = Reversal.objects.filter(provider=provider).aggregate(sum=Sum("amount"))["sum"] or 0
    settled = (
        SettlementLine.objects.filter(settlement__provider=provider)
        .exclude(settlement__state="cancelled")
        .aggregate(sum=Sum("amount"))["sum"]
        or 0
    )
    return {
        "this": totals(with_reversal(Redemption.objects.filter(provider=provider, month=month))),
        "months": months[:MONTHS],
        "services": [row | {"name": row["service__name"]} for row in services],
        "unsettled": taken - back - settled,
    }
