"""The draw: from a seed and a pool to an order, so that anyone with both gets the same order.

Order the pool's ids by SHA-256 of "seed:id" in hex; the first are the panel.
docs/decisions/0005-panel-draw.md shows it in one line of shell.
"""

import hashlib
from collections.abc import Iterable

from django.db.models import QuerySet

from marketplace.parties.models import Membership, Role, User

from .models import Tender


def pool_for(tender: Tender) -> QuerySet[User]:
    """Experts who belong neither to the buyer nor to any organisation that bids, nor run this tender. By id."""
    involved = [tender.bureau_id, *tender.envelopes.values_list("supplier_id", flat=True)]
    tied = Membership.objects.filter(organisation__in=involved).exclude(role=Role.EXPERT).values("user_id")
    return (
        User.objects.filter(is_active=True, memberships__role=Role.EXPERT, memberships__ended_at=None)
        .exclude(pk__in=tied)
        .exclude(pk__in=[pk for pk in (tender.drafted_by_id, tender.submitted_by_id, tender.approved_by_id) if pk])
        .distinct()
        .order_by("pk")
    )


def draw(seed: str, pool: Iterable[str]) -> list[str]:
    """The pool in the order of the draw."""
    return sorted(pool, key=lambda pk: hashlib.sha256(f"{seed}:{pk}".encode()).hexdigest())
