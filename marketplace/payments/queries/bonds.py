"""Bonds: other people's money that bureaus keep."""

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from marketplace.ledger.models import Transfer, oversees_all_money
from marketplace.parties.models import Role, User


def bonds(user: User) -> QuerySet[Transfer]:
    """Each bond that was received and that the person may see, the newest first, with what went back of it.

    `released` (fen), `forfeited`, `left`, and of the last release `released_at`, `released_by`. One statement.
    """
    held = Transfer.objects.filter(code=Transfer.Code.BOND_HELD)
    if not oversees_all_money(user):
        live = user.memberships.filter(ended_at=None)
        payers = live.filter(role__in=(Role.OWNER, Role.FINANCE, Role.SIGNATORY, Role.BIDDER))
        held = held.filter(
            Q(credit__holder__in=live.values("organisation"))
            | Q(credit__organisation__in=payers.values("organisation"))
        )
    back = Transfer.objects.filter(
        code=Transfer.Code.BOND_RELEASED, debit=OuterRef("credit"), reference=OuterRef("reference")
    )
    last = back.order_by("-posted_at", "-pk")
    lost = Transfer.objects.filter(
        code=Transfer.Code.BOND_FORFEITED, debit=OuterRef("credit"), reference=OuterRef("reference")
    )
    return (
        held.select_related("credit__organisation", "credit__holder", "by")
        .annotate(
            released=Coalesce(Subquery(back.order_by().values("debit").annotate(sum=Sum("amount")).values("sum")), 0),
            forfeited=Coalesce(Subquery(lost.order_by().values("debit").annotate(sum=Sum("amount")).values("sum")), 0),
            released_at=Subquery(last.values("posted_at")[:1]),
            released_by=Subquery(last.values("by__name")[:1]),
        )
        .annotate(left=F("amount") - F("released") - F("forfeited"))
        .order_by("-posted_at", "-pk")
    )
