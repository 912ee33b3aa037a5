"""What the counter sees of a card: enough to greet and to charge, nothing more."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.http import Http404

from marketplace.directory.models import Accreditation, Category, Service
from marketplace.pages import clock
from marketplace.parties.models import Organisation, User
from marketplace.vouchers.models import Card, Programme, Redemption, Voucher
from marketplace.vouchers.models.programmes import first_of_month

from .wallets import balance_of, with_reversal

LATELY = datetime.timedelta(minutes=15)


@dataclass(frozen=True)
class CardView:
    """A card at the counter. `trouble` is why it can't pay (a stable code), empty when it can."""

    card: Card
    name: str
    balance: int
    held: int
    expires_on: datetime.date | None
    trouble: str


def card_view(number: str) -> CardView | None:
    """By a clean number; None when nobody has it."""
    card = Card.objects.select_related("resident").filter(number=number).first()
    if card is None:
        return None
    resident = card.resident
    balance = balance_of(resident)
    trouble = ""
    if card.state != Card.State.ACTIVE:
        trouble = "replaced"
    elif card.locked_at is not None:
        trouble = "locked"
    elif not card.pin_hash:
        trouble = "no_pin"
    elif resident.state != resident.State.ACTIVE:
        trouble = "suspended"
    elif balance.expires_on is None:
        trouble = "expired" if Voucher.objects.filter(resident=resident).exists() else "outside_programme"
    return CardView(
        card=card,
        name=resident.masked_name,
        balance=balance.balance,
        held=balance.held,
        expires_on=balance.expires_on,
        trouble=trouble,
    )


def payable_services(provider: Organisation, view: CardView) -> QuerySet[Service]:
    """What of the provider's list this resident's vouchers pay for today."""
    payable = Q()
    for _programme, categories in _paying(provider, view):
        payable |= Q(category__in=categories)
    if not payable:
        return Service.objects.none()
    return (
        Service.objects.listed()
        .filter(payable, organisation=provider)
        .select_related("category", "point")
        .order_by("category__position", "price")
    )


def share_of(service: Service, view: CardView) -> int | None:
    """Percent that the resident's vouchers pay of what is left to pay for this service; None when they may pay all."""
    shares = [
        programme.rate_for(service.category_id)
        for programme, categories in _paying(service.organisation, view)
        if any(category.pk == service.category_id for category in categories)
    ]
    return None if None in shares else max((share for share in shares if share is not None), default=None)


def _paying(provider: Organisation, view: CardView) -> list[tuple[Programme, QuerySet[Category]]]:
    """The programmes of the resident's vouchers that admit the provider today, each with what it pays for there."""
    today = clock.today()
    mine = Voucher.objects.filter(resident=view.card.resident_id, month=first_of_month(today)).values("programme")
    programmes = {programme.code: programme for programme in Programme.objects.filter(pk__in=mine)}
    found = []
    admitted = Accreditation.objects.valid_on(today).filter(organisation=provider, programme_code__in=programmes)
    for accreditation in admitted.prefetch_related("categories"):
        programme = programmes[accreditation.programme_code]
        categories = programme.categories.all()
        if only := [category.pk for category in accreditation.categories.all()]:
            categories = categories.filter(pk__in=only)
        found.append((programme, categories))
    return found


def paid_lately(service: Service, view: CardView) -> Redemption | None:
    """The same service, paid by this resident a moment ago: perhaps nobody saw the receipt."""
    since = clock.now() - LATELY
    paid = Redemption.objects.filter(
        resident=view.card.resident_id, month=first_of_month(clock.today()), service=service, redeemed_at__gte=since
    )
    return with_reversal(paid).filter(is_reversed=False).order_by("-redeemed_at").first()


def redemptions_of_day(provider: Organisation, day: datetime.date) -> QuerySet[Redemption]:
    """The counter's list of a day, newest first."""
    start = clock.at_hour(day, 0)
    return (
        with_reversal(
            Redemption.objects.filter(
                provider=provider,
                month__gte=first_of_month(day - datetime.timedelta(days=31)),
                redeemed_at__gte=start,
                redeemed_at__lt=start + datetime.timedelta(days=1),
            )
        )
        .select_related("resident", "service", "by")
        .order_by("-redeemed_at")
    )


def totals(redemptions: QuerySet[Redemption]) -> dict[str, Any]:
    """How many stand, and their two parts in fen."""
    sums = redemptions.filter(is_reversed=False).aggregate(
        count=Count("id"), vouchers=Sum("amount"), own=Sum("own_part")
    )
    return {"count": sums["count"], "vouchers": sums["vouchers"] or 0, "own": sums["own"] or 0}


def find_redemption(user: User, pk: Any) -> Redemption:
    """One that this person may see, or 404."""
    found = (
        with_reversal(Redemption.objects.visible_to(user).filter(id=pk))
        .select_related("resident", "service", "provider", "programme__bureau", "by")
        .first()
    )
    if found is None:
        raise Http404
    return found
