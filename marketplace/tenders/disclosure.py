"""Which prices the public may know, and when.

A tender's prices are read out at the opening (Order 87, Article 41). Where talks and a last quote follow, no party may
tell another supplier's price (GPL, Article 38): whoever knew it would quote just below.
"""

import uuid

from .models import QuoteRound, Tender
from .pricing import needs_final_quote


def untold_lots(tender: Tender) -> set[uuid.UUID]:
    """Lots whose prices only the buyer and the panel know so far: until the last quotes are open. Two statements."""
    if not needs_final_quote(tender):
        return set()
    told = QuoteRound.objects.filter(lot__tender=tender, is_final=True, state=QuoteRound.State.OPENED)
    return set(tender.lots.exclude(pk__in=told.values("lot")).values_list("pk", flat=True))
