"""What the pages of framework agreements read."""

from typing import Any

from django.db.models import Count, F, Prefetch, Q, QuerySet, Sum

from marketplace.parties.models import User
from marketplace.residents.models import Delegation, Resident

from ..models import Admission, CallOff, Lot, Tender

HOLDS_MONEY = Q(call_offs__state__in=CallOff.HOLDING_STATES)


def framework_of(tender: Tender) -> list[dict[str, Any]]:
    """Per lot who is admitted, at what price, with how many orders so far. Three statements."""
    admitted = (
        Admission.objects.select_related("supplier")
        .annotate(
            orders=Count("call_offs", filter=HOLDS_MONEY),
            ordered=Sum(F("call_offs__amount") - F("call_offs__given_up"), filter=HOLDS_MONEY),
        )
        .order_by("rank")
    )
    lots = (
        Lot.objects.filter(tender=tender)
        .select_related("category", "place", "tender__bureau")
        .prefetch_related(Prefetch("admissions", admitted, to_attr="admitted"))
    )
    rows = []
    for lot in lots:
        ordered = sum(admission.ordered or 0 for admission in lot.admitted)
        rows.append({"lot": lot, "admitted": lot.admitted, "ordered": ordered, "left": lot.ceiling - ordered})
    return rows


def call_offs_for(user: User) -> QuerySet[CallOff]:
    """Every order that this person may read, with what a row shows. One statement."""
    return (
        CallOff.objects.visible_to(user)
        .select_related("lot__tender__bureau", "supplier", "resident", "admission")
        .order_by("-created_at")
    )


def residents_of(user: User) -> list[Resident]:
    """Whom this person may choose for: themselves, and those who made them a delegate that acts."""
    acts = Delegation.objects.live().filter(delegate=user, scope=Delegation.Scope.ACT).values("resident")
    return list(Resident.objects.active().filter(Q(user=user) | Q(pk__in=acts)).select_related("region"))
