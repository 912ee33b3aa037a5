"""The opening session, before and after."""

import datetime
import uuid
from dataclasses import dataclass

from ..consortia import members_by_lead
from ..disclosure import untold_lots
from ..models import Custodian, Envelope, Opening, PromisedFile, Tender


@dataclass(frozen=True)
class OpeningView:
    """Who has bid; who has unlocked; and once it is open, each price that may be told, or why there is none."""

    opening: Opening | None
    custodians: list[Custodian]
    envelopes: list[Envelope]
    untold: set[uuid.UUID]  # lots whose prices are not the public's to know yet


def opening_of(tender: Tender) -> OpeningView:
    """Seven statements, however many envelopes."""
    together = members_by_lead(tender)
    envelopes = list(
        tender.envelopes.exclude(state__in=[Envelope.State.REPLACED, Envelope.State.WITHDRAWN])
        .select_related("supplier")
        .prefetch_related("bids__lot")
        .order_by("submitted_at", "id")
    )
    for envelope in envelopes:
        envelope.members = together[envelope.supplier_id]
    return OpeningView(
        opening=Opening.objects.filter(tender=tender).prefetch_related("opened_by").first(),
        custodians=list(tender.custodians.select_related("user").order_by("position")),
        envelopes=envelopes,
        untold=untold_lots(tender),
    )


def awaits_bodies(tender: Tender, now: datetime.datetime) -> bool:
    """Files promised by their fingerprint may still come: nothing is opened before."""
    return (
        now < tender.bodies_due_at
        and PromisedFile.objects.filter(envelope__in=tender.envelopes.standing(), received_at=None).exists()
    )
