"""Who bids together: a consortium bids as one, under the name of the member that leads it (GPL 24)."""

import uuid
from collections import defaultdict

from marketplace.parties.models import Organisation

from .models import Partner, Tender


def members_by_lead(tender: Tender) -> dict[uuid.UUID, list[Organisation]]:
    """The other members of each consortium, by the id of its lead; a supplier that bids alone has none. One statement.

    Only for where it is known who has bid.
    """
    found: dict[uuid.UUID, list[Organisation]] = defaultdict(list)
    confirmed = Partner.objects.filter(tender=tender, state=Partner.State.CONFIRMED)
    for partner in confirmed.select_related("member__region").order_by("created_at"):
        found[partner.lead_id].append(partner.member)
    return found
