"""Which deadlines an interruption of the platform hit."""

import datetime

from django.db.models import Q, QuerySet

from marketplace.rules.queries import resolve

from ..models import Outage, Tender


def tenders_hit(outage: Outage) -> QuerySet[Tender]:
    """Deadlines within the outage or the margin after it; of tenders closed meanwhile those that nobody has opened."""
    margin = datetime.timedelta(minutes=int(resolve("tender.outage_margin").value or 0))
    return Tender.objects.filter(
        bids_due_at__gte=outage.began_at, bids_due_at__lte=outage.ended_at + margin, opening=None
    ).filter(
        Q(state__in=[Tender.State.PUBLISHED, Tender.State.CLOSED])
        | Q(state=Tender.State.FAILED, end_code="too_few_envelopes")
    )
