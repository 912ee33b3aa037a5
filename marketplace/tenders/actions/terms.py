"""The terms of a file on prices and challenges."""

from decimal import Decimal

from django.db import transaction

from marketplace.audit.actions import record
from marketplace.parties.models import User

from ..checks.terms import refuse_abnormal_percent, refuse_pricing, refuse_small_discount
from ..models import Tender
from .drafting import locked_draft

TERMS = ["pricing", "small_discount", "abnormal_percent", "challenges_once"]


@transaction.atomic
def set_terms(
    tender: Tender,
    *,
    pricing: str = "",
    small_discount: Decimal = Decimal(0),
    abnormal_percent: int | None = None,
    challenges_once: bool,
    by: User,
) -> Tender:
    """Say how the price counts (empty: as the method does), how many percent small enterprises are preferred by, under
    which percentage prices are asked about (None: as the rule says), and whether a step is challenged once.

    Raises ValidationError on the field, with the article: `pricing`, `small_discount`, `small_discount_missing`,
    `abnormal_percent`. What earns points is held against it at hand-in (`price_scored`, `price_alone`).
    """
    tender = locked_draft(tender, by)
    tender.pricing, tender.small_discount = pricing, small_discount
    tender.abnormal_percent, tender.challenges_once = abnormal_percent, challenges_once
    refuse_pricing(tender)
    refuse_small_discount(tender)
    refuse_abnormal_percent(tender)
    tender.save(update_fields=TERMS)
    record(
        "tender.terms_set",
        tender,
        by=by,
        organisation=tender.bureau,
        pricing=pricing,
        small_discount=str(small_discount),
        abnormal_percent=abnormal_percent,
        challenges_once=challenges_once,
    )
    return tender
