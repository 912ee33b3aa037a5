"""The single source: its price is talked over and minuted."""

import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.pages.money import format_yuan
from marketplace.parties.models import User

from .. import policies
from ..models import Bid, Lot, PriceAgreement, Tender


@transaction.atomic
def agree_price(
    bid: Bid, amount: int, *, people: str, minutes: str, agreed_on: datetime.date, by: User
) -> PriceAgreement:
    """Record the price agreed with the only supplier, who took part, and what was said (Order 74, Article 42).

    `amount` in fen; not above what was sealed, nor the ceiling. Raises ValidationError `above_sealed`, `negative`,
    `people_missing`, `minutes_missing`, `date`.
    """
    tender = Tender.objects.select_for_update(of=("self",)).select_related("bureau__region").get(pk=bid.lot.tender_id)
    lot = Lot.objects.select_for_update(of=("self",)).select_related("tender__bureau").get(pk=bid.lot_id)
    authorise(policies.may_agree_price, by, lot)
    bid = lot.bids.select_for_update(of=("self",)).select_related("supplier").get(pk=bid.pk)
    errors = {}
    if amount <= 0:
        errors["amount"] = ValidationError(_("A price must be more than zero."), code="negative")
    elif amount > bid.amount:
        errors["amount"] = ValidationError(
            _("The agreed price lies at or below the %(asked)s yuan that were asked (Order 74, Article 41)."),
            code="above_sealed",
            params={"asked": format_yuan(bid.amount)},
        )
    if not people.strip():
        errors["people"] = ValidationError(
            _("Name the people of experience who talked with the supplier (Order 74, Article 41)."),
            code="people_missing",
        )
    if not minutes.strip():
        errors["minutes"] = ValidationError(
            _("Minute the talks: cost, earlier prices, what was agreed (Order 74, Article 42)."), code="minutes_missing"
        )
    opened_on = tender.opening.opened_at.astimezone(clock.SHANGHAI).date()
    if not opened_on <= agreed_on <= clock.today():
        errors["agreed_on"] = ValidationError(_("Between the opening and today."), code="date")
    if errors:
        raise ValidationError(errors)
    agreement = PriceAgreement.objects.create(
        bid=bid,
        asked=bid.amount,
        amount=amount,
        people=people,
        minutes=minutes,
        agreed_on=agreed_on,
        recorded_by=by,
    )
    bid.amount, bid.rank = amount, 1
    bid.enter_ranking()
    bid.save(update_fields=["amount", "rank", "state"])
    lot.rank()
    lot.save(update_fields=["state"])
    record("bid.price_agreed", bid, by=by, organisation=tender.bureau, asked=agreement.asked, amount=amount)
    return agreement
